/**
 * Model files: `model.json` (what the model is) beside `model-<hash>.safetensors` (its weights). Together they are all
 * that acting needs: observation and action space, network description, options. Nothing in them can run.
 *
 * The weights' file is named by its content, so a model is replaced by the one rename of its manifest: a crash at any
 * point leaves the old model or the new one, whole. Both files are covered by checksums, which tell damage and
 * careless edits; they are no signature.
 */
import type { JsonObject } from 'gymnasium-js'
import { spaceFromJSON, type Space, type SpaceJson } from 'gymnasium-js/spaces'
import { messageOf } from '../errors.ts'
import { sha256Hex } from './digest.ts'
import { anyObject, type Check, exactly, fields, listOf, optional, text, whole } from './fields.ts'
import type { FileStore, ReadableStore } from './file-store.ts'
import { listedFile, listFile, readListed, readManifest, sealManifest } from './manifest.ts'
import { decodeSafetensors, encodeSafetensors, type HostTensors } from './safetensors.ts'

const FORMAT = 'wn-rl model'
const VERSION = 1
const MANIFEST = 'model.json'
const WEIGHTS = /^model-[0-9a-f]{12}\.safetensors$/
/** Weights of any model, and what a crash while writing them left behind. */
const STALE_WEIGHTS = /^model-[0-9a-f]{12}\.safetensors(\.tmp)?$/
/** Numbers in one observation, beyond which a manifest is taken to be damaged: twice a 4K colour image. */
const MAX_OBSERVATION_SIZE = 50_000_000

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
  /** What wrappers of its environments had gathered, outermost first; none in most. */
  readonly statistics?: readonly JsonObject[] | undefined
}

/** Checked in full by `spaceFromJSON`. */
const spaceJson: Check<SpaceJson> = (value, at) => anyObject(value, at) as unknown as SpaceJson

const manifestFields = fields({
  format: exactly(FORMAT),
  version: exactly(VERSION),
  agent: text,
  globalStep: whole(),
  observationSpace: spaceJson,
  actionSpace: spaceJson,
  options: anyObject,
  statistics: optional(listOf(anyObject)),
  weights: listedFile(WEIGHTS),
  sha256: text,
})

/**
 * Writes a model, in place of the one that was there: the new weights, then the manifest that names them; the old
 * weights go last.
 */
export async function saveModel(store: FileStore, model: Model): Promise<void> {
  const { tensors, observationSpace, actionSpace, statistics = [], ...rest } = model
  for (const [field, space] of Object.entries({ observationSpace, actionSpace }))
    requireReadable(space.toJSON(), field, store.location)
  const weights = encodeSafetensors(tensors)
  const sha256 = sha256Hex(weights)
  const file = `model-${sha256.slice(0, 12)}.safetensors`
  const manifest = {
    format: FORMAT,
    version: VERSION,
    ...rest,
    observationSpace: observationSpace.toJSON(),
    actionSpace: actionSpace.toJSON(),
    ...(statistics.length > 0 && { statistics }),
    weights: listFile(file, weights, sha256),
  }
  await store.write(file, weights)
  await store.write(MANIFEST, sealManifest(manifest))
  for (const name of await store.list())
    if (name !== file && STALE_WEIGHTS.test(name)) await store.remove(name)
}

/** @throws Error naming the file and the reason, for a model that is missing, torn, altered or of another version */
export async function loadModel(store: ReadableStore): Promise<Model> {
  const manifestPath = `${store.location}/${MANIFEST}`
  const manifest = await readManifest(
    store,
    MANIFEST,
    manifestFields,
    `a model of version ${VERSION}`,
  )
  const { weights, agent, globalStep, options, statistics = [] } = manifest
  const bytes = await readListed(store, weights, MANIFEST)
  return {
    agent,
    globalStep,
    options,
    statistics: statistics as readonly JsonObject[],
    observationSpace: readSpace(manifest.observationSpace, 'observationSpace', manifestPath),
    actionSpace: readSpace(manifest.actionSpace, 'actionSpace', manifestPath),
    tensors: decodeSafetensors(bytes, `${store.location}/${weights.file}`),
  }
}

function readSpace(json: SpaceJson, field: string, path: string): Space {
  requireReadable(json, field, path)
  try {
    return spaceFromJSON(json)
  } catch (error) {
    throw new Error(`${path}: ${field} is not a space: ${messageOf(error)}`, { cause: error })
  }
}

/** @throws Error for a space that no reader takes */
function requireReadable(json: SpaceJson, field: string, path: string): void {
  const size = sizeOf(json)
  if (size > MAX_OBSERVATION_SIZE)
    throw new Error(`${path}: ${field} has ${size} numbers; the most is ${MAX_OBSERVATION_SIZE}`)
}

/** Numbers in one element of a space; 1 for those without a shape, which take no memory by their size. */
function sizeOf(json: object): number {
  const { shape, spaces } = json as { shape?: unknown; spaces?: Readonly<Record<string, object>> }
  if (spaces) return Object.values(spaces).reduce((sum, space) => sum + sizeOf(space), 0)
  if (!Array.isArray(shape)) return 1
  return shape.reduce<number>((product, size) => product * Number(size), 1)
}
