/** `wn-rl play`, as a user's shell runs it: there is no terminal, so that it writes text or a GIF. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GifReader } from 'omggif'
import { describe, expect, test } from 'vitest'
import { emptyFolder, lastJson, type Outcome, wnRl } from '../helpers/wn-rl.ts'

const RANDOM_CARTPOLE = ['play', '--env', 'CartPole', '--random']

interface Played {
  env: string
  episodes: number
  returns: number[]
  lengths: number[]
}

function played({ stdout, stderr }: Outcome): Played {
  expect(stderr).toBe('')
  return lastJson(stdout) as Played
}

function expectUsage({ status, stderr }: Outcome, ...says: string[]): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  for (const text of says) expect(lines[0]).toContain(text)
  expect(status).toBe(2)
}

describe('wn-rl play', () => {
  test('writes a GIF with every frame, at the environment’s rate or another', () => {
    const folder = emptyFolder()
    const args = [...RANDOM_CARTPOLE, '--gif', 'a.gif', '--episodes', '2', '--json']
    const { lengths, returns } = played(wnRl(args, folder))
    expect(returns).toEqual(lengths)
    const gif = new GifReader(readFileSync(join(folder, 'a.gif')))
    expect([gif.width, gif.height]).toEqual([600, 400])
    expect(gif.numFrames()).toBe(lengths[0]! + lengths[1]! + 2) // and one for each reset
    expect(gif.frameInfo(0).delay).toBe(2)
    played(wnRl([...args, '--fps', '10'], folder))
    expect(new GifReader(readFileSync(join(folder, 'a.gif'))).frameInfo(0).delay).toBe(10)
  })

  test('the seed decides what is seen', () => {
    const folder = emptyFolder()
    const gif = (seed: string) => {
      played(wnRl([...RANDOM_CARTPOLE, '--gif', 'a.gif', '--seed', seed, '--json'], folder))
      return readFileSync(join(folder, 'a.gif'))
    }
    const one = gif('1')
    expect(gif('1').equals(one)).toBe(true)
    expect(gif('2').equals(one)).toBe(false)
  })

  test('without a terminal it prints plain text', () => {
    const args = ['play', '--env', 'FrozenLake', '--random', '--max-steps', '2']
    const { stdout, status } = wnRl(args, emptyFolder())
    expect(status).toBe(0)
    expect(stdout).toContain('@FFF\nFHFH\nFFFH\nHFFG\n')
    expect(stdout).toContain('episode 1, step 2')
    expect(stdout).not.toContain('\u001B')
  })

  test('an agent plays the episodes that eval plays', () => {
    const folder = emptyFolder()
    const train = ['train', '--agent', 'a2c', '--env', 'CartPole', '--total-timesteps', '800']
    const quick = ['--set', 'finalEvalEpisodes=2', '--set', 'evalEvery=0', '--run-dir', 'runs/x']
    expect(wnRl([...train, ...quick, '--quiet', '--seed', '7'], folder).status).toBe(0)
    const evaluated = played(wnRl(['eval', 'runs/x', '--episodes', '3', '--json'], folder))
    const args = ['play', '--agent-run', 'runs/x', '--episodes', '3', '--json']
    expect(played(wnRl([...args, '--gif', 'a.gif'], folder)).returns).toEqual(evaluated.returns)
    expectUsage(wnRl([...args, '--env', 'MountainCar'], folder), 'observationSpace')
  })

  test('asks who plays, and what', () => {
    const folder = emptyFolder()
    expectUsage(wnRl(['play', '--env', 'CartPole'], folder), '--agent-run', '--random')
    expectUsage(wnRl([...RANDOM_CARTPOLE, '--agent-run', 'runs/x'], folder), 'one of')
    expectUsage(wnRl(['play', '--random'], folder), '--env')
    expectUsage(wnRl(['play', '--env', 'Cartpol', '--random'], folder), 'CartPole')
    expectUsage(wnRl(['play', '--agent-run', 'runs/none'], folder), 'runs/none')
    expectUsage(wnRl(['play', '--env', 'CartPole', '--keyboard'], folder), 'terminal')
    expectUsage(wnRl([...RANDOM_CARTPOLE, '--fps', '60'], folder), '--fps', '50')
  })

  test('refuses a GIF that cannot be written, before it plays', () => {
    const folder = emptyFolder()
    mkdirSync(join(folder, 'there'))
    expectUsage(wnRl([...RANDOM_CARTPOLE, '--gif', 'none/a.gif'], folder), '--gif', 'none')
    expectUsage(wnRl([...RANDOM_CARTPOLE, '--gif', 'there'], folder), '--gif', 'there')
  })

  test('refuses an environment that draws nothing', () => {
    const folder = emptyFolder()
    const blind = `import { CartPole } from 'gymnasium-js'\nexport default () => new CartPole()\n`
    writeFileSync(join(folder, 'blind.ts'), blind)
    const args = ['play', '--env', './blind.ts', '--random']
    expectUsage(wnRl([...args, '--gif', 'a.gif'], folder), 'rgb_array')
    expectUsage(wnRl(args, folder), 'ansi', '--gif')
    expectUsage(wnRl(['play', '--env', 'LunarLander', '--random'], folder), '--gif')
    expect(existsSync(join(folder, 'a.gif'))).toBe(false)
  })
})
