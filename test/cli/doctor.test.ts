import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backendProblems } from '../../cli/commands/doctor.ts'
import { outcomeOf } from '../../cli/doctor/children.ts'
import {
  examineMachine,
  instructionsOf,
  machineProblems,
  parseGpus,
} from '../../cli/doctor/machine.ts'
import { renderReport, wrap } from '../../cli/doctor/render.ts'
import { type Report, reportSchema, TOLERANCE, type Trial } from '../../cli/doctor/report.ts'
import { distance } from '../../cli/doctor/trial.ts'
import { BACKENDS } from '../../src/backend/index.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const GIB = 2 ** 30
const healthy = examineMachine('.')

/** Of a backend that computes as cpu does. */
function trial(name: Trial['name'], changes: Partial<Trial> = {}): Trial {
  const nothing = { problem: null, device: null, convolutions: true }
  return { name, status: 'ok', ...nothing, difference: 1e-6, updateMs: 0.2, ...changes }
}

test('the report of a machine without TensorFlow keeps its schema, and simd is ready', () => {
  const folder = emptyFolder()
  const bare = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config') }
  const { status, stdout, stderr } = wnRl(['doctor', '--json'], folder, bare)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const report = reportSchema.parse(lastJson(stdout))
  expect(report.ok).toBe(true)
  expect(report.backends.map(({ name }) => name)).toEqual(BACKENDS)
  const found = Object.fromEntries(report.backends.map((found) => [found.name, found]))
  for (const name of ['simd', 'wasm', 'cpu']) {
    expect(found[name]!.status).toBe('ok')
    expect(found[name]!.difference).toBeLessThan(TOLERANCE)
  }
  expect(found['wasm']!.convolutions).toBe(false)
  expect(found['tensorflow']!.status).toBe('unavailable')
  expect(found['tensorflow']!.problem).toContain('wn-rl setup tensorflow')
  expect(report.table.state).toContain('no times are measured')
})

test('a folder that is not one of its own makes it fail, with the remedy', () => {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'x'))
  writeFileSync(join(folder, 'x', 'runs'), 'a file, in which no run can be made')
  const { runs } = examineMachine(join(folder, 'x', 'runs'))
  expect(runs.writable).toBe(false)
  const problems = machineProblems({ ...healthy, runs })
  expect(problems).toContainEqual(expect.objectContaining({ fatal: true }))
  expect(problems.map(({ remedy }) => remedy).join()).toContain('--run-dir')
})

describe('what stands in the way', () => {
  const fatal = (changes: Partial<typeof healthy>) =>
    machineProblems({ ...healthy, ...changes }).map((problem) => [problem.fatal, problem.what])

  test('an old Node, and an engine without SIMD', () => {
    expect(fatal({ node: 'v20.18.3' })).toContainEqual([true, 'Node v20.18.3 is too old'])
    expect(fatal({ node: 'v18.20.0' })).toContainEqual([true, 'Node v18.20.0 is too old'])
    expect(fatal({ node: 'v20.19.0' }).join()).not.toContain('too old')
    expect(fatal({ node: 'v24.0.0' }).join()).not.toContain('too old')
    const cpu = { ...healthy.cpu, simd: false }
    expect(fatal({ cpu })).toContainEqual([true, 'WebAssembly SIMD is missing'])
  })

  test('too little memory or disk is told, but does not forbid', () => {
    const memory = { total: 2 * GIB, available: GIB / 4 }
    const runs = { ...healthy.runs, free: GIB / 2 }
    expect(fatal({ memory })).toContainEqual([false, 'only 0.3 GiB of memory are available'])
    expect(fatal({ runs }).find(([, what]) => String(what).includes('disk'))?.[0]).toBe(false)
  })

  test('a default that does not run is fatal, another backend that does not is not', () => {
    const broken = { status: 'crashed', problem: 'it crashed its process (SIGILL)' } as const
    expect(backendProblems([trial('simd', broken)], false)[0]).toMatchObject({ fatal: true })
    expect(backendProblems([trial('simd'), trial('tensorflow', broken)], false)).toEqual([])
    const wrong = trial('tensorflow', { status: 'wrong', problem: 'its numbers differ' })
    expect(backendProblems([trial('simd'), wrong], false)[0]).toMatchObject({ fatal: false })
  })

  test('a GPU that no backend uses is mentioned', () => {
    const idle = backendProblems([trial('simd')], true)
    expect(idle[0]?.remedy).toContain('setup tensorflow --gpu')
    const device = 'TensorFlow 2.18.1 on the GPU'
    expect(backendProblems([trial('simd'), trial('tensorflow', { device })], true)).toEqual([])
  })
})

