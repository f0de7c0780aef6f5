/**
 * A vector environment around another that forwards everything; override what changes. A wrapper
 * with counters of its own adds them to `getState` and takes them back in `setState`.
 */

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
    return this.envs.reset(args)
  }

  step(actions: ActionArray): VectorStep {
    return this.envs.step(actions)
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
