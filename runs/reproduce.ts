/** Training a run again, in memory, and comparing what comes out with what it recorded. */
import { join } from 'node:path'
import { UsageError } from '../src/errors.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { type CheckpointState, digestOf, loadModel } from '../src/storage/index.ts'
import { startBackend } from './backends/pick.ts'
import { askedFor } from './errors.ts'
import { type Changes, differences, openRun, type RecordedRun } from './open.ts'
import type { Trust } from './origin.ts'
import { controlsFrom } from './progress.ts'
import { Comparison, type Difference, type RecordedRows, recordedRows } from './repetition.ts'
import type { Course, GivenControls, Progress, RunControls, RunRequest } from './run.ts'
import { learn } from './session.ts'
import { makeAgent } from './start.ts'
import type { SessionState } from './state.ts'

export interface ReproduceOptions extends GivenControls, Trust, Pick<Changes, 'options'> {
  /** Compare the rows up to a timestep; the whole run unless given. */
  readonly untilStep?: number | undefined
}

/** What came of training a run again. */
export interface Reproduction {
  readonly runDir: string
  readonly same: boolean
  /** Rows of metrics.jsonl that came out the same. */
  readonly rows: number
  /** Timestep up to which the run was repeated. */
  readonly untilStep: number
  /** Of the repeated run; null where the recorded one has no final model, or only its beginning was repeated. */
  readonly digest: string | null
  readonly difference: Difference | null
}

/**
 * Trains a run again with its own options, up to the first difference, and writes nothing.
 *
 * @param runDir the run's folder
 * @returns undefined where `signal` broke it off; what was the same until then, `print` is told
 * @throws UsageError for a folder that is no run, or has nothing to compare with
 * @example
 * const repeated = await reproduce('runs/mine')
 * if (!repeated?.same) console.log(repeated?.difference)
 */
export async function reproduce(
  runDir: string,
  options: ReproduceOptions = {},
): Promise<Reproduction | undefined> {
  const { untilStep } = options
  const controls = controlsFrom(options)
  const { run, rows } = await askedFor(() => prepare(runDir, untilStep ?? Infinity, options))
  for (const difference of differences(run)) controls.warn(`${difference}: the numbers may differ`)
  const outcome = await new Repetition(run, rows, untilStep, controls).run()
  if (!controls.signal.aborted) return outcome
  controls.print(`interrupted; the first ${outcome.rows} of ${rows.count} rows are the same`)
  return undefined
}

async function prepare(runDir: string, untilStep: number, asked: Trust & Changes) {
  const run = await openRun(runDir, asked)
  const rows = recordedRows(runDir, untilStep)
  if (rows.count === 0) throw new UsageError(`${runDir} has no rows of metrics to compare with`)
  return { run, rows }
}

class Repetition {
  readonly #run: RecordedRun
  readonly #request: RunRequest
  readonly #rows: RecordedRows
  readonly #comparison: Comparison
  readonly #untilStep: number | undefined
  readonly #signal: AbortSignal

  constructor(
    run: RecordedRun,
    rows: RecordedRows,
    untilStep: number | undefined,
    controls: RunControls,
  ) {
    const ended = new AbortController()
    this.#run = run
    this.#rows = rows
    this.#untilStep = untilStep
    this.#signal = AbortSignal.any([controls.signal, ended.signal])
    this.#comparison = new Comparison(rows.rows, () => {
      // Of a whole run the digest is compared too, so it is trained to its end.
      if (this.#comparison.difference || !this.#isWhole) ended.abort()
    })
    this.#request = {
      ...run,
      runDir: undefined,
      backend: run.config.run.backend ?? 'auto',
      gpu: run.config.run.device,
      ...controls,
      signal: this.#signal,
    }
  }

  /** Whether the run has a final model, up to which it is repeated. */
  get #isWhole(): boolean {
    const { finalStep, settings } = this.#run
    return this.#untilStep === undefined && finalStep === settings.run.totalTimesteps
  }

  async run(): Promise<Reproduction> {
    const { totalTimesteps } = this.#run.settings.run
    const start = performance.now()
    const elapsedSeconds = () => (performance.now() - start) / 1000
    const course: Course = { totalTimesteps: this.#untilStep ?? totalTimesteps, elapsedSeconds }
    const progress = this.#request.progress(course)
    let digest: string | undefined
    try {
      digest = await this.#train(progress, elapsedSeconds)
    } finally {
      progress.stop()
    }
    const difference =
      this.#comparison.difference ??
      this.#comparison.missing() ??
      (digest === undefined ? undefined : await this.#compareDigest(digest))
    return {
      runDir: this.#run.runDir,
      same: !difference,
      rows: this.#comparison.compared,
      untilStep: this.#isWhole ? totalTimesteps : this.#rows.lastStep,
      digest: digest ?? null,
      difference: difference ?? null,
    }
  }

  /**
   * Trains as the run was trained: with every budget that it had, for as long as it had it.
   *
   * @returns the digest, if training came to its end
   */
  async #train(progress: Progress, elapsedSeconds: () => number): Promise<string | undefined> {
    const { config, settings, seed, env } = this.#run
    const { totalTimesteps } = settings.run
    const parts = [...config.run.budgets, { until: totalTimesteps, totalTimesteps }]
    let saved: { state: CheckpointState; session: SessionState } | undefined
    for (const part of parts) {
      const agent = await makeAgent(this.#request)
      await startBackend(this.#request, agent)
      if (saved) agent.setState(saved.state)
      const partEnded = new AbortController()
      await learn({
        agent,
        makeEnv: env.makeEnv,
        seed,
        run: { ...settings.run, totalTimesteps: part.totalTimesteps },
        writer: this.#comparison,
        progress,
        elapsedSeconds,
        signal: AbortSignal.any([this.#signal, partEnded.signal]),
        from: saved?.session,
        isDue: (_, globalStep) => globalStep === part.until,
        save: async (session) => {
          await agent.synchronize()
          if (part !== parts.at(-1)) saved = { state: agent.getState(), session }
          partEnded.abort()
        },
        onBest: () => Promise.resolve(),
      })
      await agent.synchronize()
      const digest = agent.digest()
      agent.dispose()
      if (this.#signal.aborted) return undefined
      if (part === parts.at(-1)) return this.#isWhole ? digest : undefined
    }
    return undefined
  }

  async #compareDigest(repeated: string): Promise<Difference | undefined> {
    const { runDir, finalStep } = this.#run
    const recorded = digestOf((await loadModel(directoryStore(join(runDir, 'final')))).tensors)
    if (recorded === repeated) return undefined
    return { step: finalStep!, what: 'digest', recorded, repeated }
  }
}
