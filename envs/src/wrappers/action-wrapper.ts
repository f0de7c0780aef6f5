/** A wrapper that changes actions: it says how, in `action`, and of what space they are. */

import { BaseWrapper } from '../env.ts'
import type { ResetResult, StepResult, ResetArgs } from '../env.ts'
import type { Space } from '../spaces/composite.ts'

export abstract class ActionWrapper<Obs, Act, InnerAct> extends BaseWrapper<
  Obs,
  Act,
  Obs,
  InnerAct
> {
  /** What the environment inside gets instead; called once for every step. */
  protected abstract action(action: Act): InnerAct

  get observationSpace(): Space<Obs> {
    return this.env.observationSpace
  }

  reset(args?: ResetArgs): ResetResult<Obs> {
    return this.resetInner(args)
  }

  step(action: Act): StepResult<Obs> {
    return this.stepInner(this.action(action))
  }
}
