/** Statistics that wrappers of environments gather: they belong to the model. */
import type { AsyncEnv, JsonObject } from 'gymnasium-js'
import { statisticsOf } from 'gymnasium-js/wrappers'

/** Of the wrappers around an environment or a vector environment, outermost first. */
export function gatheredBy(env: unknown): readonly JsonObject[] {
  return statisticsOf(env).map(({ statistics }) => statistics.getState())
}

/**
 * Gives what a model has gathered to the wrappers of an environment that it is trained or evaluated in.
 *
 * @throws TypeError if these are others than the model was trained with
 */
export function setGathered(env: unknown, gathered: readonly JsonObject[]): void {
  const wrappers = statisticsOf(env)
  if (wrappers.length !== gathered.length) {
    throw new TypeError(
      `env: the model has statistics of ${gathered.length} wrappers, but the environment has ${wrappers.length} that ` +
        'gather some; give the environment with the wrappers that the model was trained with',
    )
  }
  for (const [i, { statistics }] of wrappers.entries()) statistics.setState(gathered[i]!)
}

/** Of an environment that a model is evaluated in: with what it has gathered, and gathering no more. */
export function takeStatistics(
  env: AsyncEnv,
  gathered: readonly JsonObject[] | undefined,
): AsyncEnv {
  if (!gathered) return env // a policy of one's own, which minds that itself
  setGathered(env, gathered)
  for (const wrapper of statisticsOf(env)) wrapper.startEvaluation()
  return env
}
