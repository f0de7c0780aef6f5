/** A wrapper that changes observations: it says how, in `observation`, and of what space they are. */

import { BaseWrapper } from '../env.ts'
import type { ResetResult, StepResult, ResetArgs } from '../env.ts'
import type { Space } from '../spaces/composite.ts'

export abstract class ObservationWrapper<Obs, InnerObs, Act> extends BaseWrapper<
  Obs,
  Act,
  InnerObs,
  Act
> {
  /** Called once for every reset and step, in order. */
  protected abstract observation(obs: InnerObs): Obs

  get actionSpace(): Space<Act> {
    return this.env.actionSpace
  }

  reset(args?: ResetArgs): ResetResult<Obs> {
    return this.resetInner(args)
  }

  step(action: Act): StepResult<Obs> {
    return this.stepInner(action)
  }

  protected override afterReset({ obs, info }: ResetResult<InnerObs>): ResetResult<Obs> {
    return { obs: this.observation(obs), info }
  }

  protected override afterStep(result: StepResult<InnerObs>): StepResult<Obs> {
    const { obs, reward, terminated, truncated, info } = result
    return { obs: this.observation(obs), reward, terminated, truncated, info }
  }
}
