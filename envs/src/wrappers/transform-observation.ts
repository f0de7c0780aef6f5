/** Observations through a function of the user's. */

import type { AsyncEnv } from '../env.ts'
import type { Space } from '../spaces/composite.ts'
import { ObservationWrapper } from './observation-wrapper.ts'

/**
 * The function is called once for every reset and step. It should depend on the observation alone:
 * `getState` knows of nothing that it remembers.
 *
 * @example
 * const env = make('CartPole-v1')
 * const angleOnly = new Box({ low: -0.5, high: 0.5, shape: [1] })
 * new TransformObservation(env, (obs) => obs.slice(2, 3), angleOnly)
 */
export class TransformObservation<Obs, InnerObs, Act = unknown> extends ObservationWrapper<
  Obs,
  InnerObs,
  Act
> {
  readonly observationSpace: Space<Obs>
  readonly #transform: (obs: InnerObs) => Obs

  /** @param observationSpace what the function returns; `env.observationSpace` if that stays. */
  constructor(
    env: AsyncEnv<InnerObs, Act>,
    transform: (obs: InnerObs) => Obs,
    observationSpace: Space<Obs>,
  ) {
    super(env)
    this.#transform = transform
    this.observationSpace = observationSpace
  }

  protected override observation(obs: InnerObs): Obs {
    return this.#transform(obs)
  }
}
