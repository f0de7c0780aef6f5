/** `wn-rl resume` */
import { type Command, Option } from 'commander'
import { BACKENDS, type BackendChoice, type BackendName } from '../src/backend/index.ts'
import { cutMetrics } from '../src/logging/files.ts'
import { latestCheckpoint, removeCheckpointsAfter } from '../src/storage/checkpoint-folder.ts'
import type { Checkpoint } from '../src/storage/checkpoint.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { UsageError } from '../src/errors.ts'
import { serializableOptions, unsavedReason } from '../src/training/index.ts'
import { loadModel } from '../src/storage/index.ts'
import { startBackend } from './backends/pick.ts'
import { readRunState, restoreBest } from './checkpoints.ts'
import { askedFor, messageOf } from './errors.ts'
import { watchForInterruption } from '../cli/interruption.ts'
import { type OutputFlags, printer, printResult, progressKind } from '../cli/show/lines.ts'
import { differences, openRun, type RecordedRun, recordBudgets } from './config.ts'
import { backendRecord, describeBackend, makeAgent, type RunRequest } from './start.ts'
import { withRunLock } from './lock.ts'
import { positiveWholeNumber } from '../cli/commands/train.ts'
import { trainIn, type Training } from './train.ts'

interface ResumeFlags extends OutputFlags {
  readonly totalTimesteps?: number
  readonly backend?: BackendName | 'auto'
  readonly gpu?: string
}

export function addResume(program: Command): void {
  program
    .command('resume')
    .description('go on with a run from its last checkpoint')
    .argument('<run>', 'folder of a run')
    .option(
      '--total-timesteps <n>',
      "timesteps in all (default: the run's); more go on with a run that is complete",
      positiveWholeNumber,
    )
    .addOption(
      new Option('--backend <name>', "where tensors live (default: the run's)").choices([
        'auto',
        ...BACKENDS,
      ]),
    )
    .option('--gpu <gpu>', "part of a GPU's name, or its index (default: the run's)")
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(resume)
}

async function resume(runDir: string, flags: ResumeFlags): Promise<void> {
  const print = printer(flags)
  const { signal, status } = watchForInterruption(print)
  const run = await askedFor(() => openRun(runDir, { totalTimesteps: flags.totalTimesteps }))
  refuseComplete(run)
  const recorded = run.config.run
  const backend = flags.backend ?? recorded.backend ?? 'auto'
  const gpu = flags.gpu ?? (backend === recorded.backend ? recorded.device : undefined)
  const progress = progressKind(flags)
  const request = { ...run, backend, gpu, progress, print, signal }
  const summary = await withRunLock(runDir, async () => trainIn(await prepareResume(run, request)))
  printResult(summary, flags)
  if (signal.aborted) process.exitCode = status()
}

/** @throws UsageError if there is nothing to go on with */
function refuseComplete({ runDir, finalStep, settings }: RecordedRun): void {
  const { totalTimesteps } = settings.run
  if (finalStep === undefined || finalStep < totalTimesteps) return
  throw new UsageError(
    `${runDir} is complete: it has learned for ${finalStep} timesteps; to go on, give more with --total-timesteps`,
  )
}

/** The run as it was at its last checkpoint: agent, metrics and best model. */
async function prepareResume(run: RecordedRun, request: RunRequest): Promise<Training> {
  const { runDir, settings } = run
  const { totalTimesteps } = settings.run
  const { agent, backend } = await askedFor(async () => {
    const made = makeAgent(request)
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
  if (taken?.unsaved !== undefined)
    warn(`its environment has no state in the checkpoint (${taken.unsaved}): new episodes begin`)
  for (const change of taken ? await changedOptions(taken.path, agent) : [])
    warn(`${change}: what follows is not what an unbroken run would have been`)
  // From here on the folder changes.
  await recordBudgets(run, globalStep, totalTimesteps, backendRecord(backend))
  await removeCheckpointsAfter(runDir, globalStep)
  for (const lack of cutMetrics(runDir, taken?.state.metrics)) warn(lack)
  await restoreBest(runDir, taken?.best ?? {})
  const where = taken ? `timestep ${globalStep} of ${totalTimesteps}` : 'the beginning'
  request.print(
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
function takeOver(agent: Training['agent'], checkpoint: Checkpoint, path: string) {
  const state = readRunState(checkpoint, path)
  try {
    agent.setState(checkpoint.state)
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error })
  }
  return { path, state, best: checkpoint.files, unsaved: unsavedReason(checkpoint.state) }
}

/** Options of the agent that someone has edited in config.yaml since the checkpoint, in words. */
async function changedOptions(path: string, agent: Training['agent']): Promise<string[]> {
  const { options: before } = await loadModel(directoryStore(path))
  const now = serializableOptions(agent.options)
  const text = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value))
  return Object.keys({ ...before, ...now })
    .filter((name) => text(before[name]) !== text(now[name]))
    .map((name) => `${name} was ${text(before[name])} at ${path}, and is ${text(now[name])}`)
}

function warn(line: string): void {
  console.error(`wn-rl: ${line}`)
}
