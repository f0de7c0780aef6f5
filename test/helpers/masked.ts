/** Masked environments that count what they are asked to do against their masks. */
import { type Env, Wrapper } from 'gymnasium-js'
import type { ResetArgs } from 'gymnasium-js'

/** Passes everything on, and counts actions that `info.actionMask` had ruled out. */
export class Watched extends Wrapper<number, number> {
  taken = 0
  illegal = 0
  /** Actions that were ruled out, over all steps: without any there is nothing to see. */
  ruledOut = 0
  #mask: readonly number[] = []

  constructor(env: Env) {
    super(env as Env<number, number>)
  }

  override reset(args?: ResetArgs) {
    const result = super.reset(args)
    this.#mask = result.info['actionMask'] as readonly number[]
    return result
  }

  override step(action: number) {
    this.taken++
    this.illegal += Number(this.#mask[action] !== 1)
    this.ruledOut += this.#mask.filter((legal) => legal === 0).length
    const result = super.step(action)
    this.#mask = result.info['actionMask'] as readonly number[]
    return result
  }
}
