/** The folder of a run that somebody else sent: nothing outside it changes, and nothing that it names runs. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dose } from '../helpers/dose.ts'
import { trainWhole } from '../helpers/runs.ts'
import { emptyFolder, wnRl, writePackage } from '../helpers/wn-rl.ts'

const RUN = [
  ...['--total-timesteps', '1200', '--checkpoint-every', '400', '--eval-every', '600'],
  ...['--set', 'evalEpisodes=1', '--set', 'finalEvalEpisodes=1', '--set', 'learningStarts=200'],
]
const ENV_FILE = `
import { CartPole } from 'gymnasium-js'
import { writeFileSync } from 'node:fs'
writeFileSync(process.env.MARKER ?? 'ran', 'ran')
export default () => new CartPole()
`

const home = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
const state = join(home, 'state')
const asMe = { XDG_STATE_HOME: state }
afterAll(() => rmSync(home, { recursive: true }))

beforeAll(() => {
  trainWhole(home, 'sent', ['--agent', 'dqn', '--env', 'CartPole', ...RUN])
  writeFileSync(join(home, 'env.js'), ENV_FILE)
  const args = ['train', '--agent', 'dqn', '--env', './env.js', ...RUN, '--run-dir', 'coded']
  expect(wnRl([...args, '--quiet'], home, { ...asMe, MARKER: join(home, 'made') })).toMatchObject({
    status: 0,
    stderr: '',
  })
}, 120_000)

/** Every file below a folder with what is in it. */
function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'hex')]))
}

const COMMANDS = {
  resume: (run: string) => ['resume', run, '--total-timesteps', '1600', '--quiet'],
  eval: (run: string) => ['eval', run, '--episodes', '1'],
  reproduce: (run: string) => ['reproduce', run, '--quiet'],
  play: (run: string) => ['play', '--agent-run', run, '--gif', 'out.gif', '--max-steps', '2'],
  plot: (run: string) => ['plot', run, '--out', 'plot.svg'],
  runs: (run: string) => ['runs', run],
}

describe('a link is followed nowhere', () => {
  const events = () => readdirSync(join(home, 'sent')).find((name) => name.startsWith('events'))!
  const weights = () =>
    readdirSync(join(home, 'sent', 'best')).find((name) => name.endsWith('tensors'))!
  const places: [place: string, nameOf: () => string][] = [
    ['best', () => 'best'],
    ['final', () => 'final'],
    ['checkpoints', () => 'checkpoints'],
    ['a checkpoint', () => 'checkpoints/step-1200'],
    ['a checkpoint that is half-written', () => 'checkpoints/step-1600.tmp'],
    ['a checkpoint that is half-removed', () => 'checkpoints/step-800.old'],
    ['best.old', () => 'best.old'],
    ['metrics.jsonl', () => 'metrics.jsonl'],
    ['progress.csv', () => 'progress.csv'],
    ['the event file', events],
    ['config.yaml', () => 'config.yaml'],
    ['config.yaml.tmp', () => 'config.yaml.tmp'],
    ['summary.json', () => 'summary.json'],
    ['the lock', () => 'lock'],
    ['a manifest', () => 'final/model.json'],
    ['weights', () => `best/${weights()}`],
    ['a state', () => 'checkpoints/step-1200/state.safetensors'],
  ]
  // Resuming is what writes and removes; the other commands take turns over the places.
  const { resume, ...others } = COMMANDS
  test.each(places.map(([place, nameOf], i) => ({ place, nameOf, i })))(
    '$place',
    ({ nameOf, i }) => {
      const folder = emptyFolder()
      const run = join(folder, 'sent')
      const victim = join(folder, 'victim')
      const name = nameOf()
      const path = join(run, name)
      cpSync(join(home, 'sent'), run, { recursive: true })
      if (existsSync(path)) cpSync(path, victim, { recursive: true })
      else mkdirSync(victim)
      if (statSync(victim).isDirectory()) writeFileSync(join(victim, 'precious.txt'), 'theirs')
      rmSync(path, { recursive: true, force: true })
      symlinkSync(victim, path)
      const before = statSync(victim).isFile() ? readFileSync(victim) : contentsOf(victim)
      const turn = dose(Object.entries(others), 5, i)
      for (const [command, args] of [['resume', resume] as const, ...turn]) {
        const { status, stdout, stderr } = wnRl(args(run), folder)
        expect(`${stdout}${stderr}`, command).toContain(
          `${path} cannot be used: it is a symbolic link`,
        )
        if (command !== 'runs') expect(status, command).not.toBe(0)
      }
      expect(statSync(victim).isFile() ? readFileSync(victim) : contentsOf(victim)).toEqual(before)
    },
    120_000,
  )

  test('but the folder of the run itself may be reached through one', () => {
    const folder = emptyFolder()
    cpSync(join(home, 'sent'), join(folder, 'sent'), { recursive: true })
    symlinkSync(join(folder, 'sent'), join(folder, 'mine'))
    expect(wnRl(COMMANDS.resume('mine'), folder)).toMatchObject({ status: 0, stderr: '' })
  })
})

