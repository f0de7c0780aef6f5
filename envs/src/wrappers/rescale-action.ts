/**
 * Takes actions in [minAction, maxAction] and maps them affinely onto the bounds of the action space
 * inside. Actions beyond those bounds are continued linearly, as in Gymnasium.
 *
 * Action: Box [minAction, maxAction] of the shape and dtype inside.
 */

import type { AsyncEnv } from '../env.ts'
import { Box } from '../spaces/box.ts'
import { zeros } from '../spaces/dtype.ts'
import type { DType } from '../spaces/dtype.ts'
import { ActionWrapper } from './action-wrapper.ts'
import { requireArray, requireBounded, requireBox } from './box-values.ts'
import type { BoxOf } from './box-values.ts'
import { requireWidth, rescale } from './rescale.ts'

export interface RescaleActionOptions {
  /** One number, or one per element. Default: -1. */
  minAction?: number | ArrayLike<number> | undefined
  /** Likewise. Default: 1. */
  maxAction?: number | ArrayLike<number> | undefined
}

/**
 * @example
 * const env = new RescaleAction(make('Pendulum-v1')) // torque in [-1, 1] instead of [-2, 2]
 */
export class RescaleAction<Obs = unknown, Act = unknown> extends ActionWrapper<Obs, Act, Act> {
  readonly actionSpace: BoxOf<Act>
  readonly #inner: Box<DType>

  /**
   * @throws TypeError when the actions are not in a Box; RangeError when that is unbounded, or when
   * minAction is not below maxAction.
   */
  constructor(env: AsyncEnv<Obs, Act>, options: RescaleActionOptions = {}) {
    super(env)
    const { minAction = -1, maxAction = 1 } = options
    const what = 'RescaleAction: the action space'
    this.#inner = requireBox(what, env.actionSpace, 'only a Box can be rescaled')
    requireBounded(what, this.#inner, 'put ClipAction outside instead')
    const { shape, dtype } = this.#inner
    // The same dtype as inside, so its arrays are Act too.
    this.actionSpace = new Box({ low: minAction, high: maxAction, shape, dtype }) as BoxOf<Act>
    requireBounded('RescaleAction: [minAction, maxAction]', this.actionSpace, 'pass finite numbers')
    requireWidth('RescaleAction: [minAction, maxAction]', this.actionSpace)
  }

  protected override action(action: Act): Act {
    const given = requireArray('RescaleAction: the action', this.actionSpace, action)
    const rescaled = zeros(this.#inner.dtype, this.#inner.size)
    rescale(given, this.actionSpace, this.#inner, rescaled)
    return rescaled as Act
  }
}
