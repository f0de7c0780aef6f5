/** `wn-rl resume`: runs that were stopped go on as if nobody had stopped them. */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { IS_FULL } from '../helpers/dose.ts'
import {
  hasCheckpoint,
  leftovers,
  rowsOf,
  SHORT_RUN,
  start,
  summaryOf,
  trainWhole,
  until,
} from '../helpers/runs.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

/** Every test here starts several processes, which take long on a machine that is busy. */
vi.setConfig({ testTimeout: 300_000 })
const HOOK_TIMEOUT = 300_000

/** Runs that nobody stopped, to compare with: `dqn/` and `a2c/`. */
let whole: string
const digests: Record<string, string> = {}
beforeAll(() => {
  whole = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
  for (const agent of ['dqn', 'a2c'])
    digests[agent] = trainWhole(whole, agent, ['--agent', agent, ...SHORT_RUN]).digest
}, HOOK_TIMEOUT)
afterAll(() => rmSync(whole, { recursive: true }))

/** A folder with a copy of a whole run in `mine/`. */
function copyOfWhole(agent = 'dqn'): string {
  const folder = emptyFolder()
  cpSync(join(whole, agent), join(folder, 'mine'), { recursive: true })
  return folder
}

/** The same, as if it had been killed after its last checkpoint but one. */
function cutShort(): string {
  const folder = copyOfWhole()
  rmSync(join(folder, 'mine', 'final'), { recursive: true })
  rmSync(join(folder, 'mine', 'checkpoints', 'step-3000'), { recursive: true })
  return folder
}

/** Stops a run with a signal as soon as it has a checkpoint of the timestep. */
async function stopped(
  folder: string,
  args: readonly string[],
  step: number,
  signal: NodeJS.Signals,
) {
  const running = start(['train', ...args, '--run-dir', 'mine'], folder)
  await until(running, () => hasCheckpoint(join(folder, 'mine'), step))
  running.child.kill(signal)
  return { status: await running.ended, stdout: running.stdout(), stderr: running.stderr() }
}

const resume = (folder: string, ...more: string[]) =>
  wnRl(['resume', 'mine', '--json', '--quiet', ...more], folder)

describe.each(['dqn', 'a2c'])('%s', (agent) => {
  const args = ['--agent', agent, ...SHORT_RUN]
  const ways = [
    ['SIGKILL', 'SIGKILL'],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const

  test.each(IS_FULL ? ways : [ways[agent === 'dqn' ? 1 : 0]])(
    'goes on after %s with the same rows, to the same end',
    async (signal, expected) => {
      const folder = emptyFolder()
      const { status, stdout } = await stopped(folder, args, 1000, signal)
      expect(status).toBe(expected)
      if (signal !== 'SIGKILL') {
        expect(stdout).toContain('interrupted: writing a checkpoint')
        expect(stdout).toContain('go on with: wn-rl resume mine')
      }
      expect(summaryOf(resume(folder)).digest).toBe(digests[agent])
      expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(whole, agent)))
      expect(leftovers(folder)).toEqual([])
      const best = (run: string) =>
        readdirSync(join(run, 'best')).find((name) => name.endsWith('.safetensors'))
      expect(best(join(folder, 'mine'))).toBe(best(join(whole, agent))) // named by its content
    },
  )

  test.runIf(IS_FULL || agent === 'dqn')(
    'writes a checkpoint when its terminal is closed, with nobody there to read',
    async () => {
      const folder = emptyFolder()
      const running = start(['train', ...args, '--run-dir', 'mine'], folder)
      await until(running, () => hasCheckpoint(join(folder, 'mine'), 1000))
      running.child.stdout!.destroy()
      running.child.stderr!.destroy()
      running.child.kill('SIGHUP')
      expect(await running.ended).toBe(129)
      expect(summaryOf(resume(folder)).digest).toBe(digests[agent])
      expect(leftovers(folder)).toEqual([])
    },
  )

  test.runIf(IS_FULL || agent === 'dqn')(
    'goes on with more timesteps when it is complete, and is reproduced',
    () => {
      const folder = copyOfWhole(agent)
      const longer = summaryOf(resume(folder, '--total-timesteps', '3600'))
      expect(longer).toMatchObject({ totalTimesteps: 3600 })
      expect(longer.digest).not.toBe(digests[agent])
      expect(wnRl(['reproduce', 'mine', '--quiet'], folder)).toMatchObject({
        status: 0,
        stderr: '',
      })
    },
  )
})

