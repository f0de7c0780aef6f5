/**
 * The checkpoints of a run: folders `checkpoints/step-N/`, each whole or not there. A new one is written before the
 * oldest is removed, and one that does not read is passed over for the one before it.
 */
import { codeOf, messageOf } from '../errors.ts'
import { type Checkpoint, encodeCheckpoint, readCheckpoint } from './checkpoint.ts'
import { directoryStore, disk } from './directory.ts'
import {
  explained,
  type FileSystem,
  removeFolder,
  removeOwn,
  replaceFolder,
} from './file-system.ts'
import { checkpointStepIn, isLeftover } from './own-names.ts'

const FOLDER = 'checkpoints'

export interface CheckpointOptions {
  /** Checkpoints that stay, this one included; at least 1. */
  readonly keep: number
  /** Files that lie beside it, such as its model. */
  readonly beside?: ReadonlyMap<string, Uint8Array>
  /** What it refers to and must be on the disk before it: waited for; if that fails, nothing is written. */
  readonly after?: Promise<unknown>
  readonly files?: FileSystem
}

/** `checkpoints/step-N` in a run's folder. */
export function checkpointPath(runDir: string, globalStep: number): string {
  return `${runDir}/${FOLDER}/step-${globalStep}`
}

/** Timesteps of the checkpoints that are there, the latest first. */
export async function listCheckpoints(
  runDir: string,
  files: FileSystem = disk,
): Promise<readonly number[]> {
  const names = await explained(files).list(`${runDir}/${FOLDER}`)
  const steps = names.flatMap((name) => checkpointStepIn(name) ?? [])
  return steps.sort((a, b) => b - a)
}

/**
 * Writes a checkpoint and removes those that are too many. All of it is copied before this returns its promise.
 *
 * @returns its folder
 * @throws FileError naming the path and the cause; the checkpoints before it are then there still
 */
export async function writeCheckpoint(
  runDir: string,
  checkpoint: Checkpoint,
  { keep, beside, after, files = disk }: CheckpointOptions,
): Promise<string> {
  const path = checkpointPath(runDir, checkpoint.globalStep)
  const contents = new Map([...(beside ?? []), ...encodeCheckpoint(checkpoint)])
  await after
  await removeLeftovers(runDir, files)
  await replaceFolder(files, path, contents)
  const steps = await listCheckpoints(runDir, files)
  for (const step of steps.filter((each) => each <= checkpoint.globalStep).slice(keep))
    await removeFolder(files, checkpointPath(runDir, step))
  return path
}

/** Not the checkpoint's fault: a later attempt may read it. */
const PASSING = ['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM']

/**
 * The latest checkpoint that reads.
 *
 * @param accept is given each, until one does not throw; what it returns comes back
 * @param onRefused told of each that does not read or is not accepted, with the reason
 * @returns undefined where there is none at all
 * @throws Error if there are some, but none does
 */
export async function latestCheckpoint<T>(
  runDir: string,
  accept: (checkpoint: Checkpoint, path: string) => T,
  onRefused: (reason: string) => void,
  files: FileSystem = disk,
): Promise<T | undefined> {
  const steps = await listCheckpoints(runDir, files)
  for (const step of steps) {
    const path = checkpointPath(runDir, step)
    try {
      return accept(await readCheckpointAt(path, step, files), path)
    } catch (error) {
      if (PASSING.includes(codeOf(error) ?? '')) throw error
      onRefused(messageOf(error))
    }
  }
  if (steps.length === 0) return undefined
  throw new Error(
    `none of the checkpoints of ${runDir} reads; to begin again, remove ${runDir}/${FOLDER}`,
  )
}

/** Removes checkpoints after a timestep: those of a future that a run does not take. */
export async function removeCheckpointsAfter(
  runDir: string,
  globalStep: number,
  files: FileSystem = disk,
): Promise<void> {
  await removeLeftovers(runDir, files)
  const later = (await listCheckpoints(runDir, files)).filter((step) => step > globalStep)
  for (const step of later) await removeFolder(files, checkpointPath(runDir, step))
}

/** @throws Error naming the folder if its name and its content do not agree */
async function readCheckpointAt(
  path: string,
  step: number,
  files: FileSystem,
): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(directoryStore(path, files))
  if (checkpoint.globalStep === step) return checkpoint
  throw new Error(`${path} holds timestep ${checkpoint.globalStep}: it was renamed or altered`)
}

/** What a process that was killed left half-written or half-removed. */
async function removeLeftovers(runDir: string, disk: FileSystem): Promise<void> {
  const files = explained(disk)
  const names = await files.list(`${runDir}/${FOLDER}`)
  const paths = names.filter(isLeftover).map((name) => `${runDir}/${FOLDER}/${name}`)
  for (const path of paths) await removeOwn(files, path)
}
