/**
 * Takes any action and clips it to the bounds of the action space inside.
 *
 * Action: Box of the shape and dtype inside, unbounded (an integer dtype: all of its range).
 */

import type { AsyncEnv } from '../env.ts'
import { Box } from '../spaces/box.ts'
import { INTEGER_RANGE } from '../spaces/dtype.ts'
import type { DType } from '../spaces/dtype.ts'
import { ActionWrapper } from './action-wrapper.ts'
import { requireArray, requireBox } from './box-values.ts'
import type { BoxOf } from './box-values.ts'

/**
 * @example
 * new ClipAction(make('Pendulum-v1')).actionSpace.toString() // Box(-inf, inf, (1,), float32)
 */
export class ClipAction<Obs = unknown, Act = unknown> extends ActionWrapper<Obs, Act, Act> {
  readonly actionSpace: BoxOf<Act>
  readonly #inner: Box<DType>

  /** @throws TypeError when the actions are not in a Box. */
  constructor(env: AsyncEnv<Obs, Act>) {
    super(env)
    this.#inner = requireBox(
      'ClipAction: the action space',
      env.actionSpace,
      'only a Box has bounds to clip to',
    )
    const { shape, dtype } = this.#inner
    const [low, high] = INTEGER_RANGE[dtype] ?? [-Infinity, Infinity]
    // The same dtype as inside, so its arrays are Act too.
    this.actionSpace = new Box({ low, high, shape, dtype }) as BoxOf<Act>
  }

  /** NaN stays NaN, for the environment to refuse. */
  protected override action(action: Act): Act {
    const { low, high } = this.#inner
    const given = requireArray('ClipAction: the action', this.#inner, action)
    return given.map((x, k) => Math.min(Math.max(x, low[k]!), high[k]!)) as Act
  }
}