describe('a run', () => {
  const args = ['--agent', 'dqn', ...SHORT_RUN]

  test('that is complete is refused, and so are fewer timesteps than it has', () => {
    const refused = wnRl(['resume', 'dqn'], whole)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(
      /^wn-rl: dqn is complete: it has learned for 3000 timesteps.*--total-timesteps\n$/,
    )
    const folder = cutShort()
    const fewer = resume(folder, '--total-timesteps', '2000')
    expect(fewer.status).toBe(2)
    expect(fewer.stderr).toMatch(/--total-timesteps is 2000, but mine has learned for 2500 already/)
  })

  test('whose last checkpoint is damaged goes on from the one before, and says so', () => {
    const folder = cutShort()
    const state = join('mine', 'checkpoints', 'step-2500', 'state.safetensors')
    writeFileSync(join(folder, state), readFileSync(join(folder, state)).subarray(0, 1000))
    const { status, stdout, stderr } = resume(folder)
    expect(stderr).toBe(
      `wn-rl: ${state} does not match the checksum in checkpoint.json: it is torn or was altered; trying the checkpoint before it\n`,
    )
    expect(status).toBe(0)
    expect(stdout).toContain(digests['dqn'])
    expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(whole, 'dqn')))
  })

  test('with a torn row, and rows after the checkpoint, has each row once', () => {
    const folder = cutShort()
    appendFileSync(join(folder, 'mine', 'metrics.jsonl'), '{"step":3001,"charts/epi')
    summaryOf(resume(folder))
    expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(whole, 'dqn')))
  })

  test('that lost rows before its checkpoint says which file lacks them, and goes on', () => {
    const folder = cutShort()
    const path = join(folder, 'mine', 'metrics.jsonl')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.slice(0, 100))
    const { status, stderr } = resume(folder)
    expect(stderr).toMatch(
      /^wn-rl: mine\/metrics\.jsonl lacks \d+ bytes of rows before the checkpoint\n$/,
    )
    expect(status).toBe(0)
    const rows = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row) as unknown)).toHaveLength(rows.length)
  })

  test.runIf(IS_FULL)('without a checkpoint begins again', () => {
    const folder = copyOfWhole()
    rmSync(join(folder, 'mine', 'final'), { recursive: true })
    rmSync(join(folder, 'mine', 'checkpoints'), { recursive: true })
    expect(summaryOf(resume(folder)).digest).toBe(digests['dqn'])
    expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(whole, 'dqn')))
  })

  test('with a final model, but no checkpoint, is left as it is', () => {
    const folder = copyOfWhole()
    rmSync(join(folder, 'mine', 'checkpoints'), { recursive: true })
    const { status, stderr } = resume(folder, '--total-timesteps', '3600')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^wn-rl: mine has a final model, but no checkpoint to go on from;.*\n$/)
    expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(whole, 'dqn')))
  })

  test('that another process trains is left to it; the lock of one that was killed is not', () => {
    const folder = cutShort()
    const lock = join(folder, 'mine', 'lock')
    writeFileSync(lock, `${process.pid} ${hostname()}\n`)
    const { status, stderr } = resume(folder)
    expect(status).toBe(2)
    expect(stderr).toMatch(
      new RegExp(`^wn-rl: mine is being trained by process ${process.pid} .*remove mine/lock`),
    )
    const ended = spawnSync(process.execPath, ['--version']).pid
    writeFileSync(lock, `${ended} ${hostname()}\n`)
    expect(summaryOf(resume(folder)).digest).toBe(digests['dqn'])
    expect(existsSync(lock)).toBe(false)
  })

  test('with checkpoints of which none reads is left as it is', () => {
    const folder = cutShort()
    for (const step of readdirSync(join(folder, 'mine', 'checkpoints')))
      rmSync(join(folder, 'mine', 'checkpoints', step, 'checkpoint.json'))
    const { status, stderr } = resume(folder)
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /none of the checkpoints of mine reads; to begin again, remove mine\/checkpoints\n$/,
    )
    expect(readdirSync(join(folder, 'mine', 'checkpoints'))).not.toEqual([])
  })

  test.runIf(IS_FULL)('keeps as many checkpoints as it is told', () => {
    const folder = emptyFolder()
    trainWhole(folder, 'mine', [...args, '--keep', '1', '--total-timesteps', '1500'])
    expect(readdirSync(join(folder, 'mine', 'checkpoints'))).toEqual(['step-1500'])
  })

  test('whose options were edited since is gone on with, after a warning that names them', () => {
    const folder = cutShort()
    const config = join(folder, 'mine', 'config.yaml')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace(/^gamma: .*$/m, 'gamma: 0.5'))
    const { status, stderr } = resume(folder)
    expect(status).toBe(0)
    expect(stderr).toMatch(
      /^wn-rl: gamma was 0\.\d+ at mine\/checkpoints\/step-2\d*, and is 0\.5: what follows is not what .*\n$/,
    )
  })

  test.runIf(IS_FULL)('that was made with other versions is gone on with, after a warning', () => {
    const folder = cutShort()
    const path = join(folder, 'mine', 'config.yaml')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/wnRl: .*/, 'wnRl: 0.0.7'))
    const { status, stderr } = resume(folder)
    expect(stderr).toMatch(/^wn-rl: wnRl was 0\.0\.7, and is .*: the numbers may differ\n$/)
    expect(status).toBe(0)
  })

  test('that is none is refused in one line', () => {
    const folder = emptyFolder()
    mkdirSync(join(folder, 'mine'))
    const { status, stderr } = resume(folder)
    expect(status).toBe(2)
    expect(stderr).toBe(
      'wn-rl: mine is not a run: it has no config.yaml; name a folder that wn-rl train made\n',
    )
  })

  test('on an environment without a state says so once, and goes on with new episodes', async () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'mute.js'),
      `import { CartPole } from 'gymnasium-js'
       import { TimeLimit } from 'gymnasium-js/wrappers'
       class Mute extends CartPole { getState() { throw new Error('I keep my state to myself') } }
       export default () => new TimeLimit(new Mute(), 200)`,
    )
    const own = ['--agent', 'dqn', '--env', './mute.js', ...SHORT_RUN.slice(2)]
    const { stdout } = await stopped(folder, own, 1000, 'SIGINT')
    expect(stdout.match(/I keep my state to myself/g)).toHaveLength(1)
    const { status, stderr } = resume(folder)
    expect(stderr).toMatch(/^wn-rl: .*I keep my state to myself.*new episodes begin\n$/)
    expect(status).toBe(0)
  })
})

