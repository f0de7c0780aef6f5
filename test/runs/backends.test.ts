/** Which backend `auto` takes, by a measured table; and going on with a run on another backend. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { make } from 'gymnasium-js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { A2c, Dqn } from '../../agents/index.ts'
import { LONGEST_UPDATE, measureSizes, Predictor, tooSlow } from '../../runs/backends/measure.ts'
import { pick } from '../../runs/backends/pick.ts'
import {
  describeCpu,
  readTable,
  type Table,
  tablePath,
  writeTable,
} from '../../runs/backends/table.ts'
import { workOf } from '../../runs/backends/update.ts'
import { readRunConfig } from '../../runs/config.ts'
import { loadSettings } from '../../runs/settings.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

/** Times by batch, ms; of width 64 and 512. */
function tableWith(
  times: Readonly<Record<string, readonly [small: number, large: number]>>,
): Table {
  const backends = Object.entries(times).map(([name, [small, large]]) => ({
    name: name as 'simd',
    cells: [
      { batch: 128, width: 64, ms: small },
      { batch: 4096, width: 512, ms: large },
    ],
    skipped: [],
  }))
  const measuredAt = '2026-11-22T00:00:00.000Z'
  return { format: 1, wnRl: '0', node: 'v20', cpu: describeCpu(), measuredAt, backends }
}

const TABLE = tableWith({ simd: [0.2, 90], tensorflow: [9, 30], cpu: [20, 20_000] })

function dqn(options: object) {
  const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1, ...options })
  onTestFinished(() => agent.dispose())
  return agent
}

describe('auto', () => {
  test('stays on simd for a small network, and says by which figures', () => {
    const choice = pick(TABLE, dqn({ network: mlp([64, 64]) }))
    expect(choice).toMatchObject({ name: 'simd' })
    expect(choice?.reason).toMatch(/^auto: simd takes 0\.2 ms.*batch 128, width 64/)
  })

  test('leaves simd where another is clearly faster, and says that bits are lost', () => {
    const choice = pick(TABLE, dqn({ network: mlp([700, 300]), batchSize: 2048 }))
    expect(choice?.name).toBe('tensorflow')
    expect(choice?.reason).toMatch(/tensorflow takes 30 ms.*simd 90 ms.*NOT bit for bit/)
  })

  test('reads the batch of an actor-critic from its rollouts', () => {
    const env = () => make('CartPole-v1')
    const agent = new A2c({ env, seed: 1, numEnvs: 256, numSteps: 16, network: mlp([512]) })
    onTestFinished(() => agent.dispose())
    expect(pick(TABLE, agent)?.name).toBe('tensorflow')
  })

  test('is not tempted by a little', () => {
    const close = tableWith({ simd: [1, 1.1], tensorflow: [1, 1] })
    expect(pick(close, dqn({ network: mlp([512]), batchSize: 4096 }))?.name).toBe('simd')
  })

  test('knows nothing of convolutions and without a measurement of simd', () => {
    const image = dqn({ network: [{ type: 'flatten' }] })
    expect(pick(TABLE, image)).toBeUndefined()
    expect(pick(tableWith({ tensorflow: [1, 1] }), dqn({}))).toBeUndefined()
  })

  test('takes simd where the winner does not start, and says so', async () => {
    const preferred = { name: 'wasm', reason: 'auto: it won' } as const
    expect(await useBackend('auto', { preferred })).toMatchObject({ ...preferred })
    const kernels = ['Conv2DBackpropFilter']
    const choice = await useBackend('auto', { preferred, kernels })
    expect(choice.name).toBe('simd')
    expect(choice.reason).toMatch(/wasm does not start.*Conv2DBackpropFilter/)
  })
})

