import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { bootstrapInterval, interquartileMean, mean } from '../../src/training/index.ts'
import { CLI, emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const statistics = z.strictObject({
  mean: z.number().nullable(),
  interquartileMean: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})
const score = z.object({ mean: z.number() }).nullable()
const seedsSchema = z.strictObject({
  agent: z.string(),
  env: z.string(),
  seeds: z.array(z.number()),
  runs: z.array(
    z.object({
      seed: z.number(),
      digest: z.string(),
      runDir: z.string(),
      interrupted: z.boolean(),
      evaluation: score,
      finalEvaluation: score,
    }),
  ),
  failures: z.array(z.strictObject({ seed: z.number(), error: z.string() })),
  summary: z.strictObject({ evaluation: statistics, finalEvaluation: statistics }),
})

const SHORT = [
  'train',
  '--agent',
  'dqn',
  '--total-timesteps',
  '1200',
  '--set',
  'finalEvalEpisodes=3',
]
const CART_POLE = [...SHORT, '--env', 'CartPole']

/** An environment whose seeds that begin with 3 do something before their first step. */
function writeTrap(folder: string, deed: string): void {
  writeFileSync(
    join(folder, 'trap.js'),
    `import { CartPole } from 'gymnasium-js'
     export default class extends CartPole {
       reset(options) {
         if (String(options?.seed).startsWith('3/')) { ${deed} }
         return super.reset(options)
       }
     }`,
  )
}

test('several seeds in two processes have the digests of single runs', () => {
  const folder = emptyFolder()
  const several = wnRl([...CART_POLE, '--seeds', '0,3-4', '--jobs', '2', '--json'], folder)
  expect(several.status).toBe(0)
  const { runs, seeds, failures, summary } = seedsSchema.parse(lastJson(several.stdout))
  expect(seeds).toEqual([0, 3, 4])
  expect(failures).toEqual([])
  expect(runs.map(({ seed }) => seed)).toEqual(seeds)
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(3)
  const single = seeds.map((seed) => {
    const { stdout } = wnRl([...CART_POLE, '--seed', String(seed), '--json', '--quiet'], folder)
    return z.object({ digest: z.string() }).parse(lastJson(stdout)).digest
  })
  expect(runs.map(({ digest }) => digest)).toEqual(single)
  expect(new Set(single).size).toBe(3)

  const scores = runs.map(({ finalEvaluation }) => finalEvaluation!.mean)
  const { low, high } = bootstrapInterval(
    scores.map((one) => [one]),
    { seed: 'seeds' },
  )
  const wanted = { mean: mean(scores), interquartileMean: interquartileMean(scores), low, high }
  expect(summary.finalEvaluation).toEqual(wanted)
})

test.each([
  ['killed', 2, 'process.kill(process.pid, "SIGKILL")', /killed/],
  ['failing', 2, 'throw new Error("the mast is broken")', /the mast is broken$/],
  ['failing', 1, 'throw new Error("the mast is broken")', /the mast is broken$/],
])('a %s seed of %d at a time is reported and the rest finish', (_, jobs, deed, reason) => {
  const folder = emptyFolder()
  writeTrap(folder, deed)
  const args = [...SHORT, '--env', './trap.js', '--seeds', '2-5', '--jobs', String(jobs)]
  const { status, stdout, stderr } = wnRl([...args, '--json'], folder)
  expect(status).toBe(1)
  const { runs, failures } = seedsSchema.parse(lastJson(stdout))
  expect(failures).toEqual([{ seed: 3, error: expect.stringMatching(reason) as string }])
  expect(runs.map(({ seed }) => seed)).toEqual([2, 4, 5])
  expect(stderr).toContain('seed 3 failed: ')
})

test.each([1, 2])('what no seed can do is bad usage (%d at a time)', (jobs) => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'runs'), 'a file')
  const args = [...CART_POLE, '--seeds', '0-3', '--jobs', String(jobs)]
  const { status, stderr } = wnRl([...args, '--quiet'], folder)
  expect(stderr).toMatch(/^wn-rl: --run-dir: .* is a file/)
  expect(status).toBe(2)
})

test('an interrupt reaches every process, which ends in order', async () => {
  const folder = emptyFolder()
  const args = ['train', '--agent', 'dqn', '--env', 'CartPole', '--total-timesteps', '1000000']
  const child = spawn(
    process.execPath,
    [CLI, ...args, '--seeds', '0-5', '--jobs', '2', '--json', '--set', 'evalEvery=0'],
    { cwd: folder },
  )
  let [stdout, stderr] = ['', '']
  let hasInterrupted = false
  child.stdout.on('data', (data) => (stdout += String(data)))
  child.stderr.on('data', (data) => {
    stderr += String(data)
    if (!hasInterrupted && stderr.includes('backend simd')) hasInterrupted = child.kill('SIGINT')
  })
  const status = await new Promise((resolve) => child.on('close', resolve))
  expect(stderr).toContain('interrupted: writing')
  expect(status).toBe(130)
  const { runs, failures } = seedsSchema.parse(lastJson(stdout))
  expect(failures).toEqual([])
  expect(runs.length).toBeGreaterThan(0)
  expect(runs.length).toBeLessThanOrEqual(2)
  for (const { runDir, interrupted } of runs) {
    expect(interrupted).toBe(true)
    expect(readdirSync(join(folder, runDir, 'checkpoints'))).toHaveLength(1)
  }
})

test.each([40, 80])('draws a bar for each seed on a terminal of %d columns', (columns) => {
  const folder = emptyFolder()
  // Long enough that a bar is drawn before its seed is done, on a fast machine too.
  const args = [...CART_POLE, '--total-timesteps', '20000', '--seeds', '0-2', '--jobs', '2'].join(
    ' ',
  )
  const command = `stty cols ${columns} rows 24; ${process.execPath} ${CLI} ${args}`
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
  })
  for (const seed of [0, 1, 2]) expect(stdout).toContain(`seed ${seed} done: best `)
  expect(stdout).toMatch(/seed \d .*\d%/)
  expect(stdout).toContain('95 % bootstrap interval')
})

test.each([
  [['--jobs', '2'], '--jobs is for several seeds'],
  [['--seeds', '1,0-2'], 'give each seed once'],
  [['--seeds', '0-2', '--jobs', '0'], 'give a whole number from 1'],
])('%j is refused', (more, reason) => {
  const { status, stderr } = wnRl([...CART_POLE, ...more], emptyFolder())
  expect(stderr).toContain(reason)
  expect(status).toBe(2)
})
