/** Builds vector environments by name. */

import { make } from '../make.ts'
import type { MakeOptions } from '../make.ts'
import type { EnvSpec } from '../registry.ts'
import { SyncVectorEnv } from './sync-vector-env.ts'
import type { AutoresetMode, VectorEnv } from './vector-env.ts'

/** `make`'s options, for every copy, and those of the vector environment. */
export interface MakeVectorOptions extends MakeOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
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
  if (!Number.isSafeInteger(numEnvs) || numEnvs < 1) {
    throw new RangeError(`makeVector: numEnvs is ${numEnvs}; pass an integer >= 1`)
  }
  const { autoresetMode, ...makeOptions } = options
  const envFns = Array.from({ length: numEnvs }, () => () => make(id, makeOptions))
  return new SyncVectorEnv(envFns, { autoresetMode })
}
