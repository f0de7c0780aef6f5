/**
 * A bounded Box of actions as one Discrete choice: each element's interval is cut into bins of equal
 * width, and an action plays the bins' middles. The last element's bin changes fastest.
 *
 * Action: Discrete(product of the numbers of bins).
 */

import type { AsyncEnv } from '../env.ts'
import type { Box } from '../spaces/box.ts'
import { Discrete } from '../spaces/discrete.ts'
import { INTEGER_RANGE, zeros } from '../spaces/dtype.ts'
import type { DType } from '../spaces/dtype.ts'
import { ActionWrapper } from './action-wrapper.ts'
import { requireBounded, requireBox } from './box-values.ts'

/**
 * @example
 * const env = new DiscretizeAction(make('Pendulum-v1'), 5)
 * env.step(2) // torque 0
 */
export class DiscretizeAction<Obs = unknown, InnerAct = unknown> extends ActionWrapper<
  Obs,
  number,
  InnerAct
> {
  readonly actionSpace: Discrete
  /** [size]: number of bins of each element of the action. */
  readonly bins: readonly number[]
  readonly #inner: Box<DType>

  /**
   * @param bins one number for all elements, or one per element.
   * @throws TypeError when the actions are not in a Box of floats; RangeError when that is unbounded,
   * or bins are not integers ≥ 1.
   */
  constructor(env: AsyncEnv<Obs, InnerAct>, bins: number | readonly number[]) {
    super(env)
    const what = 'DiscretizeAction: the action space'
    this.#inner = requireBox(what, env.actionSpace, 'only a Box can be cut into bins')
    requireBounded(what, this.#inner, 'put RescaleAction or a bounded Box inside')
    if (INTEGER_RANGE[this.#inner.dtype] !== undefined) {
      throw new TypeError(`${what} is ${this.#inner.toString()}, of integers; it takes floats`)
    }
    this.bins = binsPerElement(bins, this.#inner.size)
    this.actionSpace = new Discrete(this.bins.reduce((product, n) => product * n, 1))
  }

  /** @throws RangeError when the action is not in the space. */
  protected override action(action: number): InnerAct {
    const why = this.actionSpace.explain(action)
    if (why !== undefined) throw new RangeError(`DiscretizeAction: action: ${why}`)
    const { low, high, dtype, size } = this.#inner
    const middles = zeros(dtype, size)
    let rest = action
    for (let k = size - 1; k >= 0; k--) {
      const n = this.bins[k]!
      middles[k] = low[k]! + ((high[k]! - low[k]!) * ((rest % n) + 0.5)) / n
      rest = Math.floor(rest / n)
    }
    return middles as InnerAct // an array of the dtype of the Box of InnerAct
  }
}

function binsPerElement(bins: number | readonly number[], size: number): readonly number[] {
  const list = typeof bins === 'number' ? new Array<number>(size).fill(bins) : [...bins]
  if (list.length === size && list.every((n) => Number.isSafeInteger(n) && n >= 1)) return list
  throw new RangeError(
    `DiscretizeAction: bins is [${list.join(', ')}] for an action of ${size} elements; ` +
      'pass an integer >= 1, or one per element',
  )
}
