/** `wn-rl reproduce`: trains a run again, in memory, and compares what comes out. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { directoryStore } from '../src/storage/directory.ts'
import { UsageError } from '../src/errors.ts'
import { type CheckpointState, digestOf, loadModel } from '../src/storage/index.ts'
import { startBackend } from './backends/pick.ts'
import { Comparison, type Difference, readRows } from './repetition.ts'
import { askedFor, EXIT } from './errors.ts'
import { watchForInterruption } from '../cli/interruption.ts'
import { type OutputFlags, printer, progressKind } from '../cli/show/lines.ts'
import { createProgress } from '../cli/show/progress.ts'
import { differences, openRun, type RecordedRun } from './config.ts'
import { makeAgent, type RunRequest } from './start.ts'
import { learn, type SessionState } from './session.ts'
import { positiveWholeNumber } from '../cli/commands/train.ts'

interface ReproduceFlags extends OutputFlags {
  readonly untilStep?: number
}

/** What `--json` prints. */
interface Outcome {
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

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description('train a run again and compare: exit 0 if every number is the same, 1 if not')
    .argument('<run>', 'folder of a run')
    .option(
      '--until-step <n>',
      'compare up to a timestep (default: the whole run)',
      positiveWholeNumber,
    )
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(reproduce)
}

async function reproduce(runDir: string, flags: ReproduceFlags): Promise<void> {
  const print = printer(flags)
  const interruption = watchForInterruption(() => print('interrupted'))
  const { run, rows } = await askedFor(() => prepare(runDir, flags))
  const repetition = new Repetition(run, rows, flags, interruption.signal)
  const outcome = await repetition.run()
  if (interruption.signal.aborted) {
    print(`interrupted; the first ${outcome.rows} of ${rows.length} rows are the same`)
    process.exitCode = interruption.status()
    return
  }
  const say = flags.json ? print : (line: string) => console.log(line)
  say(explain(outcome))
  if (flags.json) console.log(JSON.stringify(outcome))
  if (!outcome.same) process.exitCode = EXIT.failed
}

async function prepare(runDir: string, { untilStep }: ReproduceFlags) {
  const run = await openRun(runDir)
  const rows = readRows(runDir, untilStep ?? Infinity)
  if (rows.length === 0) throw new UsageError(`${runDir} has no rows of metrics to compare with`)
  for (const difference of differences(run))
    console.error(`wn-rl: ${difference}: the numbers may differ`)
  return { run, rows }
}

class Repetition {
  readonly #run: RecordedRun
  readonly #request: RunRequest
  readonly #rows: ReturnType<typeof readRows>
  readonly #comparison: Comparison
  readonly #untilStep: number | undefined
  readonly #signal: AbortSignal

  constructor(
    run: RecordedRun,
    rows: ReturnType<typeof readRows>,
    flags: ReproduceFlags,
    interrupted: AbortSignal,
  ) {
    const ended = new AbortController()
    this.#run = run
    this.#rows = rows
    this.#untilStep = flags.untilStep
    this.#signal = AbortSignal.any([interrupted, ended.signal])
    this.#comparison = new Comparison(rows, () => {
      // Of a whole run the digest is compared too, so it is trained to its end.
      if (this.#comparison.difference || !this.#isWhole) ended.abort()
    })
    this.#request = {
      ...run,
      runDir: undefined,
      backend: run.config.run.backend ?? 'auto',
      gpu: run.config.run.device,
      progress: progressKind(flags),
      print: printer(flags),
      signal: this.#signal,
    }
  }

  /** Whether the run has a final model, up to which it is repeated. */
  get #isWhole(): boolean {
    const { finalStep, settings } = this.#run
    return this.#untilStep === undefined && finalStep === settings.run.totalTimesteps
  }

  async run(): Promise<Outcome> {
    const { totalTimesteps } = this.#run.settings.run
    const start = performance.now()
    const elapsedSeconds = () => (performance.now() - start) / 1000
    const progress = createProgress(this.#request.progress, {
      totalTimesteps: this.#untilStep ?? totalTimesteps,
      elapsedSeconds,
      print: this.#request.print,
    })
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
      untilStep: this.#isWhole ? totalTimesteps : this.#rows.at(-1)!['step']!,
      digest: digest ?? null,
      difference: difference ?? null,
    }
  }

  /**
   * Trains as the run was trained: with every budget that it had, for as long as it had it.
   *
   * @returns the digest, if training came to its end
   */
  async #train(
    progress: ReturnType<typeof createProgress>,
    elapsedSeconds: () => number,
  ): Promise<string | undefined> {
    const { config, settings, seed, env } = this.#run
    const { totalTimesteps } = settings.run
    const parts = [...config.run.budgets, { until: totalTimesteps, totalTimesteps }]
    let saved: { state: CheckpointState; session: SessionState } | undefined
    for (const part of parts) {
      const agent = makeAgent(this.#request)
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

function explain({ runDir, rows, untilStep, digest, difference }: Outcome): string {
  if (difference) {
    const { step, what, recorded, repeated } = difference
    return `${runDir} does not repeat: it differs first at step ${step}: ${what} was ${recorded ?? 'not there'}, and is ${repeated ?? 'not there'}`
  }
  const digests = digest === null ? '' : `, and the digest ${digest}`
  return `${runDir} repeats up to step ${untilStep}: all ${rows} rows are the same${digests}`
}
