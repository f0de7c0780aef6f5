/**
 * Model files: `model.json` (what the model is) beside `model-<hash>.safetensors` (its weights). Together they are all
 * that acting needs: observation and action space, network description, options. Nothing in them can run.
 *
 * The weights' file is named by its content, so a model is replaced by the one rename of its manifest: a crash at any
 * point leaves the old model or the new one, whole. Both files are covered by checksums, which tell damage and
 * careless edits; they are no signature.
 */
import { spaceFromJSON, type Space, type SpaceJson } from 'gymnasium-js'
import { z } from 'zod'
import { sha256Hex } from './digest.ts'
import { decodeSafetensors, encodeSafetensors, type HostTensors } from './safetensors.ts'

const FORMAT = 'wn-rl model'
const VERSION = 1
const MANIFEST = 'model.json'
const WEIGHTS = /^model-[0-9a-f]{12}\.safetensors$/
/** Weights of any model, and what a crash while writing them left behind. */
const STALE_WEIGHTS = /^model-[0-9a-f]{12}\.safetensors(\.tmp)?$/
/** Numbers in one observation, beyond which a manifest is taken to be damaged: 4 times a 4K colour image. */
const MAX_OBSERVATION_SIZE = 100_000_000

/** A place for named files: a folder on disk, a browser's storage, a map in a test. */
export interface FileStore {
  /** Names the place in errors. */
  readonly location: string
  /** Replaces a file as a whole: after a crash either the old or the new one is there. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** @throws Error if there is no such file */
  read(name: string): Promise<Uint8Array>
  /** Names of the files that are there; none for a place that does not exist yet. */
  list(): Promise<readonly string[]>
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>
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
  weights: z.strictObject({
    file: z.string().regex(WEIGHTS),
    bytes: z.int().min(0),
    sha256: z.string(),
  }),
  sha256: z.string(),
})

/**
 * Writes a model, in place of the one that was there: the new weights, then the manifest that names them; the old
 * weights go last.
 */
export async function saveModel(store: FileStore, model: Model): Promise<void> {
  const { tensors, observationSpace, actionSpace, ...rest } = model
  const weights = encodeSafetensors(tensors)
  const sha256 = sha256Hex(weights)
  const file = `model-${sha256.slice(0, 12)}.safetensors`
  const content = {
    format: FORMAT,
    version: VERSION,
    ...rest,
    observationSpace: observationSpace.toJSON(),
    actionSpace: actionSpace.toJSON(),
    weights: { file, bytes: weights.length, sha256 },
  }
  const manifest = { ...content, sha256: manifestChecksum(content) }
  await store.write(file, weights)
  await store.write(
    MANIFEST,
    new TextEncoder().encode(JSON.stringify(manifest, undefined, 2) + '\n'),
  )
  for (const name of await store.list())
    if (name !== file && STALE_WEIGHTS.test(name)) await store.remove(name)
}

/** SHA-256 of a manifest without its own `sha256`, as JSON without white space, keys in the file's order. */
export function manifestChecksum(manifest: object): string {
  const { sha256: _, ...content } = manifest as { sha256?: unknown }
  return sha256Hex(new TextEncoder().encode(JSON.stringify(content)))
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
  if (result.success) {
    // Of the file's own keys and values: the schema's output leaves a key __proto__ out.
    if (manifestChecksum(json as object) === result.data.sha256) return result.data
    throw new Error(`${path} does not match its own checksum: it is torn or was altered`)
  }
  const issue = result.error.issues[0]!
  throw new Error(
    `${path} is not a model of version ${VERSION}: ${issue.path.join('.')}: ${issue.message}`,
  )
}

function readSpace(json: SpaceJson, field: string, path: string): Space {
  const size = sizeOf(json)
  if (size > MAX_OBSERVATION_SIZE)
    throw new Error(`${path}: ${field} has ${size} numbers; the most is ${MAX_OBSERVATION_SIZE}`)
  try {
    return spaceFromJSON(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path}: ${field} is not a space: ${reason}`, { cause: error })
  }
}

/** Numbers in one element of a space with a shape; 1 for others, which take no memory by their size. */
function sizeOf(json: SpaceJson): number {
  const { shape } = json as { shape?: unknown }
  if (!Array.isArray(shape)) return 1
  return shape.reduce<number>((product, size) => product * Number(size), 1)
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
    list: () => Promise.resolve([...files.keys()]),
    remove: (name) => {
      files.delete(name)
      return Promise.resolve()
    },
  }
}
