/**
 * One run of a suite, in a process of its own: `wn-rl train`, or `wn-rl resume` where a run was broken off, so that a
 * result is what a user's command line gives. Read from what they print and from the run's folder.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import * as z from 'zod'
import { readRunFiles } from '../../runs/read.ts'
import { holderOf } from '../../runs/lock.ts'
import { pointsOf } from '../../runs/metrics.ts'
import { makeFolder, writeWhole } from '../../src/storage/directory.ts'
import { mean } from '../../src/training/index.ts'
import { fingerprint, type Job, settingsOf } from './job.ts'
import { type CurveRow, type ResultRow, thinned } from './rows.ts'

export interface TrainOptions {
  readonly suite: string
  /** The command line, as a file that Node runs. */
  readonly cli: string
  /** The suite's work folder. */
  readonly folder: string
  /** Of the sources, and what runs them: both go into the row. */
  readonly commit: string
  readonly machine: string
  /** Aborted to end the run early, with a checkpoint. */
  readonly signal: AbortSignal
}

export interface Trained {
  readonly row: ResultRow
  readonly curves: readonly CurveRow[]
}

const summarySchema = z.object({
  meanReturn: z.number().nullable(),
  evaluation: z.object({ mean: z.number() }).nullable(),
  finalEvaluation: z.object({ mean: z.number() }).nullable(),
  wallSeconds: z.number(),
  digest: z.string(),
})
type Summary = z.output<typeof summarySchema>

/** Of a run in which something was not finite: it has no result but that. */
const DIVERGED: Summary = {
  meanReturn: null,
  evaluation: null,
  finalEvaluation: null,
  wallSeconds: 0,
  digest: '',
}

/** Points of a thinned curve, at most. */
const CURVE_POINTS = 50

/** Until a process has noticed that the one that started it was killed, ms. */
const PATIENCE = 30_000

/** Node ends with the process that started it, even if that was killed, and leaves a run that can be resumed. */
const END_WITH_PARENT = [
  '--import',
  'data:text/javascript,process.on("disconnect",()=>process.exit(1));process.channel.unref()',
]

/**
 * Trains a job's run to its end, from where it stands.
 *
 * @returns undefined if it was told to end early
 * @throws Error with what the command line said, if it failed
 */
export async function trainJob(job: Job, options: TrainOptions): Promise<Trained | undefined> {
  const runDir = join(options.folder, job.name)
  await released(runDir)
  const config = await prepare(job, runDir)
  const isBroken = existsSync(join(runDir, 'config.yaml'))
  const args = isBroken ? ['resume', runDir] : trainArguments(job, runDir, config)
  const ended = await runCommand([options.cli, ...args, '--json', '--quiet'], options.signal)
  if (options.signal.aborted) return undefined
  const hasDiverged = ended.status !== 0 && existsSync(join(runDir, 'trouble'))
  if (ended.status !== 0 && !hasDiverged)
    throw new Error(ended.stderr.trim() || `the command line ended with ${ended.status}`)
  const summary = hasDiverged
    ? DIVERGED
    : summarySchema.parse(JSON.parse(ended.stdout.trimEnd().split('\n').at(-1)!))
  return resultOf(job, runDir, summary, options)
}

/** What a finished run leaves is small; its checkpoints, with the replay buffer in each, are not. */
export async function removeCheckpoints(job: Job, folder: string): Promise<void> {
  await rm(join(folder, job.name, 'checkpoints'), { recursive: true, force: true })
}

/** Waits for a process that outlives a runner that was killed by a moment; one that stays, the command line refuses. */
async function released(runDir: string): Promise<void> {
  const start = performance.now()
  while (holderOf(runDir) !== undefined && performance.now() - start < PATIENCE) await sleep(50)
}

/** Makes way: for a new run where the job's options have changed, and for what a run makes at its end. */
async function prepare(job: Job, runDir: string): Promise<string> {
  const config = `${runDir}.yaml`
  const text = stringify(job.options)
  const isSame = existsSync(config) && readFileSync(config, 'utf8') === text
  const hasTrouble = existsSync(join(runDir, 'trouble'))
  if (!isSame || hasTrouble || !existsSync(join(runDir, 'config.yaml')))
    await rm(runDir, { recursive: true, force: true })
  // `resume` takes a run with a final model for complete; one that is not in the CSV lacks its last evaluations.
  await rm(join(runDir, 'final'), { recursive: true, force: true })
  await makeFolder(dirname(runDir))
  await writeWhole(config, new TextEncoder().encode(text))
  return config
}

function trainArguments({ agent, env, seed }: Job, runDir: string, config: string): string[] {
  const what = ['--agent', agent, '--env', env, '--seed', String(seed), '--backend', 'simd']
  return ['train', ...what, '--config', config, '--run-dir', runDir]
}

interface Ended {
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

function runCommand(args: readonly string[], signal: AbortSignal): Promise<Ended> {
  const child = spawn(process.execPath, [...END_WITH_PARENT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const interrupt = () => child.kill('SIGTERM') // a terminal's Ctrl-C reaches it too; it minds the first of them
  signal.addEventListener('abort', interrupt, { once: true })
  return endOf(child).finally(() => signal.removeEventListener('abort', interrupt))
}

function endOf(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, name) => resolve({ status: status ?? name!, stdout, stderr }))
  })
}

async function resultOf(
  job: Job,
  runDir: string,
  summary: Summary,
  { suite, commit, machine }: TrainOptions,
): Promise<Trained> {
  const { run, agent } = settingsOf(job)
  const metrics = await metricsOf(runDir)
  const hasDiverged = summary === DIVERGED
  const row: ResultRow = {
    ...{ suite, run: job.name, agent: job.agent, env: job.env, part: job.part },
    ...{ variant: job.variant, normalization: String(agent['normalization']), seed: job.seed },
    learning_rate: Number(agent['learningRate']),
    timesteps: run.totalTimesteps,
    outcome: hasDiverged ? 'diverged' : 'done',
    best: rounded(summary.evaluation?.mean),
    final: rounded(summary.finalEvaluation?.mean),
    training: rounded(summary.meanReturn),
    evaluations: hasDiverged ? null : rounded(metrics.meanOf('eval/mean_return')),
    statistics_noise: rounded(metrics.meanOf('norm/statistics_noise')),
    wall_seconds: Number(summary.wallSeconds.toFixed(1)),
    ...{ digest: summary.digest, settings: fingerprint(job), commit, machine },
  }
  if (job.part === 'search') return { row, curves: [] }
  const curveOf = (metric: string, spacing: number): CurveRow => {
    const every = spacing * Math.ceil(run.totalTimesteps / spacing / CURVE_POINTS)
    const values = thinned(metrics.pointsOf(metric), every, run.totalTimesteps)
    return { run: job.name, metric, every, values }
  }
  return {
    row,
    curves: [curveOf('eval/mean_return', run.evalEvery), curveOf('charts/episodic_return', 1)],
  }
}

/** The rows of a run, by metric. */
async function metricsOf(runDir: string) {
  const { rows } = await readRunFiles(runDir)
  const meanOf = (name: string) => {
    const values = pointsOf(rows, name).map(({ value }) => value)
    return values.length === 0 ? null : mean(values)
  }
  return { pointsOf: (name: string) => pointsOf(rows, name), meanOf }
}

/** A millionth of a return is more than any table shows. */
function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toFixed(6))
}
