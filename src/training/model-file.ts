/**
 * Model files: `model.json` (what the model is) beside `model.safetensors` (its weights). Together they are all that
 * acting needs: observation and action space, network description, options. Nothing in them can run.
 */
import { spaceFromJSON, type Space, type SpaceJson } from 'gymnasium-js'
import { z } from 'zod'
import { sha256Hex } from './digest.ts'
import { decodeSafetensors, encodeSafetensors, type HostTensors } from './safetensors.ts'

const FORMAT = 'wn-rl model'
const VERSION = 1
const MANIFEST = 'model.json'
const WEIGHTS = 'model.safetensors'

/** A place for named files: a folder on disk, a browser's storage, a map in a test. */
export interface FileStore {
  /** Names the place in errors. */
  readonly location: string
  /** Replaces a file as a whole: after a crash either the old or the new one is there. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** @throws Error if there is no such file */
  read(name: string): Promise<Uint8Array>
}

export interface Model {
  /** Which agent it belongs to: `dqn`, `a2c`. */
  readonly agent: string
  /** Timesteps that it was trained for. */
  readonly globalStep: number
  readonly observationSpace: Space
  readonly actionSpace: Space
  /** The agent's options, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>
  readonly tensors: HostTensors
}

/** Checked in full by `spaceFromJSON`. */
const spaceSchema = z.custom<SpaceJson>((value) => typeof value === 'object' && value !== null)

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  agent: z.string(),
  globalStep: z.int().min(0),
  observationSpace: spaceSchema,
  actionSpace: spaceSchema,
  options: z.record(z.string(), z.unknown()),
  weights: z.strictObject({ file: z.literal(WEIGHTS), bytes: z.int().min(0), sha256: z.string() }),
})

/** Writes a model; the manifest, which names the weights' checksum, comes last. */
export async function saveModel(store: FileStore, model: Model): Promise<void> {
  const { tensors, observationSpace, actionSpace, ...rest } = model
  const weights = encodeSafetensors(tensors)
  const manifest = {
    format: FORMAT,
    version: VERSION,
    ...rest,
    observationSpace: observationSpace.toJSON(),
    actionSpace: actionSpace.toJSON(),
    weights: { file: WEIGHTS, bytes: weights.length, sha256: sha256Hex(weights) },
  }
  await store.write(WEIGHTS, weights)
  await store.write(
    MANIFEST,
    new TextEncoder().encode(JSON.stringify(manifest, undefined, 2) + '\n'),
  )
}

/** @throws Error naming the file and the reason, for a model that is missing, torn, altered or of another version */
export async function loadModel(store: FileStore): Promise<Model> {
  const manifestPath = `${store.location}/${MANIFEST}`
  const text = new TextDecoder().decode(await store.read(MANIFEST))
  const manifest = parseManifest(text, manifestPath)
  const { weights, agent, globalStep, options } = manifest
  const bytes = await store.read(weights.file)
  const weightsPath = `${store.location}/${weights.file}`
  if (bytes.length !== weights.bytes || sha256Hex(bytes) !== weights.sha256) {
    throw new Error(
      `${weightsPath} does not match the checksum in ${MANIFEST}: it is torn or was altered`,
    )
  }
  return {
    agent,
    globalStep,
    options,
    observationSpace: readSpace(manifest.observationSpace, 'observationSpace', manifestPath),
    actionSpace: readSpace(manifest.actionSpace, 'actionSpace', manifestPath),
    tensors: decodeSafetensors(bytes, weightsPath),
  }
}

function parseManifest(text: string, path: string): z.output<typeof manifestSchema> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error(`${path} is not JSON: it is torn or was altered`)
  }
  const result = manifestSchema.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new Error(
    `${path} is not a model of version ${VERSION}: ${issue.path.join('.')}: ${issue.message}`,
  )
}

function readSpace(json: SpaceJson, field: string, path: string): Space {
  try {
    return spaceFromJSON(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path}: ${field} is not a space: ${reason}`, { cause: error })
  }
}

/** Files in memory: for browsers, tests and copies of a model. */
export function memoryStore(location = 'memory'): FileStore {
  const files = new Map<string, Uint8Array>()
  return {
    location,
    write: (name, bytes) => {
      files.set(name, bytes.slice())
      return Promise.resolve()
    },
    read: (name) => {
      const bytes = files.get(name)
      return bytes
        ? Promise.resolve(bytes)
        : Promise.reject(new Error(`${location}/${name} does not exist`))
    },
  }
}
