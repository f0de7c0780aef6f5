/** Refuses `step` and `render` before the first `reset`. */

import { Wrapper } from '../env.ts'
import type { ResetResult, StepResult, EnvState } from '../env.ts'
import type { Frame } from '../frame.ts'
import { readBoolean } from '../json.ts'

export class OrderEnforcing<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  #hasReset = false

  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    this.#hasReset = true
    return result
  }

  /** @throws Error before the first reset. */
  override step(action: Act): StepResult<Obs> {
    if (!this.#hasReset) throw new Error('step() before reset(): call env.reset() first')
    return super.step(action)
  }

  /** @throws Error before the first reset. */
  override render(): Frame | string | undefined {
    if (!this.#hasReset) throw new Error('render() before reset(): call env.reset() first')
    return super.render()
  }

  override getState(): EnvState {
    return { ...super.getState(), hasReset: this.#hasReset }
  }

  override setState(state: EnvState): void {
    const hasReset = readBoolean(state, 'hasReset')
    super.setState(state)
    this.#hasReset = hasReset
  }
}
