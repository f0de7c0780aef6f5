/** The bench measures what it says and refuses what it cannot compare. No timing is tested. */
import { spawnSync } from 'node:child_process'
import { registeredSpecs } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { envCases } from '../../bench/env.ts'
import { type Contender, measure, median, Unavailable } from '../../bench/measure.ts'
import { crossings, scaleCases } from '../../bench/scale.ts'
import { inRepository } from '../helpers/wn-rl.ts'

const effort = { rounds: 3, turn: 1 }

function contender(name: string, check: number, turns: string[] = []): Contender {
  return {
    name,
    task: name.split('/')[0]!,
    references: name === 'sum/c' ? ['other/a'] : [],
    activate: () => Promise.resolve(void turns.push(name)),
    prepare: () => Promise.resolve({ work: burn, check }),
  }
}

function burn(times: number): void {
  for (let i = 0; i < times * 1000; i++) Math.sqrt(i)
}

describe('measuring', () => {
  test('contenders take turns, and are compared with the first of their task and their references', async () => {
    const turns: string[] = []
    const names = ['other/a', 'sum/a', 'sum/b', 'sum/c']
    const contenders = names.map((name) => contender(name, 1, turns))
    const measured = await measure(contenders, 'µs', effort, () => undefined)
    expect(measured.map(({ name, unit, samples }) => [name, unit, samples])).toEqual([
      ...names.map((name) => [name, 'µs', 3]),
      ['sum/b : sum/a', '×', 3],
      ['sum/c : other/a', '×', 3],
      ['sum/c : sum/a', '×', 3],
    ])
    const afterWarmUp = turns.slice(names.length)
    expect(afterWarmUp).toEqual([...names, ...names, ...names])
  })

  test.each([1.01, NaN])('refuses contenders that compute something else: %d', async (check) => {
    const contenders = [contender('sum/a', 1), contender('sum/b', check)]
    await expect(measure(contenders, 'µs', effort, () => undefined)).rejects.toThrow(
      'they do not do the same work',
    )
  })

  test('leaves out who cannot run here, and says why', async () => {
    const absent: Contender = {
      ...contender('sum/b', 1),
      prepare: () => Promise.reject(new Unavailable('no such backend')),
    }
    const skipped: string[] = []
    const measured = await measure([absent], 'µs', effort, (...why) => skipped.push(why.join(': ')))
    expect(measured).toEqual([])
    expect(skipped).toEqual(['sum/b: no such backend'])
  })

  test('the median of an even number of values lies between the middle two', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
  })
})

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, [inRepository('scripts/bench.js'), ...args], {
    encoding: 'utf8',
  })
}

test('every registered environment can be measured, alone and in a vector', async () => {
  const contenders = envCases().flat()
  const chosen = contenders.filter(({ name }) => /(scalar|vector-8|bare-loop)$/.test(name))
  expect(chosen).toHaveLength(2 * registeredSpecs().length + 1)
  for (const contender of chosen) {
    const prepared = await contender.prepare()
    await prepared.work(16)
    prepared.dispose?.()
  }
})

describe('the command', () => {
  test('prints one line of JSON per figure', () => {
    const args = ['update', '--json', '--rounds', '2', '--only', 'dqn-mlp/none', '--backend']
    const { stdout, stderr } = bench(...args, 'cpu,jax-js')
    expect(stderr).toBe('')
    const figures = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    const machine = {
      node: process.version,
      cpu: expect.any(String) as string,
      commit: expect.any(String) as string,
    }
    const figure = (name: string, unit: string) => ({
      suite: 'update',
      name,
      value: expect.any(Number) as number,
      unit,
      samples: 2,
      ...machine,
    })
    expect(figures).toEqual([
      figure('dqn-mlp/none/cpu', 'µs'),
      figure('dqn-mlp/none/jax-js', 'µs'),
      figure('dqn-mlp/none/jax-js : dqn-mlp/none/cpu', '×'),
    ])
  })

  test.each([
    { args: [], message: 'name a suite: update, act, train, env, long, checkpoints, scale' },
    { args: ['update', '--backend', 'metal'], message: '--backend metal is unknown' },
    { args: ['act', '--rounds', '0'], message: '--rounds is 0' },
    { args: ['act', '--only', 'dqn-mpl'], message: '--only dqn-mpl names nothing' },
  ])('refuses $args', ({ args, message }) => {
    const { status, stderr } = bench(...args)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })
})

describe('scale', () => {
  const figure = (batch: number, width: number, backend: string, value: number) => ({
    name: `batch-${batch}/width-${width}/${backend}`,
    value,
    unit: 'µs' as const,
    samples: 3,
  })

  test('a backend crosses simd where it is faster from then on, among sizes that both have', () => {
    const measured = [
      ...[32, 128, 512, 2048].map((batch) => figure(batch, 64, 'simd', batch)),
      ...[1, 500, 400, 300].map((value, i) => figure([32, 128, 512, 2048][i]!, 64, 'wasm', value)),
      figure(32, 256, 'simd', 1),
      figure(32, 256, 'wasm', 2),
      figure(128, 256, 'wasm', 2), // nothing of simd to compare with
      figure(32, 1024, 'simd', 9),
      figure(32, 1024, 'wasm', 8),
    ]
    expect(crossings(measured).map(({ name, value, unit }) => [name, value, unit])).toEqual([
      ['crossing/width-64/wasm', 512, 'transitions'],
      ['crossing/width-1024/wasm', 32, 'transitions'],
    ])
  })

  test('has every size on every backend asked for, small ones first', () => {
    const cases = scaleCases((backend) => backend === 'simd')
    expect(cases).toHaveLength(24)
    expect(cases[0]!.map(({ name }) => name)).toEqual(['batch-32/width-64/simd'])
    expect(cases.at(-1)![0]!.name).toBe('batch-32768/width-2048/simd')
  })
})
