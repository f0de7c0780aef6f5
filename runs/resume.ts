/** Going on with a run from its last checkpoint: agent, metrics and best model as they were there. */
import { agents } from '../agents/index.ts'
import type { BackendChoice, BackendName } from '../src/backend/index.ts'
import { UsageError } from '../src/errors.ts'
import { cutMetrics } from '../src/logging/files.ts'
import type { Checkpoint } from '../src/storage/checkpoint.ts'
import { latestCheckpoint, removeCheckpointsAfter } from '../src/storage/checkpoint-folder.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { loadModel } from '../src/storage/index.ts'
import {
  RefusedState,
  serializableOptions,
  unsavedReason,
  withoutEnvironments,
} from '../src/training/index.ts'
import { startBackend } from './backends/pick.ts'
import { restoreBest } from './checkpoints.ts'
import { recordBudgets } from './config.ts'
import { askedFor, messageOf } from './errors.ts'
import { withRunLock } from './lock.ts'
import { type Changes, differences, openRun, type RecordedRun } from './open.ts'
import type { Trust } from './origin.ts'
import { controlsFrom } from './progress.ts'
import type { GivenControls, LearningAgent, RunRequest, RunSummary, Training } from './run.ts'
import { backendRecord, describeBackend, makeAgent } from './start.ts'
import { readRunState } from './state.ts'
import { readSummary } from './summary.ts'
import { score, trainIn } from './train.ts'

/** What is to be other than it was; the rest is as the run's config.yaml has it. */
export interface ResumeOptions extends GivenControls, Trust, Changes {
  readonly backend?: BackendName | 'auto' | undefined
  readonly gpu?: string | undefined
}

/**
 * Goes on with a run, as `wn-rl resume` does: the numbers are those that an unbroken run would have had.
 *
 * @param runDir the run's folder
 * @throws UsageError for a folder that is no run, a run that is complete, or one that another process trains
 * @example
 * await resume('runs/mine')
 * await resume('runs/mine', { totalTimesteps: 200_000 }) // a longer run than it was to be
 */
export async function resume(runDir: string, options: ResumeOptions = {}): Promise<RunSummary> {
  const run = await askedFor(() => openRun(runDir, options))
  const summary = summaryOf(run)
  refuseComplete(run, summary)
  const recorded = run.config.run
  const backend = options.backend ?? recorded.backend ?? 'auto'
  const gpu = options.gpu ?? (backend === recorded.backend ? recorded.device : undefined)
  const request = { ...run, backend, gpu, ...controlsFrom(options) }
  return withRunLock(runDir, async () =>
    summary ? scoreFinal(run, request, summary) : trainIn(await prepareResume(run, request)),
  )
}

/** What a run came to that has learned all that it was to; undefined for one that has not. */
function summaryOf({ runDir, finalStep, settings }: RecordedRun): RunSummary | undefined {
  if (finalStep === undefined || finalStep < settings.run.totalTimesteps) return undefined
  const summary = readSummary(runDir)
  return summary?.totalTimesteps === finalStep ? summary : undefined
}

/** Ends a run that was killed or interrupted when it had learned, in its final evaluation. */
async function scoreFinal(
  { runDir }: RecordedRun,
  request: RunRequest,
  summary: RunSummary,
): Promise<RunSummary> {
  const { print } = request
  await askedFor(async () => {
    const agent = await makeAgent(request)
    const backend = await startBackend(request, agent)
    agent.dispose()
    print(
      `${runDir} has learned for ${summary.totalTimesteps} timesteps, and is evaluated; backend ${describeBackend(backend)}`,
    )
  })
  return score({ ...summary, interrupted: false }, request)
}

/** @throws UsageError if there is nothing to go on with */
function refuseComplete(
  { runDir, finalStep, settings }: RecordedRun,
  summary: RunSummary | undefined,
): void {
  const { totalTimesteps } = settings.run
  if (finalStep === undefined || finalStep < totalTimesteps) return
  if (summary && !summary.finalEvaluation) return // what is left is to evaluate it
  const [best, final] = [summary?.evaluation?.mean, summary?.finalEvaluation?.mean]
  const scores =
    best === undefined || final === undefined
      ? ''
      : ` (best model ${best.toFixed(2)}, final model ${final.toFixed(2)})`
  throw new UsageError(
    `${runDir} is complete: it has learned for ${finalStep} timesteps${scores}; to go on, give more with --total-timesteps`,
  )
}

