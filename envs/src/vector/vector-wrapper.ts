/**
 * A vector environment around another that forwards everything; override what changes: what becomes of results in
 * `afterReset` and `afterStep`, which works as well where the environments inside answer later. A wrapper with counters of its
 * own adds them to `getState` and takes them back in `setState`.
 */

import { isPromise } from '../contract.ts'
import { whenThere } from '../env.ts'
import type { EnvSpec, EnvState } from '../env.ts'
import { readObject } from '../json.ts'
import type { Space } from '../spaces/composite.ts'
import type {
  ActionArray,
  AutoresetMode,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from '../vector-env.ts'

export class VectorWrapper implements VectorEnv {
  readonly envs: VectorEnv

  constructor(envs: VectorEnv) {
    this.envs = envs
  }

  get numEnvs(): number {
    return this.envs.numEnvs
  }

  get singleObservationSpace(): Space {
    return this.envs.singleObservationSpace
  }

  get singleActionSpace(): Space {
    return this.envs.singleActionSpace
  }

  get autoresetMode(): AutoresetMode {
    return this.envs.autoresetMode
  }

  get spec(): EnvSpec | undefined {
    return this.envs.spec
  }

  reset(args?: VectorResetArgs): VectorReset {
    const result = this.envs.reset(args)
    return isPromise(result)
      ? whenThere(result, (there) => this.afterReset(there))
      : this.afterReset(result)
  }

  step(actions: ActionArray): VectorStep {
    const result = this.envs.step(actions)
    return isPromise(result)
      ? whenThere(result, (there) => this.afterStep(there))
      : this.afterStep(result) // no closure: this is called at every timestep
  }

  /** What becomes of what the environments inside returned from `reset`; called once for every reset. */
  protected afterReset(result: VectorReset): VectorReset {
    return result
  }

  /** What becomes of what the environments inside returned from `step`; called once for every step. */
  protected afterStep(result: VectorStep): VectorStep {
    return result
  }

  /** `{ envs }`: the inner state, beside which a wrapper puts its own. */
  getState(): EnvState {
    return { envs: this.envs.getState() }
  }

  setState(state: EnvState): void {
    this.envs.setState(readObject(state, 'envs'))
  }

  close(): void {
    this.envs.close()
  }
}
