/** When a run writes checkpoints, and what goes into them; how they lie on the disk is in `src/storage`. */
import { join } from 'node:path'
import type { RunMetricsWriter } from '../src/logging/files.ts'
import type { Checkpoint } from '../src/storage/checkpoint.ts'
import { writeCheckpoint } from '../src/storage/checkpoint-folder.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { completedIntervals, unsavedReason } from '../src/training/index.ts'
import { loadModel, memoryStore, saveModel } from '../src/storage/index.ts'
import { packageVersion } from './folder.ts'
import type { Training } from './run.ts'
import { runStateOf, type SessionState } from './state.ts'

const VERSION = packageVersion()

export class Checkpoints {
  readonly #training: Training
  readonly #writer: RunMetricsWriter
  #best: Readonly<Record<string, Uint8Array>>
  #hasWarned = false
  #writing: Promise<unknown> | undefined

  /** @param writer of the run's metrics, whose place goes into each checkpoint */
  constructor(training: Training, writer: RunMetricsWriter) {
    this.#training = training
    this.#writer = writer
    this.#best = training.best ?? {}
  }

  readonly isDue = (before: number, globalStep: number): boolean => {
    const { checkpointEvery } = this.#training.request.settings.run
    return checkpointEvery > 0 && completedIntervals(before, globalStep, checkpointEvery) > 0
  }

  /** Copies what is to be saved; learning may go on while it is written. @throws what went wrong with the one before */
  readonly save = async (session: SessionState): Promise<void> => {
    await this.settle()
    const { agent, request, runDir } = this.#training
    const { checkpointEvery, keepCheckpoints: keep, totalTimesteps } = request.settings.run
    if (checkpointEvery === 0 && agent.globalStep >= totalTimesteps) return // only interrupts write one
    await agent.synchronize()
    const state = agent.getState({ views: true })
    this.#warnOnce(unsavedReason(state))
    const model = await this.#modelFiles()
    const checkpoint: Checkpoint = {
      agent: request.agent,
      globalStep: agent.globalStep,
      library: VERSION,
      state,
      run: runStateOf(session, this.#writer.position()),
      files: this.#best,
    }
    const beside = new Map(Object.entries(model))
    const after = this.#writer.flush()
    this.#writing = writeCheckpoint(runDir, checkpoint, { keep, beside, after })
    this.#writing.catch(() => undefined) // thrown by `settle`
  }

  /** Waits until what was saved stands. @throws FileError if it could not be written */
  readonly settle = async (): Promise<void> => {
    const writing = this.#writing
    this.#writing = undefined
    await writing
  }

  readonly saveBest = async (): Promise<void> => {
    this.#best = await this.#modelFiles()
    await this.#training.agent.save(bestPath(this.#training.runDir))
  }

  /** The model of this moment, by file name. */
  async #modelFiles(): Promise<Readonly<Record<string, Uint8Array>>> {
    const store = memoryStore()
    await this.#training.agent.save(store)
    const names = await store.list()
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await store.read(name)] as const)),
    )
  }

  /** Said once: it concerns every checkpoint alike. */
  #warnOnce(reason: string | undefined): void {
    if (reason === undefined || this.#hasWarned) return
    this.#hasWarned = true
    const { print, env } = this.#training.request
    print(
      `${env.id} has no state that can be saved (${reason}): after an interrupt this run will resume with new episodes, not bit for bit`,
    )
  }
}

/** Puts the best model in its place, unless it is there. */
export async function restoreBest(
  runDir: string,
  best: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const folder = directoryStore(bestPath(runDir))
  if (Object.keys(best).length === 0) {
    for (const name of await folder.list()) await folder.remove(name)
    return
  }
  const kept = memoryStore('the best model in the checkpoint')
  for (const [name, bytes] of Object.entries(best)) await kept.write(name, bytes)
  await saveModel(folder, await loadModel(kept))
}

/** Where a run keeps its best model. */
export function bestPath(runDir: string): string {
  return join(runDir, 'best')
}
