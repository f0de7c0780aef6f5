import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../../cli/setup/commands.ts'
import { type Machine, missingRequirements, nodePrefix } from '../../cli/setup/requirements.ts'
import { parseCudaRequirements } from '../../cli/setup/wheel.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

const GIB = 2 ** 30

/** One that has everything but what is named. */
function machine(lacks: (command: string, args: readonly string[]) => boolean): Machine {
  return {
    platform: 'linux',
    arch: 'x64',
    has: (command, args) => Promise.resolve(!lacks(command, args)),
    free: () => Promise.resolve(100 * GIB),
  }
}
const complete = machine(() => false)

test('a complete machine lacks nothing', async () => {
  expect(await missingRequirements('/cache', false, complete)).toEqual([])
})

test.each([
  ['python3', (command: string) => command === 'python3', /^python3 is missing: .*apt install/],
  ['pip', (_: string, args: readonly string[]) => args.includes('pip'), /pip is missing/],
  ['the compiler', (command: string) => command === 'c++', /C\+\+ compiler is missing.*g\+\+/],
  ['make', (command: string) => command === 'make', /make is missing/],
  ['npm', (command: string) => command === 'npm', /npm is missing/],
])('%s is missed with its remedy, alone', async (_, lacks, message) => {
  const missing = await missingRequirements('/cache', false, machine(lacks))
  expect(missing).toEqual([expect.stringMatching(message)])
})

test('everything that is missing is told at once', async () => {
  const missing = await missingRequirements(
    '/cache',
    false,
    machine(() => true),
  )
  expect(missing).toHaveLength(4)
})

test('disk is asked for by what CUDA takes, and platforms without wheels are refused', async () => {
  const small = { ...complete, free: () => Promise.resolve(3 * GIB) }
  expect(await missingRequirements('/cache', false, small)).toEqual([])
  expect(await missingRequirements('/cache', true, small)).toEqual([
    expect.stringMatching(/3\.0 GiB are free in \/cache, 12 GiB are needed.*XDG_CACHE_HOME/),
  ])
  const mac = { ...complete, platform: 'darwin', arch: 'arm64' }
  expect(await missingRequirements('/cache', false, mac)).toEqual([
    expect.stringMatching(/darwin-arm64.*npm install @tensorflow\/tfjs-node/),
  ])
})

test("CUDA's wheels are read from the metadata of TensorFlow's", () => {
  const metadata = [
    'Requires-Dist: numpy <2.1.0,>=1.26.0',
    'Provides-Extra: and-cuda',
    "Requires-Dist: nvidia-cublas-cu12 ==12.5.3.2 ; extra == 'and-cuda'",
    "Requires-Dist: nvidia-nccl-cu12 (==2.21.5) ; extra == 'and-cuda'",
    "Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0; extra == 'and-cuda'",
  ].join('\n')
  expect(parseCudaRequirements(metadata)).toEqual([
    'nvidia-cublas-cu12==12.5.3.2',
    'nvidia-nccl-cu12==2.21.5',
    'nvidia-cudnn-cu12<10.0,>=9.3.0',
  ])
})

test('a command that fails says how, what would help, and where its output is', async () => {
  const log = join(emptyFolder(), 'log')
  const script = 'console.log("out"); console.error("what went wrong"); process.exitCode = 3'
  const options = { log, remedy: 'do this' }
  await expect(runCommand(process.execPath, ['-e', script], options)).rejects.toThrow(
    new RegExp(`status 3: .*what went wrong.*; do this; all of its output is in ${log}`, 's'),
  )
  expect(readFileSync(log, 'utf8')).toContain('what went wrong')
  await expect(runCommand('no-such-program', [], options)).rejects.toThrow(/ENOENT.*do this/)
  expect(await runCommand(process.execPath, ['-p', '6 * 7'], options)).toBe('42\n')
})

test("Node's headers are found beside it, or said to be elsewhere", () => {
  expect(nodePrefix('/nowhere/bin/node')).toBeUndefined()
})

test('setup without python, and with a wrong version, is bad usage and leaves nothing', () => {
  const folder = emptyFolder()
  const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: folder }
  const without = wnRl(['setup', 'tensorflow'], folder, env)
  expect(without.stderr).toMatch(/^wn-rl: setup tensorflow: python3 is missing.*compiler.*npm.*\n$/)
  expect(without.status).toBe(2)
  expect(existsSync(join(folder, 'cache', 'wn-rl', 'tensorflow', '2.16.2-cpu'))).toBe(false)
  const wrong = wnRl(['setup', 'tensorflow', '--version', 'newest'], folder, env)
  expect(wrong.stderr).toContain('write it as 2.16.2')
  expect(wrong.status).toBe(2)
})
