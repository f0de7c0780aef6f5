/**
 * Statistics that wrappers gather of all that goes through them, such as the mean of observations. What acts on what they
 * normalize cannot do without them: they belong to the model. So agents share them between the copies that they learn in,
 * save them, and give them to the environments that they are evaluated in.
 */

import { BaseWrapper } from '../env.ts'
import type { EnvExtras } from '../env.ts'
import type { JsonObject } from '../json.ts'
import { isObject } from '../contract.ts'

/** A wrapper that gathers statistics; of a vector environment likewise. Any wrapper of one's own may be one. */
export interface GathersStatistics {
  /** What was gathered. It may be replaced by that of another wrapper of the same kind, which then gathers into it. */
  statistics: { getState(): JsonObject; setState(state: JsonObject): void }
  /** Gathers no more; rewards, if it changes them, come as they are. */
  startEvaluation(): void
}

/** The wrappers around an environment, or a vector environment, that gather statistics, outermost first. */
export function statisticsOf(env: unknown): readonly GathersStatistics[] {
  const found: GathersStatistics[] = []
  for (let at = env; isObject(at); at = at instanceof BaseWrapper ? at.env : at['envs'])
    if (gathers(at)) found.push(at)
  return found
}

/**
 * Lets the wrappers around several copies of an environment gather into the statistics of the first.
 *
 * @returns whether there are any
 */
export function shareStatistics(envs: readonly EnvExtras[]): boolean {
  const first = statisticsOf(envs[0])
  for (const env of envs.slice(1))
    for (const [i, wrapper] of statisticsOf(env).entries())
      if (first[i]) wrapper.statistics = first[i].statistics
  return first.length > 0
}

function gathers(value: object): value is GathersStatistics {
  const { statistics, startEvaluation } = value as Partial<GathersStatistics>
  return isObject(statistics) && typeof startEvaluation === 'function'
}
