import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { CLI, emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const scoreSchema = z.strictObject({ mean: z.number(), std: z.number(), episodes: z.number() })
const summarySchema = z.strictObject({
  runDir: z.string(),
  agent: z.string(),
  env: z.string(),
  seed: z.number(),
  totalTimesteps: z.number(),
  episodes: z.number(),
  meanReturn: z.number().nullable(),
  evaluation: scoreSchema,
  finalEvaluation: scoreSchema,
  wallSeconds: z.number(),
  stepsPerSecond: z.number(),
  backend: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  interrupted: z.boolean(),
})

const SHORT = {
  dqn: [
    '--agent',
    'dqn',
    '--env',
    'CartPole',
    '--total-timesteps',
    '2000',
    '--set',
    'finalEvalEpisodes=5',
  ],
  a2c: [
    '--agent',
    'a2c',
    '--env',
    'CartPole',
    '--total-timesteps',
    '2000',
    '--set',
    'finalEvalEpisodes=5',
  ],
}

function trainShort(agent: keyof typeof SHORT, folder: string, ...more: string[]) {
  const outcome = wnRl(['train', ...SHORT[agent], '--json', ...more], folder)
  expect(outcome.stderr).not.toContain('wn-rl:')
  expect(outcome.status).toBe(0)
  return summarySchema.parse(lastJson(outcome.stdout))
}

test.each(['dqn', 'a2c'] as const)('%s leaves a complete run folder and a summary', (agent) => {
  const folder = emptyFolder()
  const summary = trainShort(agent, folder)
  expect(summary).toMatchObject({
    agent,
    env: 'CartPole-v1',
    seed: 1,
    totalTimesteps: 2000,
    interrupted: false,
  })
  expect(summary.runDir).toMatch(new RegExp(`^runs/CartPole-v1__${agent}__1__\\d{8}-\\d{6}$`))
  const runDir = join(folder, summary.runDir)
  const files = readdirSync(runDir).map((name) => name.replace(/\.\d+\.wn-rl$/, ''))
  expect(files.sort()).toEqual([
    'best',
    'checkpoints',
    'config.yaml',
    'events.out.tfevents',
    'final',
    'metrics.jsonl',
    'progress.csv',
  ])

  const config = z
    .looseObject({ run: z.looseObject({}) })
    .parse(parse(readFileSync(join(runDir, 'config.yaml'), 'utf8')))
  expect(config).toMatchObject({
    agent,
    env: 'CartPole-v1',
    seed: 1,
    totalTimesteps: 2000,
    normalization: 'weight',
  })
  expect(config.run).toMatchObject({ backend: 'simd', node: process.version })

  const rows = readFileSync(join(runDir, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => z.record(z.string(), z.number()).parse(JSON.parse(line)))
  const episodes = rows.filter((row) => 'charts/episodic_return' in row)
  expect(episodes).toHaveLength(summary.episodes)
  // Every reward of CartPole is 1, and all 2,000 timesteps but those of unfinished episodes are in an episode.
  const steps = episodes.reduce((sum, row) => sum + row['charts/episodic_length']!, 0)
  expect(
    episodes.every((row) => row['charts/episodic_return'] === row['charts/episodic_length']),
  ).toBe(true)
  expect(steps).toBeLessThanOrEqual(2000)
  expect(rows.some((row) => 'eval/mean_return' in row)).toBe(true)
  expect(rows.some((row) => Object.keys(row).some((name) => name.startsWith('losses/')))).toBe(true)

  const [header, ...lines] = readFileSync(join(runDir, 'progress.csv'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(header).toMatch(/^step,charts\/episodic_return,/)
  expect(lines).toHaveLength(rows.length)
})

test('the same seed gives the same digest and another seed another one', () => {
  const folder = emptyFolder()
  const digests = ['0', '0', '1'].map((seed) => trainShort('dqn', folder, '--seed', seed).digest)
  expect(digests[0]).toBe(digests[1])
  expect(digests[0]).not.toBe(digests[2])
})

test('eval gives the numbers that training printed, for the best and the final model', () => {
  const folder = emptyFolder()
  const { runDir, evaluation, finalEvaluation } = trainShort('dqn', folder)
  const evaluated = (...more: string[]) =>
    lastJson(wnRl(['eval', runDir, '--episodes', '5', '--json', ...more], folder).stdout)
  expect(evaluated()).toMatchObject(evaluation)
  expect(evaluated('--checkpoint', 'final')).toMatchObject(finalEvaluation)
  const { returns, lengths } = z
    .looseObject({ returns: z.array(z.number()), lengths: z.array(z.number()) })
    .parse(
      lastJson(
        wnRl(['eval', `${runDir}/best`, '--episodes', '3', '--seed', '9', '--json'], folder).stdout,
      ),
    )
  expect(returns).toHaveLength(3)
  expect(lengths).toEqual(returns)
})

test('a run repeats from its own config.yaml', () => {
  const folder = emptyFolder()
  const first = trainShort('dqn', folder, '--set', 'gamma=0.9')
  const again = wnRl(
    [
      'train',
      '--agent',
      'dqn',
      '--env',
      'CartPole',
      '--config',
      `${first.runDir}/config.yaml`,
      '--json',
    ],
    folder,
  )
  expect(summarySchema.parse(lastJson(again.stdout)).digest).toBe(first.digest)
})

test('an interrupt writes a checkpoint and exits with 130', async () => {
  const folder = emptyFolder()
  const child = spawn(
    process.execPath,
    [CLI, 'train', ...SHORT.dqn.slice(0, 4), '--run-dir', 'mine'],
    { cwd: folder },
  )
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGINT'), 300))
  const status = await new Promise((resolve) => child.on('exit', resolve))
  expect(status).toBe(130)
  expect(readdirSync(join(folder, 'mine', 'checkpoints'))).toEqual([
    expect.stringMatching(/^step-\d+$/),
  ])
  expect(existsSync(join(folder, 'mine', 'final'))).toBe(false)
})

test('lists agents and environments as JSON', () => {
  const folder = emptyFolder()
  const agents = z
    .array(z.looseObject({ name: z.string() }))
    .parse(lastJson(wnRl(['agents', '--json'], folder).stdout))
  expect(agents.map(({ name }) => name)).toEqual(['dqn', 'a2c', 'ppo', 'pqn'])
  const envs = z
    .array(z.looseObject({ id: z.string(), maxEpisodeSteps: z.number().nullable() }))
    .parse(lastJson(wnRl(['envs', '--json'], folder).stdout))
  expect(envs).toContainEqual(
    expect.objectContaining({ id: 'CartPole-v1', maxEpisodeSteps: 500, rewardThreshold: 475 }),
  )
})

test('trains on an environment that a package exports, or that a module registers', () => {
  const folder = emptyFolder()
  const packageFolder = join(folder, 'node_modules', 'shop-env')
  mkdirSync(packageFolder, { recursive: true })
  const manifest = { name: 'shop-env', version: '1.0.0', type: 'module', exports: './index.js' }
  writeFileSync(join(packageFolder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(
    join(packageFolder, 'index.js'),
    `import { CartPole, register } from 'gymnasium-js'
     import { TimeLimit } from 'gymnasium-js/wrappers'
     register({ id: 'shop/Pole-v3', entryPoint: (options) => new CartPole(options), maxEpisodeSteps: 17 })
     export default class extends TimeLimit { constructor() { super(new CartPole(), 19) } }`,
  )
  const budget = [
    '--agent',
    'a2c',
    '--total-timesteps',
    '1600',
    '--set',
    'finalEvalEpisodes=2',
    '--json',
    '--quiet',
  ]
  const trainOn = (env: string) =>
    wnRl(['train', '--env', env, ...budget, '--set', 'evalEvery=0'], folder)
  const exported = trainOn('shop-env')
  expect(exported.stderr).toBe('')
  expect(summarySchema.parse(lastJson(exported.stdout)).env).toBe('shop-env')
  const registered = summarySchema.parse(lastJson(trainOn('shop-env:shop/Pole').stdout))
  expect(registered.env).toBe('shop-env:shop/Pole-v3')
  expect(registered.evaluation.mean).toBeLessThanOrEqual(17)
})

test.each([40, 72, 0])('draws its bar on a terminal of %d columns', (columns) => {
  const folder = emptyFolder()
  const command = `stty cols ${columns}; ${process.execPath} ${CLI} train ${SHORT.dqn.join(' ')} --set evalEvery=0`
  const outcome = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(outcome.stdout).toContain('final model: greedy return')
  expect(outcome.stdout).toContain('100%')
})

test('trains on cpu where WebAssembly SIMD is missing, and says so', () => {
  const folder = emptyFolder()
  const preload = join(folder, 'no-simd.mjs')
  writeFileSync(
    preload,
    'WebAssembly.Module = class { constructor() { throw new Error("no SIMD here") } }\n',
  )
  const args = [...SHORT.a2c, '--set', 'evalEvery=0', '--total-timesteps', '800']
  const outcome = spawnSync(process.execPath, ['--import', preload, CLI, 'train', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(outcome.stdout).toMatch(
    /backend cpu \(auto: simd does not start here \(.*\); this will be slow, and digests are not those of simd/,
  )
  expect(outcome.stderr).toContain('backend cpu instead of simd: the digest is not the one that')
  expect(outcome.status).toBe(0)
})

test('observations of several parts are flattened for the agent, in training and in eval', () => {
  const folder = emptyFolder()
  // The Discrete part alone tells the action that is rewarded: the other number.
  writeFileSync(
    join(folder, 'parts.ts'),
    `import { Box, Dict, Discrete, Rng } from 'gymnasium-js'
     export default () => {
       const colours = new Discrete(2)
       const noises = new Box({ low: -1, high: 1, shape: [2] })
       let rng = new Rng(0)
       let steps = 0
       let colour = 0
       const observe = () => {
         colour = colours.sample(rng)
         return { colour, noise: noises.sample(rng) }
       }
       const env = {
         observationSpace: new Dict({ colour: colours, noise: noises }),
         actionSpace: new Discrete(2),
         get unwrapped() { return env },
         reset({ seed } = {}) {
           if (seed !== undefined) rng = new Rng(seed)
           steps = 0
           return { obs: observe(), info: {} }
         },
         step(action) {
           const reward = action === colour ? 0 : 1
           return { obs: observe(), reward, terminated: false, truncated: ++steps === 10, info: {} }
         },
         getState: () => ({ rng: rng.getState(), steps, colour }),
         setState: (state) => { rng.setState(state.rng); ({ steps, colour } = state) },
         render: () => undefined,
         close: () => undefined,
       }
       return env
     }`,
  )
  const trained = wnRl(
    ['train', '--agent', 'dqn', '--env', './parts.ts', '--total-timesteps', '3000', '--json'],
    folder,
  )
  expect(trained.stderr).not.toContain('wn-rl:')
  const { runDir, evaluation } = summarySchema.parse(lastJson(trained.stdout))
  expect(evaluation.mean).toBe(10)
  expect(lastJson(wnRl(['eval', runDir, '--json'], folder).stdout)).toMatchObject(evaluation)
})