test('files of a user’s own stay where they are', () => {
  const folder = emptyFolder()
  const run = join(folder, 'sent')
  cpSync(join(home, 'sent'), run, { recursive: true })
  for (const name of ['best', 'final', 'checkpoints', 'checkpoints/step-1200'])
    writeFileSync(join(run, name, 'notes.md'), 'mine')
  mkdirSync(join(run, 'checkpoints', 'attempt.old'))
  writeFileSync(join(run, 'checkpoints', 'attempt.old', 'notes.md'), 'mine')
  const args = ['resume', run, '--total-timesteps', '2400', '--quiet']
  expect(wnRl(args, folder)).toMatchObject({ status: 0, stderr: '' })
  const notes = Object.keys(contentsOf(run)).filter((name) => name.endsWith('notes.md'))
  expect(notes).toHaveLength(5)
  expect(readdirSync(join(run, 'checkpoints'))).not.toContain('step-1200')
})

describe('code that a run names', () => {
  const refused = /names code: its environment \.\/env\.js is .*env\.js.*--trust/s
  const run = (args: readonly string[], cwd: string, env: Record<string, string> = asMe) => {
    const marker = join(home, 'marker')
    rmSync(marker, { force: true })
    const outcome = wnRl(args, cwd, { ...env, MARKER: marker })
    return { ...outcome, hasRun: existsSync(marker) }
  }

  test('is loaded without a word where the run was made here by this user', () => {
    const outcome = run(['eval', 'coded', '--episodes', '1'], home)
    expect(outcome).toMatchObject({ status: 0, stderr: '', hasRun: true })
    expect(outcome.stdout).toContain(`environment from ${join(home, 'env.js')}`)
    expect(run(['eval', join(home, 'coded'), '--episodes', '1'], emptyFolder()).hasRun).toBe(true)
  })

  test.each(['eval', 'resume', 'reproduce', 'play'] as const)(
    '%s refuses it elsewhere',
    (command) => {
      const folder = emptyFolder()
      for (const name of ['coded', 'env.js'])
        cpSync(join(home, name), join(folder, name), { recursive: true })
      const args = COMMANDS[command]('coded')
      const outcome = run(args, folder)
      expect(outcome).toMatchObject({ status: 2, hasRun: false })
      expect(outcome.stderr).toMatch(refused)
      expect(run([...args, '--trust'], folder)).toMatchObject({ hasRun: true })
    },
    120_000,
  )

  test('is not needed where the user names an environment', () => {
    const folder = emptyFolder()
    cpSync(join(home, 'coded'), join(folder, 'coded'), { recursive: true })
    const args = ['eval', 'coded', '--episodes', '1', '--env', 'CartPole']
    expect(run(args, folder)).toMatchObject({ hasRun: false, status: 0 })
  })

  test('and to another user, also at the same place', () => {
    expect(run(['eval', 'coded'], home, { XDG_STATE_HOME: emptyFolder() })).toMatchObject({
      status: 2,
      hasRun: false,
    })
  })

  test('a list of runs, a plot and a model run nothing', () => {
    for (const command of ['runs', 'plot'] as const)
      expect(run(COMMANDS[command]('coded'), home)).toMatchObject({ status: 0, hasRun: false })
  })

  test('a package beside a run is code too', () => {
    const folder = emptyFolder()
    cpSync(join(home, 'sent'), join(folder, 'sent'), { recursive: true })
    const config = join(folder, 'sent', 'config.yaml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('env: CartPole-v1', 'env: evil-pkg'))
    writePackage(
      join(folder, 'sent'),
      { name: 'evil-pkg', exports: { '.': './index.js' } },
      ENV_FILE,
    )
    for (const command of ['eval', 'resume', 'reproduce', 'play'] as const) {
      const outcome = run(COMMANDS[command]('sent'), folder)
      expect(outcome).toMatchObject({ status: 2, hasRun: false })
      expect(outcome.stderr).toContain('evil-pkg')
    }
  }, 120_000)

  test('is found from where the run lies, not from the current folder', () => {
    const folder = emptyFolder()
    const other = ENV_FILE.replace('ran', 'the other')
    writeFileSync(join(folder, 'env.js'), other.replaceAll("'ran'", "'the other'"))
    const outcome = run(['eval', join(home, 'coded'), '--episodes', '1'], folder)
    expect(outcome.stdout).toContain(`environment from ${join(home, 'env.js')}`)
    expect(readFileSync(join(home, 'marker'), 'utf8')).toBe('ran')
  })
})

test('what a stranger’s options say is no code', () => {
  const folder = emptyFolder()
  const config = join(folder, 'theirs.yaml')
  for (const text of [
    '__proto__: { polluted: 1 }',
    'constructor: { prototype: { x: 1 } }',
    'gamma: !!js/function "() => 1"',
  ]) {
    writeFileSync(config, `${text}\n`)
    const { status, stderr } = wnRl(
      ['train', '--agent', 'dqn', '--env', 'CartPole', '--config', config],
      folder,
    )
    expect(status).toBe(2)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  }
  expect(readdirSync(folder)).toEqual(['theirs.yaml'])
})
