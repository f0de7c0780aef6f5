/** Builds vector environments by name. */

import type { EnvSpec } from '../env.ts'
import { registrationOf } from '../environments.ts'
import { make, resolveSpec } from '../make.ts'
import type { MakeOptions } from '../make.ts'
import { NativeVectorEnv } from '../native/native-vector-env.ts'
import { checkInteger } from '../numbers.ts'
import type { AutoresetMode, VectorEnv } from '../vector-env.ts'
import { SyncVectorEnv } from './sync-vector-env.ts'

/** `make`'s options, for every copy, and those of the vector environment. */
export interface MakeVectorOptions extends MakeOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
  /**
   * Default: true, the native version where the environment has one. false: always scalar copies,
   * which give the same trajectories.
   */
  native?: boolean | undefined
}

/**
 * Builds `numEnvs` copies of an environment behind one VectorEnv.
 *
 * @throws RangeError when numEnvs is not an integer ≥ 1; what `make` throws.
 * @example
 * const envs = makeVector('CartPole-v1', 8)
 */
export function makeVector(
  id: string | EnvSpec,
  numEnvs: number,
  options: MakeVectorOptions = {},
): VectorEnv {
  checkInteger('makeVector: numEnvs', numEnvs)
  const { autoresetMode, native = true, ...makeOptions } = options
  const spec = resolveSpec(id, makeOptions)
  const registration = registrationOf(spec)
  // A native environment draws nothing: asked to render, build copies that can.
  if (native && registration.native !== undefined && makeOptions.renderMode === undefined) {
    const { maxEpisodeSteps } = spec
    return new NativeVectorEnv(registration.native(spec.kwargs), numEnvs, {
      autoresetMode,
      maxEpisodeSteps,
      spec,
    })
  }
  const envFns = Array.from({ length: numEnvs }, () => () => make(id, makeOptions))
  return new SyncVectorEnv(envFns, { autoresetMode })
}
