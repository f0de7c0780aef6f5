/** `wn-rl eval` on models that lie where they were made, were moved, or are damaged; and what `--config` takes over. */
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, lastJson, type Outcome, wnRl, writePackage } from '../helpers/wn-rl.ts'

const TRAIN = ['train', '--agent', 'a2c', '--total-timesteps', '800', '--json', '--quiet']
const QUICK = ['--set', 'finalEvalEpisodes=2', '--set', 'evalEvery=0']

/** Steps of an episode are `limit`, so that the numbers tell which environment and arguments were used. */
const MY_ENV = `
import { CartPole } from 'gymnasium-js'
import { TimeLimit } from 'gymnasium-js/wrappers'
export default ({ limit = 5 } = {}) => new TimeLimit(new CartPole(), limit)
`

const OTHER_ENV = `
import { Box, CartPole } from 'gymnasium-js'
export default class extends CartPole { observationSpace = new Box({ low: -1, high: 1, shape: [3] }) }
`

/** A folder with `my-env.ts`, and a run on it in `runs/x`. */
function trained(...more: string[]): string {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'my-env.ts'), MY_ENV)
  const args = ['--env', './my-env.ts', '--seed', '7', '--run-dir', 'runs/x', ...QUICK, ...more]
  expect(wnRl([...TRAIN, ...args], folder)).toMatchObject({ status: 0, stderr: '' })
  return folder
}

function evaluate(folder: string, ...args: string[]): Outcome {
  return wnRl(['eval', ...args, '--episodes', '3', '--json'], folder)
}

function returnsOf(outcome: Outcome): unknown {
  expect(outcome.stderr).toBe('')
  return (lastJson(outcome.stdout) as { returns: unknown }).returns
}

function expectUsage({ status, stderr }: Outcome, ...says: string[]): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  for (const text of says) expect(lines[0]).toContain(text)
  expect(status).toBe(2)
}

describe('wn-rl eval', () => {
  test('finds the environment of the run from another folder, and its arguments', () => {
    const folder = trained('--set', 'envKwargs.limit=4')
    const elsewhere = emptyFolder()
    expect(returnsOf(evaluate(elsewhere, join(folder, 'runs/x')))).toEqual([4, 4, 4])
    expect(returnsOf(evaluate(join(folder, 'runs/x/final'), '.'))).toEqual([4, 4, 4])
  })

  test('asks for --env where the environment of the run is not found', () => {
    const folder = trained()
    renameSync(join(folder, 'my-env.ts'), join(folder, 'moved.ts'))
    expectUsage(evaluate(folder, 'runs/x'), './my-env.ts', '--env')
    expect(returnsOf(evaluate(folder, 'runs/x', '--env', './moved.ts'))).toEqual([5, 5, 5])
  })

  test('plays a model that was moved alone, if told the environment', () => {
    const folder = trained()
    cpSync(join(folder, 'runs/x/final'), join(folder, 'models/mine'), { recursive: true })
    expectUsage(evaluate(folder, 'models/mine'), 'config.yaml', '--env')
    const moved = evaluate(folder, 'models/mine', '--env', './my-env.ts')
    expect(returnsOf(moved)).toEqual([5, 5, 5])
    symlinkSync('mine', join(folder, 'models/best')) // of the user's own, in a folder that is no run
    const seeded = evaluate(folder, 'models/mine', '--env', './my-env.ts', '--seed', '1')
    expect(seeded.stdout).toBe(moved.stdout)
  })

  test('refuses what does not fit, in one line', () => {
    const folder = trained()
    writeFileSync(join(folder, 'other.ts'), OTHER_ENV)
    expectUsage(evaluate(folder, 'runs/x', '--env', './other.ts'), 'observationSpace', '(3,)')
    expectUsage(wnRl(['eval', 'runs/x', '--episodes', '0'], folder), '--episodes', 'from 1')
    const config = join(folder, 'runs/x/config.yaml')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, `${text}\nbroken: [1\n: 2`)
    expectUsage(evaluate(folder, 'runs/x'), 'config.yaml')
    writeFileSync(config, text.replace(/^env: .*$/m, 'env: [1]'))
    expectUsage(evaluate(folder, 'runs/x'), 'config.yaml', 'env')
    const manifest = join(folder, 'runs/x/final/model.json')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"a2c"', '"dqn"'))
    writeFileSync(config, text)
    expectUsage(evaluate(folder, 'runs/x'), 'model.json', 'checksum')
  })

  test('uses the backend of the run, or another where there is none of that name', () => {
    const folder = trained('--backend', 'cpu')
    const config = join(folder, 'runs/x/config.yaml')
    const text = readFileSync(config, 'utf8')
    expect(text).toContain('backend: cpu')
    expect(lastJson(evaluate(folder, 'runs/x').stdout)).toMatchObject({ backend: 'cpu' })
    writeFileSync(config, text.replace('backend: cpu', 'backend: abacus'))
    expect(lastJson(evaluate(folder, 'runs/x').stdout)).toMatchObject({ backend: 'simd' })
  })
})

test('--config takes over the seed and the arguments of the environment, unless a flag says otherwise', () => {
  const folder = trained('--set', 'envKwargs.limit=4')
  const again = (...more: string[]) => {
    const args = ['--env', './my-env.ts', '--config', 'runs/x/config.yaml', ...more]
    return lastJson(wnRl([...TRAIN, ...args], folder).stdout)
  }
  expect(again()).toMatchObject({ seed: 7, evaluation: { mean: 4 } })
  expect(again('--seed', '8', '--set', 'envKwargs.limit=3')).toMatchObject({
    seed: 8,
    evaluation: { mean: 3 },
  })
})

test('trains on a package that can only be imported', () => {
  const folder = emptyFolder()
  const exports = { '.': { import: './index.js' } }
  writePackage(folder, { name: 'esm-env', exports }, MY_ENV)
  mkdirSync(join(folder, 'below'))
  const { stdout, stderr } = wnRl([...TRAIN, '--env', 'esm-env', ...QUICK], join(folder, 'below'))
  expect(stderr).toBe('')
  expect(lastJson(stdout)).toMatchObject({ env: 'esm-env', evaluation: { mean: 5 } })
})
