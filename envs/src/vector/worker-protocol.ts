/**
 * What the two sides of a WorkerVectorEnv say to each other. Numbers lie in shared memory; whose
 * turn it is, is one shared integer on which the other side sleeps; all else are messages, which
 * either side fetches when it is its turn. No event loop takes part.
 */

import type { EnvSpec, EnvState, Info, ResetOptions } from '../env.ts'
import type { Seed } from '../rng.ts'
import type { TypedArray } from '../spaces/dtype.ts'
import type { SpaceJson } from '../spaces/json.ts'
import type { AutoresetMode, VectorStep } from '../vector-env.ts'

/** Slots of the control array, Int32Array [CONTROL_SIZE] in shared memory, one per worker. */
export const CONTROL = {
  /** Whose turn it is, `TURN`. */
  turn: 0,
  /** 1: the side whose turn it is has a message to fetch. */
  message: 1,
  /** Index of the environment that is being played, of all N; -1 before the first. */
  current: 2,
  /** 1 + the exit code once the thread has ended by itself, else 0. */
  exit: 3,
} as const
export const CONTROL_SIZE = 4
export const TURN = { caller: 0, worker: 1 } as const

/** Where the environments come from; all of it can be cloned into another thread. */
export interface EnvRecipe {
  readonly id: string | undefined
  /** URL or package. */
  readonly module: string | undefined
  readonly exportName: string
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** What a worker starts with: it builds environments `from` … `to` - 1 of N. */
export interface WorkerSetup {
  readonly recipe: EnvRecipe
  readonly from: number
  readonly to: number
  readonly autoresetMode: AutoresetMode
  readonly control: Int32Array
}

/** One worker's rows of the batch, views of shared memory. */
export interface SharedRows extends Omit<VectorStep, 'infos'> {
  readonly actions: TypedArray
}

export type Request =
  | { readonly kind: 'attach'; readonly rows: SharedRows }
  | {
      readonly kind: 'reset'
      readonly seed: readonly Seed[] | undefined
      readonly options: ResetOptions | undefined
    }
  | { readonly kind: 'getState' | 'close' }
  | { readonly kind: 'setState'; readonly state: EnvState }

export interface ReadyReply {
  readonly kind: 'ready'
  readonly observationSpace: SpaceJson
  readonly actionSpace: SpaceJson
  readonly spec: EnvSpec | undefined
}

export type Reply =
  | ReadyReply
  /** Those that are not empty, by their row in the worker. */
  | { readonly kind: 'infos'; readonly infos: readonly (readonly [row: number, info: Info])[] }
  | { readonly kind: 'state'; readonly state: EnvState }
  | {
      readonly kind: 'failed'
      readonly name: string
      readonly message: string
      readonly stack: string
    }
