/**
 * `wn-rl resume` where environments have more to keep than CartPole: a MinAtar game, a user's own module whose wrappers keep
 * running statistics, and one that answers later. Runs are stopped before learning starts, in mid-episode, and at any time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Rng } from '../../src/rng.ts'
import { IS_FULL } from '../helpers/dose.ts'
import {
  hasCheckpoint,
  leftovers,
  rowsOf,
  start,
  summaryOf,
  trainWhole,
  until,
} from '../helpers/runs.ts'
import { wnRl } from '../helpers/wn-rl.ts'

vi.setConfig({ testTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(
  join(folder, 'normalized.js'),
  `import { CartPole } from 'gymnasium-js'
   import { NormalizeObservation, NormalizeReward, TimeLimit } from 'gymnasium-js/wrappers'
   export default () =>
     new NormalizeReward(new NormalizeObservation(new TimeLimit(new CartPole(), 60)), { gamma: 0.99 })`,
)
writeFileSync(
  join(folder, 'later.js'),
  `import { CartPole } from 'gymnasium-js'
   import { TimeLimit } from 'gymnasium-js/wrappers'
   const later = (answer) => new Promise((resolve) => setImmediate(() => resolve(answer())))
   class Later {
     #near = new CartPole()
     observationSpace = this.#near.observationSpace
     actionSpace = this.#near.actionSpace
     reset(args) { return later(() => this.#near.reset(args)) }
     step(action) { return later(() => this.#near.step(action)) }
     getState() { return this.#near.getState() }
     setState(state) { this.#near.setState(state) }
   }
   export default () => new TimeLimit(new Later(), 60)`,
)

const BUDGET = [
  ...['--total-timesteps', '2400', '--checkpoint-every', '200', '--eval-every', '500'],
  ...['--set', 'evalEpisodes=1', '--set', 'finalEvalEpisodes=1'],
]
const AGENT_OPTIONS = {
  dqn: ['--set', 'learningStarts=500', '--set', 'bufferSize=700', '--set', 'batchSize=16'],
  a2c: ['--set', 'numEnvs=2', '--set', 'numSteps=5'],
} as const

const rng = new Rng('resume elsewhere')
/** A signal, the checkpoint after which it comes, and how many milliseconds after. */
const cuts = [
  { signal: 'SIGINT', step: 800, delay: rng.random() * 30 }, // at whatever step the run has come to by then
  { signal: 'SIGKILL', step: 200, delay: 0 }, // DQN has not begun to learn
  { signal: 'SIGKILL', step: 200 * rng.randInt(2, 6), delay: rng.random() * 100 },
] as const

const pairs = [
  { agent: 'dqn', env: 'MinAtar/Breakout-v1' },
  { agent: 'a2c', env: './normalized.js' },
  { agent: 'dqn', env: './later.js' },
  { agent: 'dqn', env: './normalized.js' },
  { agent: 'a2c', env: 'MinAtar/Breakout-v1' },
  { agent: 'a2c', env: './later.js' },
] as const

describe.each(pairs.slice(0, IS_FULL ? 6 : 3))('$agent on $env', ({ agent, env }) => {
  const args = ['--agent', agent, '--env', env, ...BUDGET, ...AGENT_OPTIONS[agent]]

  test(`goes on to the same end with the same rows, wherever it was stopped`, async () => {
    const whole = `whole-${agent}-${pairs.findIndex((pair) => pair.env === env)}`
    const reference = trainWhole(folder, whole, args)
    const rows = rowsOf(join(folder, whole))
    expect(rows.jsonl.filter((row) => row.includes('episodic_return')).length).toBeGreaterThan(5)
    for (const [i, { signal, step, delay }] of cuts.slice(0, IS_FULL ? 3 : 1).entries()) {
      const mine = `${whole}-${i}`
      const running = start(['train', ...args, '--run-dir', mine, '--quiet'], folder)
      await until(running, () => hasCheckpoint(join(folder, mine), step))
      await new Promise((resolve) => setTimeout(resolve, delay))
      running.child.kill(signal)
      expect(await running.ended).toBe(signal === 'SIGINT' ? 130 : signal)
      const resumed = summaryOf(wnRl(['resume', mine, '--json', '--quiet'], folder))
      const { wallSeconds, stepsPerSecond, runDir, ...same } = reference
      expect(resumed).toMatchObject(same)
      expect(rowsOf(join(folder, mine))).toEqual(rows)
      expect(leftovers(join(folder, mine))).toEqual([])
    }
  })
})