describe('the table', () => {
  test('is read as it was written, on the same processor only', async () => {
    const path = join(emptyFolder(), 'deep', 'backends.json')
    expect(await readTable(path)).toBeUndefined()
    await writeTable(TABLE, path)
    expect(await readTable(path)).toEqual(TABLE)
    await writeTable({ ...TABLE, cpu: '1 × Z80' }, path)
    expect(await readTable(path)).toMatch(/another processor \(1 × Z80\).*doctor --measure/)
    writeFileSync(path, '{ "format": 2 }')
    expect(await readTable(path)).toMatch(/not a table that this version understands/)
    writeFileSync(path, '{')
    expect(await readTable(path)).toMatch(/cannot be read; measure again/)
  })

  test('lies where XDG_CONFIG_HOME says', () => {
    expect(tablePath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/wn-rl/backends.json')
    expect(tablePath({})).toMatch(/\.config\/wn-rl\/backends\.json$/)
  })
})

test('sizes are measured on the backend in use, and what would take too long is left out', async () => {
  await useBackend('simd')
  const { cells, skipped } = await measureSizes([
    { batch: 128, width: 128 },
    { batch: 32, width: 16 },
    { batch: 2 ** 30, width: 4096 },
  ])
  expect(cells.map(({ batch }) => batch)).toEqual([32, 128])
  expect(cells.every(({ ms }) => ms > 0)).toBe(true)
  expect(skipped).toEqual([
    { batch: 2 ** 30, width: 4096, reason: expect.stringMatching(/about \d+ s/) as string },
  ])
})

test('a prediction follows the best rate of large updates', () => {
  const predictor = new Predictor()
  const large = { batch: 1024, width: 256 }
  expect(predictor.predict(large)).toBe(0)
  predictor.learn({ batch: 1, width: 8, ms: 1000 }) // overhead tells nothing
  expect(predictor.predict(large)).toBe(0)
  predictor.learn({ ...large, ms: 10 })
  predictor.learn({ ...large, ms: 20 })
  const larger = { batch: 4096, width: 1024 }
  expect(predictor.predict(larger)).toBeCloseTo((10 * workOf(larger)) / workOf(large))
  expect(tooSlow(predictor, larger)).toBeUndefined()
  const largest = { batch: 2 ** 20, width: 4096 }
  expect(predictor.predict(largest)).toBeGreaterThan(LONGEST_UPDATE)
  expect(tooSlow(predictor, largest)).toMatch(/would take about \d+ s/)
})

describe('variants of presets', () => {
  const sources = { envId: 'CartPole-v1', set: [], flags: {} }

  test.each(['dqn', 'ppo'] as const)('the one for GPUs of %s has large updates', async (agent) => {
    const { agent: options, origin } = await loadSettings({ ...sources, agent, preset: 'gpu' })
    expect(options['batchSize']).toBeGreaterThanOrEqual(2048)
    expect(origin).toBe(`preset ${agent}/gpu-CartPole-v1`)
  })

  test('unknown ones are refused with those that there are', async () => {
    await expect(loadSettings({ ...sources, agent: 'dqn', preset: 'gpus' })).rejects.toThrow(
      /"gpus".*did you mean "gpu".*rainbow/,
    )
    await expect(loadSettings({ ...sources, agent: 'a2c', preset: 'gpu' })).rejects.toThrow(
      /leave it out/,
    )
  })
})

test('a run goes on on another backend, which it says and writes down', async () => {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'config'))
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const run = join(folder, 'run')
  const sizes = ['--total-timesteps', '1200', '--eval-every', '0', '--set', 'finalEvalEpisodes=1']
  const train = ['train', '--agent', 'dqn', '--env', 'CartPole', '--run-dir', run, ...sizes]
  expect(wnRl([...train, '--backend', 'cpu', '--quiet'], folder, env).status).toBe(0)
  const more = ['resume', run, '--total-timesteps', '1400', '--backend', 'simd']
  const resumed = wnRl(more, folder, env)
  expect(resumed.status).toBe(0)
  expect(resumed.stderr).toMatch(/backend was cpu, and is simd: the numbers may differ/)
  expect(resumed.stdout).toContain('goes on from timestep 1200 of 1400')
  expect((await readRunConfig(run))?.run.backend).toBe('simd')
})
