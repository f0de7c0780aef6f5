/**
 * Suite `checkpoints`: what a checkpoint every 5,000 timesteps costs `wn-rl train --agent dqn --env CartPole`, as the
 * user sees it: the whole command of the built package, start of Node, evaluations and the wait for the disk included.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contender, type Prepared, Unavailable } from './measure.ts'

/** Timesteps of one run: the preset's. */
export const CHECKPOINTS_GRANULARITY = 50_000

const CLI = 'dist/cli.js'
const EVERY = 5_000

/** @returns the contenders, case by case */
export function checkpointCases(asked: (backend: string) => boolean): Contender[][] {
  if (!asked('simd')) return []
  const contender = (every: number): Contender => ({
    name: nameOf(every),
    task: nameOf(every),
    references: every === 0 ? [] : [nameOf(0)],
    activate: () => Promise.resolve(),
    prepare: () => Promise.resolve(prepare(every)),
  })
  return [[contender(0), contender(EVERY)]]
}

function nameOf(every: number): string {
  return `dqn/CartPole-v1/checkpoints-${every}/simd`
}

/** @throws Unavailable where the package is not built */
function prepare(every: number): Prepared {
  if (!existsSync(CLI)) throw new Unavailable(`${CLI} does not exist: run "npm run build" first`)
  const parent = mkdtempSync(join(tmpdir(), 'wn-rl-bench-'))
  let runs = 0
  const work = (timesteps: number) => {
    for (let done = 0; done < timesteps; done += CHECKPOINTS_GRANULARITY)
      train(join(parent, `run-${runs++}`), every) // removing the run before would be timed too
  }
  return { work, dispose: () => rmSync(parent, { recursive: true }) }
}

function train(runDir: string, every: number): void {
  const args = ['train', '--agent', 'dqn', '--env', 'CartPole', '--backend', 'simd', '--quiet']
  const run = ['--checkpoint-every', String(every), '--run-dir', runDir]
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args, ...run], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`wn-rl train ended with ${status}: ${stderr}`)
}
