/** `--backend webgpu`, as a user has it. Skipped, with the reason, where there is no GPU. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { whyNoWebGpu } from '../helpers/webgpu.ts'
import { summaryOf } from '../helpers/runs.ts'
import { emptyFolder, inRepository, wnRl } from '../helpers/wn-rl.ts'

const reason = await whyNoWebGpu()
const SLOW = 600_000
/** Small, for software drivers: some 60 updates in 2,000 timesteps. */
const SMALL = [
  ...[
    '--agent',
    'dqn',
    '--json',
    '--quiet',
    '--set',
    'network={mlp: [16]}',
    '--set',
    'batchSize=16',
  ],
  ...['--set', 'trainFrequency=20', '--set', 'learningStarts=800', '--set', 'logInterval=500'],
  ...['--set', 'finalEvalEpisodes=1', '--eval-every', '0', '--checkpoint-every', '1000'],
]

describe.skipIf(reason !== undefined)(`webgpu${reason ? `, skipped: ${reason}` : ''}`, () => {
  test(
    '2,000 steps are finite, logged and checkpointed; the run goes on on simd and back',
    () => {
      const folder = emptyFolder()
      const run = join(folder, 'run')
      const args = ['--env', 'CartPole', '--total-timesteps', '2000', '--run-dir', run]
      const trained = summaryOf(wnRl(['train', ...SMALL, ...args, '--backend', 'webgpu'], folder))
      expect(trained).toMatchObject({ backend: 'webgpu', totalTimesteps: 2000 })
      const losses = rowsWith(run, 'losses/td_loss')
      expect(losses.length).toBeGreaterThan(1)
      expect(losses.every((loss) => Number.isFinite(loss))).toBe(true)
      expect(readdirSync(join(run, 'checkpoints')).toSorted()).toEqual(['step-1000', 'step-2000'])
      expect(readFileSync(join(run, 'config.yaml'), 'utf8')).toMatch(
        /backend: webgpu\n\s+device: \S/,
      )

      for (const [backend, until] of [
        ['simd', '2100'],
        ['webgpu', '2200'],
      ] as const) {
        const more = ['--total-timesteps', until, '--backend', backend, '--json', '--quiet']
        const { status, stdout } = wnRl(['resume', run, ...more], folder)
        expect(status).toBe(0)
        expect(stdout).toContain(`"backend":"${backend}"`)
      }
    },
    SLOW,
  )

  test(
    'a lost GPU ends the run with status 1, and the last checkpoint stays',
    () => {
      const folder = emptyFolder()
      const run = join(folder, 'run')
      const env = inRepository('test/cli/fixtures/gpu-losing-env.ts')
      const args = ['--env', env, '--total-timesteps', '400', '--run-dir', run]
      const early = ['--set', 'learningStarts=100', '--checkpoint-every', '50']
      const command = ['train', ...SMALL, ...early, ...args, '--backend', 'webgpu']
      const { status, stderr } = wnRl(command, folder)
      expect(stderr).toMatch(/the GPU ".*" was lost.*the last checkpoint is step-\d+/)
      expect(status).toBe(1)
      expect(existsSync(join(run, 'checkpoints'))).toBe(true)
    },
    SLOW,
  )

  test('a GPU that is not there is bad usage, and the others are named', () => {
    const args = ['--env', 'CartPole', '--backend', 'webgpu', '--gpu', 'Voodoo']
    const { status, stderr } = wnRl(['train', ...SMALL, ...args], emptyFolder())
    expect(stderr).toMatch(/there is no "Voodoo"; choose one of 0 "/)
    expect(status).toBe(2)
  })
})

function rowsWith(run: string, name: string): number[] {
  const rows = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return rows.flatMap((row) => {
    const value: unknown = (JSON.parse(row) as Record<string, unknown>)[name]
    return typeof value === 'number' ? [value] : []
  })
}
