/**
 * Checkpoints: all that a run needs to go on exactly, as files. `checkpoint.json` says what it is, with the version,
 * sizes and checksums; `state.safetensors` holds the numbers. Beside them lies the model of that moment, as
 * `model-file.ts` has it, so that the folder of a checkpoint can be evaluated as any model.
 */
import type { JsonObject } from 'gymnasium-js'
import * as z from 'zod'
import { type CheckpointState, CHECKPOINT_STATE_VERSION } from './checkpoint-state.ts'
import type { FileStore } from './file-store.ts'
import { listedFileSchema, listFile, readListed, readManifest, sealManifest } from './manifest.ts'
import { decodeStateTensors, encodeSafetensors } from './safetensors.ts'
import type { StateTensors } from '../state.ts'

const FORMAT = 'wn-rl checkpoint'
const VERSION = 1
const MANIFEST = 'checkpoint.json'
const STATE_FILE = 'state.safetensors'
/** What the names of tensors begin with: those of the agent, and small files that are kept as bytes. */
const STATE_PREFIX = 'state/'
const FILE_PREFIX = 'files/'

export interface Checkpoint {
  /** Which agent it belongs to: `dqn`, `a2c`. */
  readonly agent: string
  /** Timesteps that it has learned for. */
  readonly globalStep: number
  /** Version of wn-rl that wrote it. */
  readonly library: string
  readonly state: CheckpointState
  /** What the run around the agent needs, such as its best score. */
  readonly run: JsonObject
  /** Small files that the run needs, such as its best model; by name. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

const jsonSchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  stateVersion: z.literal(CHECKPOINT_STATE_VERSION, {
    error: ({ input }) =>
      `states of version ${String(input)} cannot be read by this wn-rl, whose version is ${CHECKPOINT_STATE_VERSION}; ` +
      'resume with the wn-rl that wrote it, or load a model of its run, which this one can read',
  }),
  library: z.string(),
  agent: z.string(),
  globalStep: z.int().min(0),
  tensors: listedFileSchema(/^state\.safetensors$/),
  run: jsonSchema,
  state: jsonSchema,
  sha256: z.string(),
})

/** The files of a checkpoint, by name. */
export function encodeCheckpoint(checkpoint: Checkpoint): Map<string, Uint8Array> {
  const { state, files, library, agent, globalStep, run } = checkpoint
  const tensors = encodeSafetensors({
    ...prefixed(STATE_PREFIX, state.tensors),
    ...prefixed(FILE_PREFIX, bytesAsTensors(files)),
  })
  const manifest = {
    format: FORMAT,
    version: VERSION,
    stateVersion: CHECKPOINT_STATE_VERSION,
    library,
    agent,
    globalStep,
    tensors: listFile(STATE_FILE, tensors),
    run,
    state: state.json,
  }
  return new Map([
    [STATE_FILE, tensors],
    [MANIFEST, sealManifest(manifest)],
  ])
}

/** @throws Error naming the file and the reason, for one that is missing, torn, altered or of another version */
export async function readCheckpoint(store: FileStore): Promise<Checkpoint> {
  const what = `a checkpoint of version ${VERSION}`
  const manifest = await readManifest(store, MANIFEST, manifestSchema, what)
  const bytes = await readListed(store, manifest.tensors, MANIFEST)
  const tensors = decodeStateTensors(bytes, `${store.location}/${STATE_FILE}`)
  const { agent, globalStep, library, run, state } = manifest
  return {
    agent,
    globalStep,
    library,
    run,
    state: { json: state, tensors: unprefixed(STATE_PREFIX, tensors) },
    files: Object.fromEntries(
      Object.entries(unprefixed(FILE_PREFIX, tensors)).map(([name, { data }]) => [
        name,
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      ]),
    ),
  }
}

function bytesAsTensors(files: Readonly<Record<string, Uint8Array>>): StateTensors {
  const entries = Object.entries(files).map(
    ([name, data]) => [name, { dtype: 'uint8', shape: [data.length], data }] as const,
  )
  return Object.fromEntries(entries)
}

function prefixed(prefix: string, tensors: StateTensors): StateTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]),
  )
}

function unprefixed(prefix: string, tensors: StateTensors): StateTensors {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )
}
