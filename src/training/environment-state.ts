/**
 * Environments in the state of an agent: what they are in the middle of, what they show, and the seeds that they were
 * started with.
 *
 * An environment of a user's own may have no state to give (its `getState` throws, or returns what JSON cannot hold).
 * The agent's state then says so (`unsaved`), and whoever takes it over resumes at an episode boundary: the
 * environments are reset, seeded by the timestep, and the episodes that were going on are never heard of again.
 */
import type { DType, Info, Json, JsonObject, Space } from 'gymnasium-js'
import type { ObsArray, VectorEnv, VectorReset } from 'gymnasium-js/vector'
import * as z from 'zod'
import { type Awaitable, whenThere } from '../backend/reading.ts'
import { messageOf } from '../errors.ts'
import type { Rng, Seed } from '../rng.ts'
import {
  type CheckpointState,
  partSchema,
  readJson,
  readTensors,
  type StatePart,
  tensorOf,
  wrongField,
} from '../state.ts'
import { seedSchema } from './agent-options.ts'
import { fromJson, toJson } from '../storage/json-state.ts'
import { MAX_MANIFEST_BYTES } from '../storage/manifest.ts'

/** Environments in the middle of learning. */
export interface Playing {
  /** [N, ...] what they show now. */
  readonly obs: ObsArray
  /** [N] what each was last seeded with. */
  readonly seeds: readonly Seed[]
  /** [N] of a reset that it begins with; undefined where episodes go on. */
  readonly infos?: readonly Info[] | undefined
}

/** One of `saved` and `unsaved` is there. */
const stateSchema = (numEnvs: number) =>
  z.strictObject({
    seeds: z.array(seedSchema).length(numEnvs),
    saved: partSchema.optional(),
    unsaved: z.string().optional(),
  })

/**
 * Why a state cannot be resumed in mid-episode, in the environment's own words; undefined where it can. To be told
 * once by whoever writes checkpoints.
 */
export function unsavedReason(state: CheckpointState): string | undefined {
  const learning = state.json['learning'] as JsonObject | null | undefined
  const run = learning?.['run'] as JsonObject | undefined
  const environments = run?.['environments'] as JsonObject | undefined
  const reason = environments?.['unsaved']
  return typeof reason === 'string' ? reason : undefined
}

/** The seed of each environment at its first reset: one each, from the stream `env/<i>`. */
export function firstSeeds(envs: VectorEnv, rng: Rng): Seed[] {
  return Array.from({ length: envs.numEnvs }, (_, i) => rng.stream(`env/${i}`).seed)
}

export function environmentState(envs: VectorEnv, playing: Playing): CheckpointState {
  const { obs, seeds } = playing
  const shape = [envs.numEnvs, obs.length / envs.numEnvs]
  return {
    json: { seeds, ...savedState(envs) },
    tensors: { obs: tensorOf(obs.slice(), shape) },
  }
}

/** Of environments' states as JSON: three quarters of what a checkpoint's manifest may have. */
const MAX_STATE_BYTES = 0.75 * MAX_MANIFEST_BYTES

function savedState(envs: VectorEnv): JsonObject {
  try {
    const saved: unknown = envs.getState()
    const isObject = partSchema.safeParse(saved).success
    if (!isObject) throw new TypeError(`getState() returned ${String(saved)}, not an object`)
    const json = toJson(saved, 'state')
    requireSmall(json)
    return { saved: json }
  } catch (error) {
    return { unsaved: messageOf(error) }
  }
}

/** @throws RangeError for what a checkpoint could hold, but nobody read from it */
function requireSmall(json: Json): void {
  const bytes = bytesOf(json)
  if (bytes <= MAX_STATE_BYTES) return
  const megabytes = (count: number) => (count / 1e6).toFixed(1)
  const found = bytes === Infinity ? 'more than 500' : megabytes(bytes)
  throw new RangeError(
    `getState() gives ${found} MB of JSON, and a checkpoint holds ${megabytes(MAX_STATE_BYTES)} MB at most`,
  )
}

