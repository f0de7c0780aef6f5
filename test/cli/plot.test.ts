import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { episode, writeRun } from '../helpers/run-folders.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

/** Episodes of a return every 100 timesteps up to 1,000. */
const steady = (value: number) =>
  Array.from({ length: 10 }, (_, i) => episode(100 * (i + 1), value))

describe('wn-rl plot', () => {
  const folderOfRuns = () => {
    const folder = emptyFolder()
    for (const [env, level] of [
      ['CartPole-v1', 100],
      ['Acrobot-v1', -100],
    ] as const)
      for (const seed of [1, 2, 3])
        writeRun(join(folder, 'runs', `${env}-${seed}`), { env, seed, rows: steady(level + seed) })
    writeRun(join(folder, 'runs', 'empty'))
    return folder
  }

  test('draws a panel per environment to SVG and says what it drew', () => {
    const folder = folderOfRuns()
    const { status, stdout, stderr } = wnRl(['plot', 'runs', '--out', 'c.svg'], folder)
    expect(status).toBe(0)
    expect(stdout).toContain('CartPole-v1, dqn, 3 seeds\n')
    expect(stdout).toMatch(/▅+ 102 \[101, 103\]\n/)
    expect(stdout).toContain('drawn to c.svg\n')
    expect(stderr).toBe('wn-rl: runs/empty: no charts/episodic_return (it has: nothing)\n')
    const svg = readFileSync(join(folder, 'c.svg'), 'utf8')
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="720" height="440"/)
    expect(svg.match(/aria-label="line"/g)).toHaveLength(2)
    expect(svg.match(/aria-label="area"/g)).toHaveLength(2)
    expect(svg).toContain('Acrobot-v1')
    expect(svg).toContain('each point is the mean of the 20 before it')
  })

  test('draws PNG at twice the size', () => {
    const folder = folderOfRuns()
    const args = ['plot', 'runs', '--out', 'c.png', '--width', '300', '--height', '200']
    expect(wnRl(args, folder).status).toBe(0)
    const png = readFileSync(join(folder, 'c.png'))
    expect(png.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'))
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400])
  })

  test.each([
    [['runs', '--out', 'c.pdf'], 2, /--out: c\.pdf names no figure/],
    [['nowhere'], 2, /nowhere cannot be listed/],
    [['runs', '--metric', 'losses/x'], 1, /no run in runs has losses\/x/],
    [['runs', '--out', 'no/such/folder/c.svg'], 2, /--out: ENOENT/],
  ])('%j ends with %d and says why', (args, exit, reason) => {
    const { status, stderr } = wnRl(['plot', ...args], folderOfRuns())
    expect(stderr).toMatch(reason)
    expect(status).toBe(exit)
  })
})
