/** Names in a folder that somebody sent do nothing to a terminal, and leave figures well-formed. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { episode, writeRun } from '../helpers/run-folders.ts'
import { emptyFolder, lastJson, type Outcome, wnRl } from '../helpers/wn-rl.ts'

const ATTACK = '\u001b]0;owned\u0007\u009b2J\u202e<b>&"\n\r'
/** All that a terminal would obey; our own lines end in newlines. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

function expectHarmless({ stdout, stderr }: Outcome): void {
  expect(stdout).not.toMatch(OBEYED)
  expect(stderr).not.toMatch(OBEYED)
}

/** A run whose every name is an attack, in a folder whose name is one. */
function hostileRun() {
  const folder = emptyFolder()
  const run = `runs/run${ATTACK}`
  mkdirSync(join(folder, 'runs'))
  const rows = [100, 500, 1000].map((step) => ({ ...episode(step, step), [ATTACK]: step }))
  writeRun(join(folder, run), {
    ...{ env: `env${ATTACK}`, agent: `agent${ATTACK}`, rows },
    options: { [`key${ATTACK}`]: ATTACK },
  })
  return { folder, run }
}

test('runs shows them escaped, as JSON too, which reads as what they are', () => {
  const { folder, run } = hostileRun()
  const listed = wnRl(['runs'], folder)
  expectHarmless(listed)
  expect(listed.stdout).toContain('\\u001b]0;owned\\u0007\\u009b2J\\u202e<b>&"\\n\\r')
  expect(listed.stdout.trimEnd().split('\n')).toHaveLength(2)
  const json = wnRl(['runs', '--json'], folder)
  expectHarmless(json)
  expect(lastJson(json.stdout)).toMatchObject([{ runDir: run, env: `env${ATTACK}` }])
})

test.each([
  ['eval', []],
  ['resume', []],
  ['reproduce', []],
  ['play', ['--agent-run']],
])('%s names them escaped when it refuses', (command, flags) => {
  const { folder, run } = hostileRun()
  const outcome = wnRl([command, ...flags, run], folder)
  expect(outcome.status).not.toBe(0)
  expect(outcome.stderr).toContain('\\u001b')
  expectHarmless(outcome)
})

test('what is wrong with a command is told escaped', () => {
  const folder = emptyFolder()
  for (const args of [
    ['train', '--agent', ATTACK, '--env', 'CartPole'],
    ['train', '--agent', 'dqn', '--env', ATTACK],
    ['train', '--agent', 'dqn', '--env', 'CartPole', '--set', `${ATTACK}=1`],
    ['train', '--agent', 'dqn', '--env', 'CartPole', '--config', ATTACK],
    ['runs', ATTACK],
    [`--${ATTACK}`],
    [ATTACK],
  ]) {
    const outcome = wnRl(args, folder)
    expect(outcome.status).not.toBe(0)
    expectHarmless(outcome)
  }
})

test.each(['charts/episodic_return', ATTACK])('a figure of %j is well-formed', (metric) => {
  const { folder } = hostileRun()
  const drawn = wnRl(['plot', 'runs', '--metric', metric], folder)
  expect(drawn.status).toBe(0)
  expectHarmless(drawn)
  const svg = readFileSync(join(folder, 'learning-curves.svg'), 'utf8')
  expect(svg).not.toMatch(OBEYED)
  expect(svg).toContain('\\u001b]0;owned')
  expect(svg).not.toContain('<b>')
  expect(svg.replace(/&(#\d+|amp|lt|gt|quot|nbsp|apos);/g, '')).not.toContain('&')
})