/** Infinity for what is longer than any text can be. */
function bytesOf(json: Json): number {
  let text: string
  try {
    text = JSON.stringify(json)
  } catch {
    return Infinity
  }
  // Most states are small, whatever their letters are.
  return 3 * text.length <= MAX_STATE_BYTES ? text.length : new TextEncoder().encode(text).length
}

/** A state of environments that these do not take: of others, or of a `setState` that does not take its own. */
export class RefusedState extends TypeError {
  override readonly name = 'RefusedState'
  /** In the environments' own words. */
  readonly reason: string

  constructor(where: string, cause: unknown) {
    const reason = messageOf(cause)
    super(`${where}: the environments refuse it: ${reason}`, { cause })
    this.reason = reason
  }
}

/** The state of an agent without that of its environments: whoever takes it over begins new episodes. */
export function withoutEnvironments(state: CheckpointState, reason: string): CheckpointState {
  const inside = (json: JsonObject, name: string) => json[name] as JsonObject
  const learning = inside(state.json, 'learning')
  const run = inside(learning, 'run')
  const { saved: _, ...environments } = inside(run, 'environments')
  const without = { ...run, environments: { ...environments, unsaved: reason } }
  return { ...state, json: { ...state.json, learning: { ...learning, run: without } } }
}

/** How environments go on. */
export interface Resumed {
  /** A promise where environments that have to be reset answer later. */
  readonly playing: Awaitable<Playing>
  /** [N, ...] what they showed when the state was made, where they had to be reset instead; undefined otherwise. */
  readonly abandoned: ObsArray | undefined
}

/**
 * Checks the state of environments.
 *
 * @param obsSize numbers in one observation
 * @returns what puts the environments into that state, or leaves them as they are and throws a TypeError
 * @throws TypeError naming the field
 */
export function readEnvironmentState(
  state: StatePart,
  { envs, obsSize, rng }: { envs: VectorEnv; obsSize: number; rng: Rng },
  globalStep: number,
): () => Resumed {
  const { numEnvs, singleObservationSpace } = envs
  const { seeds, saved, unsaved } = readJson(stateSchema(numEnvs), state)
  const dtype = dtypeOfSpace(singleObservationSpace)
  const { obs } = readTensors(state, { obs: { dtype, shape: [numEnvs, obsSize] } })
  if (saved !== undefined) {
    return () => {
      replaceState(envs, fromJson(saved) as JsonObject, state)
      return { playing: { obs: obs.slice(), seeds }, abandoned: undefined }
    }
  }
  if (unsaved === undefined) throw wrongField(state, ['saved'], 'expected an object', undefined)
  return () => {
    const anew = firstSeeds(envs, rng).map((seed) => `${seed}/resumed/${globalStep}`)
    const reset: Awaitable<VectorReset> = envs.reset({ seed: anew })
    const playing = whenThere(reset, (there) => ({
      obs: there.obs.slice(),
      seeds: anew,
      infos: there.infos,
    }))
    return { playing, abandoned: obs }
  }
}

/** Environments check their states as they take them: one that refuses leaves all of them as they were. */
function replaceState(envs: VectorEnv, state: JsonObject, { path = [] }: StatePart): void {
  let before: JsonObject | undefined
  try {
    before = envs.getState()
  } catch {
    // Nothing to go back to: they have not been started.
  }
  try {
    envs.setState(state)
  } catch (error) {
    try {
      if (before) envs.setState(before)
    } catch {
      // They take no state at all; the first error is the one to tell.
    }
    throw new RefusedState(['state', ...path, 'saved'].join('.'), error)
  }
}

/** The dtype in which a vector environment batches observations. */
function dtypeOfSpace(space: Space): DType {
  if (space.kind === 'box') return space.dtype
  return space.kind === 'multi-binary' ? 'uint8' : 'int32'
}