test('a second interrupt stops at once', async () => {
  const folder = emptyFolder()
  const args = [
    '--agent',
    'dqn',
    '--env',
    'CartPole',
    '--eval-every',
    '100',
    '--set',
    'evalEpisodes=2000',
  ]
  const running = start(['train', ...args, '--run-dir', 'mine'], folder)
  await until(running, () => running.stdout().includes('backend'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  expect(await running.ended).toBe(130)
})

test.runIf(IS_FULL)(
  'an interrupt is noticed within an evaluation, which comes again after a resume',
  async () => {
    const folder = emptyFolder()
    const args = ['--agent', 'a2c', ...SHORT_RUN, '--set', 'evalEpisodes=300']
    const { digest } = trainWhole(folder, 'whole', args)
    for (const delay of [100, 200, 300, 400, 500, 700]) {
      const running = start(['train', ...args, '--run-dir', 'mine'], folder)
      await until(running, () => running.stdout().includes('backend'))
      await new Promise((resolve) => setTimeout(resolve, delay))
      running.child.kill('SIGINT')
      if ((await running.ended) === 130) expect(summaryOf(resume(folder)).digest).toBe(digest)
      expect(rowsOf(join(folder, 'mine'))).toEqual(rowsOf(join(folder, 'whole')))
      rmSync(join(folder, 'mine'), { recursive: true })
    }
  },
)
