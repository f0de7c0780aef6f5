/** Random play of a vector environment, for comparing two of them. */

import type { Rng } from 'gymnasium-js'
import type { VectorEnv } from 'gymnasium-js/vector'

/**
 * Copies of what n steps with random actions 0 and 1 return. Rows of finalObs that are not valid are
 * blanked; observations have four elements.
 */
export function randomSteps(envs: VectorEnv, rng: Rng, n: number): unknown[] {
  return Array.from({ length: n }, () => {
    const actions = Int32Array.from({ length: envs.numEnvs }, () => rng.randInt(0, 2))
    const step = structuredClone(envs.step(actions))
    for (const [i, length] of step.episodeLengths.entries()) {
      if (length === 0) step.finalObs.fill(0, 4 * i, 4 * i + 4)
    }
    return step
  })
}
