/** A wrapper that changes observations: it says how, in `observation`, and of what space they are. */

import { BaseWrapper } from '../env.ts'
import type { ResetArgs, ResetResult, StepResult } from '../env.ts'
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
    const { obs, info } = this.env.reset(args)
    return { obs: this.observation(obs), info }
  }

  step(action: Act): StepResult<Obs> {
    const { obs, reward, terminated, truncated, info } = this.env.step(action)
    return { obs: this.observation(obs), reward, terminated, truncated, info }
  }
}
