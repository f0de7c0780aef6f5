import { expect, test } from 'vitest'
import { z } from 'zod'
import { emptyFolder, lastJson, wnRl } from '../cli/wn-rl.ts'

const TIMEOUT = 600_000 // ms; seconds where WebAssembly SIMD is there
const SOLVED = 475 // CartPole-v1's reward threshold
const runsSchema = z.looseObject({
  runs: z.array(
    z.looseObject({
      seed: z.number(),
      totalTimesteps: z.number(),
      wallSeconds: z.number(),
      evaluation: z.looseObject({ mean: z.number(), episodes: z.number() }),
      finalEvaluation: z.looseObject({ mean: z.number() }),
    }),
  ),
})

/** Trains with the preset, prints every seed, and returns the scores of the best models. */
function bestScores(agent: string, seeds: string, budget: number): number[] {
  const outcome = wnRl(
    ['train', '--agent', agent, '--env', 'CartPole', '--seeds', seeds, '--json', '--quiet'],
    emptyFolder(),
  )
  expect(outcome.stderr).toBe('')
  const { runs } = runsSchema.parse(lastJson(outcome.stdout))
  for (const { seed, totalTimesteps, evaluation, finalEvaluation, wallSeconds } of runs) {
    expect(totalTimesteps).toBeLessThanOrEqual(budget)
    expect(evaluation.episodes).toBe(100)
    const scores = `best ${evaluation.mean.toFixed(1)}, final ${finalEvaluation.mean.toFixed(1)}`
    process.stdout.write(`${agent} seed ${seed}: ${scores}, ${wallSeconds.toFixed(0)} s\n`)
  }
  return runs.map(({ evaluation }) => evaluation.mean)
}

test(
  'the DQN preset solves CartPole within 50,000 timesteps for every seed from 0 to 9',
  () => {
    for (const score of bestScores('dqn', '0-9', 50_000))
      expect(score).toBeGreaterThanOrEqual(SOLVED)
  },
  TIMEOUT,
)

test(
  'the A2C preset solves CartPole within 100,000 timesteps for every seed from 0 to 4',
  () => {
    for (const score of bestScores('a2c', '0-4', 100_000))
      expect(score).toBeGreaterThanOrEqual(SOLVED)
  },
  TIMEOUT,
)
