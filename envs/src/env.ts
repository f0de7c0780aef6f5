/**
 * What an environment is: Gymnasium's `Env` with its reset/step semantics, plus a complete,
 * serialisable state. `terminated` says that the task itself ended, `truncated` that it was cut
 * off from outside (a time limit); only the first stops bootstrapping.
 */

import { readObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Seed } from './rng.ts'
import type { Space } from './spaces/composite.ts'

export type RenderMode = 'rgb_array' | 'ansi'

/** A picture: `data` is [height, width, 3], RGB, one byte per channel. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Diagnostics beside the observation; never needed for learning. */
export type Info = Record<string, unknown>

/** Complete and JSON-serialisable: what setState needs to go on exactly from here. */
export type EnvState = JsonObject

/** What `reset`'s `options` may hold is the environment's own affair. */
export type ResetOptions = Readonly<Record<string, unknown>>

export interface ResetArgs {
  /** Restarts the random stream; without it the stream goes on. */
  seed?: Seed | undefined
  options?: ResetOptions | undefined
}

export interface ResetResult<Obs = unknown> {
  obs: Obs
  info: Info
}

export interface StepResult<Obs = unknown> {
  obs: Obs
  reward: number
  /** The task ended: the value of what follows is 0. */
  terminated: boolean
  /** Cut off from outside: bootstrap from `obs`. */
  truncated: boolean
  info: Info
}

/** What is known of a registered environment, as plain data, or, as `env.spec`, of the one that `make` built. */
export interface EnvSpec {
  /** `[namespace/]Name[-vN]`. */
  readonly id: string
  readonly namespace: string | undefined
  readonly name: string
  readonly version: number | undefined
  /** Timesteps after which TimeLimit truncates; undefined: no limit. */
  readonly maxEpisodeSteps?: number | undefined
  /** Mean return that counts as solved. */
  readonly rewardThreshold?: number | undefined
  /** Pictures per second at which a video plays at its natural speed. */
  readonly renderFps?: number | undefined
  /** What its entry point is given, beside the render mode. */
  readonly kwargs: Readonly<Record<string, unknown>>
}

/**
 * An environment. Call `reset` first, then `step` until `terminated || truncated`, then `reset`.
 *
 * There is no entropy source: an environment that was never seeded behaves as seeded with 0.
 */
export interface Env<Obs = unknown, Act = unknown> {
  readonly observationSpace: Space<Obs>
  readonly actionSpace: Space<Act>
  /** How `make` built it. */
  readonly spec?: EnvSpec | undefined
  readonly renderMode?: RenderMode | undefined
  /** The environment inside all wrappers. */
  readonly unwrapped: Env
  /** Starts an episode. */
  reset(args?: ResetArgs): ResetResult<Obs>
  /** One timestep. @throws RangeError or TypeError on an action that is not in the action space. */
  step(action: Act): StepResult<Obs>
  getState(): EnvState
  /** @throws TypeError on a state that does not belong to this environment and its wrappers. */
  setState(state: EnvState): void
  /** A frame for 'rgb_array', text for 'ansi', undefined without a render mode. */
  render(): Frame | string | undefined
  close(): void
}

/**
 * What every wrapper is made of, also one whose observations or actions are of another type than
 * those inside: it forwards what no wrapper changes. A wrapper with counters of its own adds them to
 * `getState` and takes them back in `setState`.
 */
export abstract class BaseWrapper<Obs, Act, InnerObs, InnerAct> implements Env<Obs, Act> {
  readonly env: Env<InnerObs, InnerAct>

  constructor(env: Env<InnerObs, InnerAct>) {
    this.env = env
  }

  abstract readonly observationSpace: Space<Obs>
  abstract readonly actionSpace: Space<Act>
  abstract reset(args?: ResetArgs): ResetResult<Obs>
  abstract step(action: Act): StepResult<Obs>

  get spec(): EnvSpec | undefined {
    return this.env.spec
  }

  get renderMode(): RenderMode | undefined {
    return this.env.renderMode
  }

  get unwrapped(): Env {
    return this.env.unwrapped
  }

  /** `{ env }`: the inner state, beside which a wrapper puts its own. */
  getState(): EnvState {
    return { env: this.env.getState() }
  }

  setState(state: EnvState): void {
    this.env.setState(readObject(state, 'env'))
  }

  render(): Frame | string | undefined {
    return this.env.render()
  }

  close(): void {
    this.env.close()
  }
}

/** An environment around another of the same types that forwards everything; override what changes. */
export class Wrapper<Obs = unknown, Act = unknown> extends BaseWrapper<Obs, Act, Obs, Act> {
  get observationSpace(): Space<Obs> {
    return this.env.observationSpace
  }

  get actionSpace(): Space<Act> {
    return this.env.actionSpace
  }

  reset(args?: ResetArgs): ResetResult<Obs> {
    return this.env.reset(args)
  }

  step(action: Act): StepResult<Obs> {
    return this.env.step(action)
  }
}