test('a process that ends without a word has crashed, with what its signal means', () => {
  const silent = { status: null, stdout: '', stderr: 'first\nlast words' }
  const crashed = outcomeOf('tensorflow', { ...silent, signal: 'SIGILL' }).trial
  expect(crashed.status).toBe('crashed')
  expect(crashed.problem).toMatch(/SIGILL.*lacks instructions.*setup tensorflow.*\(last words\)/)
  expect(outcomeOf('wasm', { ...silent, signal: 'SIGKILL' }).trial.problem).toMatch(/memory/)
  const outcome = { trial: trial('wasm'), cells: [], skipped: [] }
  const spoken = {
    ...silent,
    status: 0,
    signal: null,
    stdout: `noise\n${JSON.stringify(outcome)}\n`,
  }
  expect(outcomeOf('wasm', spoken)).toEqual(outcome)
})

test('GPUs and instruction sets are read from what the system prints', () => {
  expect(parseGpus('NVIDIA H200, 143771, 560.35\nNVIDIA T4, 15360, 550.1\n')).toEqual([
    { name: 'NVIDIA H200', memory: 143771 * 2 ** 20, driver: '560.35' },
    { name: 'NVIDIA T4', memory: 15360 * 2 ** 20, driver: '550.1' },
  ])
  expect(parseGpus('')).toEqual([])
  expect(instructionsOf('model : x\nflags\t\t: fpu avx2 fma avx\n')).toEqual(['avx', 'avx2', 'fma'])
  expect(instructionsOf('')).toEqual([])
})

test('a difference is a share of the largest number, and NaN is infinitely far', () => {
  expect(distance(Float32Array.of(1, 4.5), Float32Array.of(1, 4))).toBeCloseTo(0.125)
  expect(distance(Float32Array.of(NaN), Float32Array.of(1))).toBe(Infinity)
})

test('people get lines of 80 columns at most, with every problem and its remedy', () => {
  const remedy = 'a long story of what could be done about it, '.repeat(5).trim()
  const problem = 'no library was found in any of many folders '.repeat(4).trim()
  const report: Report = {
    wnRl: '1.2.3',
    packages: { a: '1' },
    machine: healthy,
    tolerance: TOLERANCE,
    backends: [
      trial('simd'),
      trial('tensorflow', { status: 'unavailable', problem, difference: null, updateMs: null }),
      trial('wasm', { status: 'wrong', problem, difference: 0.5 }),
    ],
    table: { path: 'somewhere/table.json', state: 'no times are measured' },
    problems: [{ what: 'something', remedy, fatal: true }],
    ok: false,
  }
  const lines = renderReport(report)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  const text = lines.join(' ').replace(/\s+/g, ' ')
  expect(text).toContain(`PROBLEM: something; ${remedy}`)
  expect(text).toContain(`unavailable: ${problem}`)
  expect(text).toContain('5e-1 > 0.0001')
  expect(lines.at(-1)).toMatch(/^not ready/)
})

test('words longer than a line stand alone', () => {
  const word = 'x'.repeat(90)
  expect(wrap(`a ${word} b`, '', '  ')).toEqual(['a', `  ${word}`, '  b'])
})