/** The run as it was at its last checkpoint: agent, metrics and best model. */
async function prepareResume(run: RecordedRun, request: RunRequest): Promise<Training> {
  const { runDir, settings } = run
  const { print, warn } = request
  const { totalTimesteps } = settings.run
  const { agent, backend } = await askedFor(async () => {
    const made = await makeAgent(request)
    return { agent: made, backend: await startBackend(request, made) }
  })
  for (const difference of [...differences(run), ...otherBackend(run, backend)])
    warn(`${difference}: the numbers may differ`)
  const taken = await latestCheckpoint(
    runDir,
    (checkpoint, path) => takeOver(agent, checkpoint, path),
    (reason) => warn(`${reason}; trying the checkpoint before it`),
  )
  if (!taken && run.finalStep !== undefined) {
    throw new UsageError(
      `${runDir} has a final model, but no checkpoint to go on from; train anew, with --checkpoint-every`,
    )
  }
  const { globalStep } = agent
  if (totalTimesteps < globalStep) {
    throw new UsageError(
      `--total-timesteps is ${totalTimesteps}, but ${runDir} has learned for ${globalStep} already; give more`,
    )
  }
  if (totalTimesteps > globalStep) await askedFor(() => agent.checkBudget(totalTimesteps))
  if (taken?.unsaved !== undefined) warn(`${taken.unsaved}: new episodes begin`)
  for (const change of taken
    ? await changedOptions(taken.path, agent, agents[run.agent].older)
    : [])
    warn(`${change}: what follows is not what an unbroken run would have been`)
  // From here on the folder changes.
  await recordBudgets(run, globalStep, totalTimesteps, backendRecord(backend))
  await removeCheckpointsAfter(runDir, globalStep)
  for (const lack of cutMetrics(runDir, taken?.state.metrics)) warn(lack)
  await restoreBest(runDir, taken?.best ?? {})
  const where = taken ? `timestep ${globalStep} of ${totalTimesteps}` : 'the beginning'
  print(
    `${runDir} goes on from ${where} (${taken?.path ?? 'there is no checkpoint'}); backend ${describeBackend(backend)}`,
  )
  return { request, runDir, agent, backend, from: taken?.state.session, best: taken?.best }
}

/** In words, as `differences` has it. */
function otherBackend({ config }: RecordedRun, { name }: BackendChoice): string[] {
  const then = config.run.backend
  return then === undefined || then === name ? [] : [`backend was ${then}, and is ${name}`]
}

/** Gives the agent the state of a checkpoint. @throws Error naming the checkpoint if it does not fit */
function takeOver(agent: LearningAgent, checkpoint: Checkpoint, path: string) {
  const state = readRunState(checkpoint, path)
  try {
    const unsaved = takeState(agent, checkpoint)
    return { path, state, best: checkpoint.files, unsaved }
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Where the environments refuse their own state (somebody changed them, or their setState does not do), the agent goes on
 * with new episodes: any other checkpoint would be refused likewise, and all that was learned is there.
 *
 * @returns why new episodes begin; undefined where those of the checkpoint go on
 */
function takeState(agent: LearningAgent, { state }: Checkpoint): string | undefined {
  try {
    agent.setState(state)
    const reason = unsavedReason(state)
    return reason && `its environment has no state in the checkpoint (${reason})`
  } catch (error) {
    if (!(error instanceof RefusedState)) throw error
    agent.setState(withoutEnvironments(state, error.reason))
    return `its environment refuses its state in the checkpoint (${error.reason}); it was changed, or its setState does not take what getState gives`
  }
}

/** Options of the agent that someone has edited in config.yaml since the checkpoint, in words. */
async function changedOptions(
  path: string,
  agent: LearningAgent,
  older: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const before = { ...older, ...(await loadModel(directoryStore(path))).options }
  const now = serializableOptions(agent.options)
  const text = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value))
  return Object.keys({ ...before, ...now })
    .filter((name) => text(before[name]) !== text(now[name]))
    .map((name) => `${name} was ${text(before[name])} at ${path}, and is ${text(now[name])}`)
}
