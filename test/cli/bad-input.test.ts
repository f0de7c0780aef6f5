import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  CLI,
  emptyFolder,
  inRepository,
  type Outcome,
  wnRl,
  writePackage,
} from '../helpers/wn-rl.ts'

const DQN = ['--agent', 'dqn', '--env', 'CartPole']
const A2C = ['--agent', 'a2c', '--env', 'CartPole']

function train(
  args: readonly string[],
  folder = emptyFolder(),
): Outcome & { readonly folder: string } {
  return { ...wnRl(['train', ...args], folder), folder }
}

/** Bad usage: exit 2, one line that says all of this, and no run folder. */
function expectRefused(outcome: Outcome & { readonly folder: string }, ...says: string[]) {
  const lines = outcome.stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  for (const text of says) expect(lines[0]).toContain(text)
  expect(outcome.status).toBe(2)
  expect(existsSync(join(outcome.folder, 'runs'))).toBe(false)
}

describe('what does not fit into memory is refused by name, before there is a folder', () => {
  test.each([
    ['numEnvs', '10000000', DQN],
    ['network', '{ mlp: [1000000000] }', A2C],
    ['atoms', '1000000000', [...DQN, '--set', 'distribution=c51']],
    ['bufferSize', '1000000000000', DQN],
    ['numSteps', '1000000000', [...A2C, '--total-timesteps', '8000000000']],
    ['evalEpisodes', '1000000000', DQN],
  ])('%s: %s', (option, value, args) => {
    const outcome = train([...args, '--set', `${option}=${value}`])
    expectRefused(outcome, `wn-rl: ${option} is `, 'GiB', `choose a smaller ${option}`)
  })

  test('in the config.yaml of a run that came from elsewhere', () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'config.yaml'),
      'agent: dqn\nenv: CartPole-v1\nseed: 1\nnumEnvs: 1000000000\ntotalTimesteps: 1000000000\n',
    )
    expectRefused({ ...wnRl(['resume', folder], folder), folder }, 'numEnvs is 1000000000, ')
    expect(readdirSync(folder)).not.toContain('checkpoints')
  })
})

describe('what is unknown is refused with the nearest name', () => {
  test.each([
    ['agent', ['--agent', 'dqnn', '--env', 'CartPole'], ['"dqnn"', '"dqn"']],
    ['environment', ['--agent', 'dqn', '--env', 'CartPol'], ['"CartPol"', 'CartPole-v']],
    ['version', ['--agent', 'dqn', '--env', 'CartPole-v7'], ['CartPole-v7', 'CartPole-v']],
    ['flag', [...DQN, '--sed', '3'], ['--sed', '--seed']],
    ['option', [...DQN, '--set', 'gama=0.9'], ['"gama"', '"gamma"']],
    ["the other agent's option", [...A2C, '--set', 'bufferSize=10'], ['"bufferSize"']],
    [
      'nested option',
      [...DQN, '--set', 'optimizer.name=adam', '--set', 'optimizer.beta=0.5'],
      ['"optimizer.beta"', '"optimizer.beta1"', 'optimizer.epsilon)'],
    ],
    ['value', [...DQN, '--set', 'normalization=wieght'], ['"wieght"', '"weight"']],
    ['backend', [...DQN, '--backend', 'cuda'], ['cuda', 'wasm', 'cpu']],
    ['keyword argument of the environment', [...DQN, '--set', 'envKwargs.foo=1'], ["'foo'"]],
  ])('%s', (_, args, says) => {
    expectRefused(train(args), ...says)
  })

  test.each([
    ['of another agent', 'agent: a2c\n', ['mine.yaml', '"a2c"', '"dqn"']],
    ['with a seed that is none', 'agent: dqn\nseed: -3\n', ['mine.yaml', 'seed is -3']],
    ['that is broken', 'gamma: [1\nseed: 2\n', ['mine.yaml']],
  ])('a file %s', (_, text, says) => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'mine.yaml'), text)
    expectRefused(train([...DQN, '--config', 'mine.yaml'], folder), ...says)
  })

  test('key of a preset file', () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'mine.yaml'), 'learningrate: 0.1\n')
    expectRefused(
      train([...DQN, '--config', 'mine.yaml'], folder),
      '"learningrate"',
      '"learningRate"',
    )
  })

  test('command', () => {
    const outcome = wnRl(['trian'], emptyFolder())
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toMatch(/^wn-rl: unknown command 'trian' .*train/)
  })
})

