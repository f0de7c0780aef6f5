/** Builds environments by name, with the wrappers that every made environment wears. */

import { unwrappedOf } from './env.ts'
import type { CompleteEnv, Env, EnvSpec, RenderMode } from './env.ts'
import { registrationOf, spec as findSpec } from './environments.ts'
import type { BUILTIN_ENVS } from './envs/builtin.ts'
import { OrderEnforcing } from './wrappers/order-enforcing.ts'
import { PassiveEnvChecker } from './wrappers/passive-env-checker.ts'
import { TimeLimit } from './wrappers/time-limit.ts'

/** Options of `make`; all others are keyword arguments of the environment. */
export interface MakeOptions {
  renderMode?: RenderMode | undefined
  /** Timesteps, instead of the registered limit; -1 takes the limit away. */
  maxEpisodeSteps?: number | undefined
  /** Leave out PassiveEnvChecker. Default: false. */
  disableEnvChecker?: boolean | undefined
  [kwarg: string]: unknown
}

/** Ids whose observation and action types `make` knows. */
export type BuiltinId = keyof typeof BUILTIN_ENVS
export type BuiltinEnv<Id extends BuiltinId> =
  ReturnType<(typeof BUILTIN_ENVS)[Id]['entryPoint']> extends Env<infer Obs, infer Act>
    ? CompleteEnv<Obs, Act>
    : never

/**
 * Builds `TimeLimit(OrderEnforcing(PassiveEnvChecker(env)))`, as Gymnasium does, without TimeLimit
 * where there is no limit.
 *
 * @param id `CartPole-v1`, a bare name (newest version), or the spec of another environment.
 * @returns the environment; its `spec` carries the kwargs and the limit that were used.
 * @throws RangeError on an unknown id; what the environment throws on its kwargs; TypeError when it
 * lacks a member that environments have.
 * @example
 * const env = make('CartPole-v1', { maxEpisodeSteps: 100, suttonBartoReward: true })
 * let { obs } = env.reset({ seed: 1 })
 */
export function make<Id extends BuiltinId>(id: Id, options?: MakeOptions): BuiltinEnv<Id>
export function make(id: string | EnvSpec, options?: MakeOptions): CompleteEnv
export function make(id: string | EnvSpec, options: MakeOptions = {}): CompleteEnv {
  const { renderMode, disableEnvChecker = false } = options
  const resolved = resolveSpec(id, options)
  const { kwargs, maxEpisodeSteps } = resolved
  const registration = registrationOf(resolved)
  const env = registration.entryPoint(renderMode === undefined ? kwargs : { ...kwargs, renderMode })
  const checked = disableEnvChecker ? env : new PassiveEnvChecker(env)
  Object.assign(unwrappedOf(env), { spec: resolved })
  const ordered = new OrderEnforcing(checked)
  return maxEpisodeSteps === undefined ? ordered : new TimeLimit(ordered, maxEpisodeSteps)
}

/** The spec with the kwargs and the limit that an environment of these options is built with. */
export function resolveSpec(
  id: string | EnvSpec,
  { renderMode, maxEpisodeSteps, disableEnvChecker, ...overrides }: MakeOptions,
): EnvSpec {
  const base = typeof id === 'string' ? findSpec(id) : id
  const limit = maxEpisodeSteps ?? base.maxEpisodeSteps ?? -1
  return {
    ...base,
    kwargs: { ...base.kwargs, ...overrides },
    maxEpisodeSteps: limit === -1 ? undefined : limit,
  }
}
