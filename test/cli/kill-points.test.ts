/**
 * `kill -9` at every point of a run's life at which something has just been put in its place: the first model found best,
 * each checkpoint, the final model, the summary without and with scores, and when all is done but nothing printed.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dose } from '../helpers/dose.ts'
import { rowsOf, summaryOf } from '../helpers/runs.ts'
import { emptyFolder, inRepository, wnRl } from '../helpers/wn-rl.ts'

const PRELOAD = `--import=${inRepository('test/cli/fixtures/kill-at-rename.mjs')}`
/** 600 timesteps of CartPole; evaluations at every 150, checkpoints at every 200. */
const RUN = [
  ...['train', '--agent', 'dqn', '--env', 'CartPole', '--total-timesteps', '600', '--run-dir'],
  ...['mine', '--checkpoint-every', '200', '--eval-every', '150', '--json', '--quiet'],
  ...['--set', 'evalEpisodes=3', '--set', 'finalEvalEpisodes=3', '--set', 'learningStarts=100'],
]

/** All that a run leaves but what a clock decides. */
function outcome(folder: string, { digest, evaluation, ...summary }: ReturnType<typeof summaryOf>) {
  const mine = join(folder, 'mine')
  return {
    ...{ digest, evaluation, finalEvaluation: summary['finalEvaluation'] },
    ...{ episodes: summary.episodes, meanReturn: summary['meanReturn'] },
    best: readdirSync(join(mine, 'best')).sort(), // weights are named by their content
    final: readdirSync(join(mine, 'final')).sort(),
    checkpoints: readdirSync(join(mine, 'checkpoints')).sort(),
    rows: rowsOf(mine),
    locked: existsSync(join(mine, 'lock')),
  }
}

test(
  'killed after any rename, a run goes on to the same end, scores and best model',
  { timeout: 600_000 },
  () => {
    const folder = emptyFolder()
    const renames = join(folder, 'renames')
    const whole = summaryOf(wnRl(RUN, folder, { NODE_OPTIONS: PRELOAD, WN_RL_RENAMES: renames }))
    const expected = outcome(folder, whole)
    expect(expected.best).toHaveLength(2)
    const points = readFileSync(renames, 'utf8').trimEnd().split('\n')
    for (const name of [/config\.yaml/, /best.model\.json/, /step-200$/, /final/, /summary/])
      expect(points.filter((point) => name.test(point)).length).toBeGreaterThan(0)
    // The first is config.yaml's, before which there is no run.
    for (const [i, point] of dose([...points.entries()], 3, points.length - 1)) {
      rmSync(join(folder, 'mine'), { recursive: true })
      const killed = wnRl(RUN, folder, { NODE_OPTIONS: PRELOAD, WN_RL_KILL_AFTER: String(i + 1) })
      expect(killed.status, point).toBe(null)
      const resumed = wnRl(['resume', 'mine', '--json', '--quiet'], folder)
      if (i === points.length - 1) {
        // All was done but the printing.
        expect(resumed.status).toBe(2)
        const score = (whole.evaluation?.mean ?? 0).toFixed(2)
        expect(resumed.stderr).toContain(
          `is complete: it has learned for 600 timesteps (best model ${score}`,
        )
        continue
      }
      expect(resumed.stderr, point).toBe('')
      expect(outcome(folder, summaryOf(resumed)), point).toEqual(expected)
    }
  },
)

test('killed when it is about to print, a run has written down what it came to', () => {
  const folder = emptyFolder()
  const killed = wnRl(RUN, folder, { NODE_OPTIONS: PRELOAD, WN_RL_KILL_AFTER: 'print' })
  expect(killed.status).toBe(null)
  const summary = JSON.parse(
    readFileSync(join(folder, 'mine', 'final', 'summary.json'), 'utf8'),
  ) as object
  expect(summary).toMatchObject({ agent: 'dqn', totalTimesteps: 600, evaluation: { episodes: 3 } })
  expect(wnRl(['resume', 'mine'], folder).stderr).toContain('is complete')
})