describe('values out of range are refused with the remedy', () => {
  test.each([
    ['gamma 1.5', [...DQN, '--set', 'gamma=1.5'], ['gamma is 1.5', '<=1']],
    [
      'a batch larger than the buffer',
      [...DQN, '--set', 'bufferSize=2000', '--set', 'batchSize=3000'],
      ['batchSize is 3000', 'bufferSize'],
    ],
    [
      'no timestep left after learning starts',
      [...DQN, '--total-timesteps', '1000'],
      ['totalTimesteps is 1000', 'learningStarts'],
    ],
    ['A2C without environments', [...A2C, '--set', 'numEnvs=0'], ['numEnvs is 0', '>=1']],
    [
      'a budget that 8 environments cannot meet',
      [...A2C, '--total-timesteps', '1001'],
      ['1001', '1000 or 1008'],
    ],
    ['a buffer larger than memory', [...DQN, '--set', 'bufferSize=1e13'], ['bufferSize', 'GiB']],
    ['a seed below 0', [...DQN, '--seed', '-1'], ['--seed', 'whole number']],
    ['text for a number', [...DQN, '--set', 'tau=often'], ['tau is "often"']],
    ['--set without a value', [...DQN, '--set', 'tau'], ['key=value']],
    ['a thousand million seeds', [...DQN, '--seeds', '0-99999999999'], ['--seeds', '1000 seeds']],
    ['as many, in parts', [...DQN, '--seeds', '0-600,601-1200'], ['--seeds', '1000 seeds']],
    ['seeds backwards', [...DQN, '--seeds', '3-1'], ['--seeds', '0-9']],
    ['a missing config file', [...DQN, '--config', 'nope.yaml'], ['nope.yaml']],
    ['a missing environment file', ['--agent', 'dqn', '--env', './nope.ts'], ['./nope.ts']],
    ['an address', ['--agent', 'dqn', '--env', 'https://x.org/a.js'], ['is an address', 'a file']],
    ['a module of Node', ['--agent', 'dqn', '--env', 'fs'], ['unknown environment "fs"']],
    ['no agent', ['--env', 'CartPole'], ['--agent']],
  ])('%s', (_, args, says) => {
    expectRefused(train(args), ...says)
  })
})

describe('environments that agents cannot play are refused before a run folder exists', () => {
  const fixture = (defect: string) => [
    '--env',
    inRepository('test/cli/fixtures/defective-env.ts'),
    '--set',
    `envKwargs.defect=${defect}`,
  ]
  test.each([
    ['wrong shape', 'shape', ['2', '3']],
    ['wrong dtype', 'dtype', ['Float32Array', 'Float64Array']],
    ['NaN observation', 'nan-obs', ['NaN']],
    ['NaN reward', 'nan-reward', ['NaN']],
  ])('%s', (_, defect, says) => {
    for (const agent of ['dqn', 'a2c', 'ppo', 'pqn'])
      expectRefused(train(['--agent', agent, ...fixture(defect)]), ...says)
  })

  test('continuous actions, for an agent of discrete ones', () => {
    expectRefused(train(['--agent', 'dqn', ...fixture('continuous')]), 'Box', 'Discrete')
  })

  test('a module without an environment', () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'empty.ts'), 'export const answer = 42\n')
    expectRefused(train(['--agent', 'dqn', '--env', './empty.ts'], folder), './empty.ts', 'export')
  })

  test('a module that exports an environment itself', () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'one.ts'),
      `import { CartPole } from 'gymnasium-js'\nexport default new CartPole()\n`,
    )
    expectRefused(train(['--agent', 'dqn', '--env', './one.ts'], folder), 'one of their own')
  })

  test('a package that is there but exports nothing of that name', () => {
    const folder = emptyFolder()
    writePackage(folder, { name: 'shut', exports: { './other': './other.js' } })
    expectRefused(train(['--agent', 'dqn', '--env', 'shut'], folder), 'shut', 'exports')
  })

  test('a module that does not load', () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'broken.ts'), 'throw new Error("no luck")\n')
    expectRefused(train(['--agent', 'dqn', '--env', './broken.ts'], folder), 'broken.ts', 'no luck')
  })
})

test('an existing run folder is never overwritten', () => {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'mine'))
  writeFileSync(join(folder, 'mine', 'precious'), 'data')
  expectRefused(train([...DQN, '--run-dir', 'mine'], folder), '--run-dir', 'mine', 'exists')
  expect(readdirSync(join(folder, 'mine'))).toEqual(['precious'])
})

test.each([
  ['below a file', 'file/x', 'is a file'],
  ['that is a file', 'file', 'exists'],
  ...(process.platform === 'linux' ? [['where none can be', '/proc/nowhere/x', 'ENOENT']] : []),
])('a run folder %s is refused at once', (_, path, says) => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'file'), '')
  const outcome = train([...DQN, '--run-dir', path], folder)
  expectRefused(outcome, '--run-dir', path, says)
  if (says !== 'exists') expect(outcome.stderr).not.toContain('exists')
})

test('a reader that goes away ends a run quietly', () => {
  const folder = emptyFolder()
  const command = `"${process.execPath}" "${CLI}" train ${A2C.join(' ')} --set evalEvery=100 | head -1; exit \${PIPESTATUS[0]}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(stderr).not.toMatch(/EPIPE|Error/)
  expect(status).toBe(141)
})

describe('wn-rl eval', () => {
  test('refuses what is not a run', () => {
    const folder = emptyFolder()
    const outcome = wnRl(['eval', 'nowhere'], folder)
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toContain('nowhere is not a run')
  })
})
