/**
 * What an environment is: Gymnasium's `Env` with its reset/step semantics. Four members are asked for;
 * the rest have defaults, which every wrapper and everything that plays environments supplies alike
 * (`EnvDefaults`). `terminated` says that the task itself ended, `truncated` that it was cut off from
 * outside (a time limit); only the first stops bootstrapping.
 */

import { isObject, isPromise } from './contract.ts'
import { type Frame, opaque, type Picture } from './frame.ts'
import { readObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Seed } from './rng.ts'
import type { Space } from './spaces/composite.ts'
import { fromPlain } from './spaces/plain.ts'

export type RenderMode = 'rgb_array' | 'ansi'

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

/** Numbers, or lists of them, or lists of lists. */
export type Numbers = number | readonly Numbers[]

/**
 * An observation as an environment may give it: a plain array (of arrays) or a number where the space says what it
 * becomes: [0.1, 0.2] for a Box of two, 0.1 for a Box of one.
 */
export type PlainObs<Obs> =
  | Obs
  | (Obs extends ArrayBufferView
      ? Numbers
      : Obs extends object
        ? { readonly [Part in keyof Obs]: PlainObs<Obs[Part]> }
        : never)

/** What the `reset` of an environment may return. */
export interface EnvReset<Obs = unknown> {
  obs: PlainObs<Obs>
  /** {} unless given. */
  info?: Info | undefined
}

/** What the `step` of an environment may return; the observation as in `EnvReset`. */
export interface EnvStep<Obs = unknown> {
  obs: PlainObs<Obs>
  reward: number
  /** The task ended: the value of what follows is 0. */
  terminated: boolean
  /** Cut off from outside: bootstrap from `obs`. */
  truncated: boolean
  /** {} unless given. */
  info?: Info | undefined
}

/** What `reset` returns: of a `CompleteEnv`, and of every environment of this library. */
export interface ResetResult<Obs = unknown> extends EnvReset<Obs> {
  obs: Obs
  info: Info
}

/** What `step` returns, likewise. */
export interface StepResult<Obs = unknown> extends EnvStep<Obs> {
  obs: Obs
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
export interface Env<Obs = unknown, Act = unknown> extends EnvExtras {
  readonly observationSpace: Space<Obs>
  readonly actionSpace: Space<Act>
  /** Starts an episode. */
  reset(args?: ResetArgs): EnvReset<Obs>
  /** One timestep. @throws RangeError or TypeError on an action that is not in the action space. */
  step(action: Act): EnvStep<Obs>
}

/** An environment that answers later: a game in a page, a simulator behind a socket. */
export interface AsyncEnv<Obs = unknown, Act = unknown> extends EnvExtras {
  readonly observationSpace: Space<Obs>
  readonly actionSpace: Space<Act>
  /** As of `Env`, or a promise of it. */
  reset(args?: ResetArgs): EnvReset<Obs> | Promise<EnvReset<Obs>>
  /** As of `Env`, or a promise of it. It is not called again before the promise is settled. */
  step(action: Act): EnvStep<Obs> | Promise<EnvStep<Obs>>
}

/** What an environment may have besides. */
export interface EnvExtras {
  /** How `make` built it. */
  readonly spec?: EnvSpec | undefined
  readonly renderMode?: RenderMode | undefined
  /** The environment inside all wrappers; itself unless given. */
  readonly unwrapped?: EnvExtras | undefined
  /** Without it and `setState` a run that is resumed begins a new episode. */
  getState?(): EnvState
  /** @throws TypeError on a state that does not belong to this environment and its wrappers. */
  setState?(state: EnvState): void
  /** A picture for 'rgb_array', text for 'ansi', undefined without a render mode; undefined unless given. */
  render?(): Picture | string | undefined
  /** Frees what the environment holds; nothing unless given. */
  close?(): void
}

/** An environment with all members, such as `make` and wrappers give. */
export interface CompleteEnv<Obs = unknown, Act = unknown> extends Env<Obs, Act> {
  readonly unwrapped: Env
  reset(args?: ResetArgs): ResetResult<Obs>
  step(action: Act): StepResult<Obs>
  /** @throws Error where the environment inside all wrappers has no state */
  getState(): EnvState
  /** @throws Error where the environment inside all wrappers takes no state */
  setState(state: EnvState): void
  render(): Frame | string | undefined
  close(): void
}

/** The environment inside all wrappers. */
export function unwrappedOf(env: EnvExtras): EnvExtras {
  return env.unwrapped ?? env
}

/** Names an environment in messages: its id, or its class. */
export function nameOf(env: EnvExtras): string {
  return env.spec?.id ?? unwrappedOf(env).constructor.name
}

/** Whether an environment, within all wrappers, has a state to save and to take back. */
export function hasState(env: EnvExtras): boolean {
  if (env instanceof BaseWrapper) return hasState(env.env as EnvExtras)
  return env.getState !== undefined && env.setState !== undefined
}

function stateOf(env: EnvExtras): EnvState {
  if (!env.getState) refuseState(env)
  return env.getState()
}

function setStateOf(env: EnvExtras, state: EnvState): void {
  if (!env.setState) refuseState(env)
  env.setState(state)
}

function refuseState(env: EnvExtras): never {
  throw new Error(`${nameOf(env)} has no getState() and setState()`)
}

/**
 * What every wrapper is made of, also one whose observations or actions are of another type than
 * those inside: it forwards what no wrapper changes, with the defaults for what the environment inside lacks. A
 * wrapper says what becomes of results in `afterReset` and `afterStep`, which works as well around an environment that
 * answers later. One with counters of its own adds them to `getState` and takes them back in `setState`.
 */
export abstract class BaseWrapper<Obs, Act, InnerObs, InnerAct> implements CompleteEnv<Obs, Act> {
  readonly env: Env<InnerObs, InnerAct>
  /** Whether what the environment inside returns may lack something. */
  readonly #isInnermost: boolean

  /** @param env one that answers at once or later; what it returns is typed as if it were there: see `whenThere` */
  constructor(env: AsyncEnv<InnerObs, InnerAct>) {
    this.env = env as Env<InnerObs, InnerAct>
    this.#isInnermost = !(env instanceof BaseWrapper)
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
    return unwrappedOf(this.env) as Env
  }

  /** `{ env }`: the inner state, beside which a wrapper puts its own. */
  getState(): EnvState {
    return { env: stateOf(this.env) }
  }

  setState(state: EnvState): void {
    setStateOf(this.env, readObject(state, 'env'))
  }

  /** In RGB, whatever the environment inside draws in. */
  render(): Frame | string | undefined {
    return opaque(this.env.render?.())
  }

  close(): void {
    this.env.close?.()
  }

  /** What becomes of what the environment inside returned from `reset`; called once for every reset. */
  protected afterReset(result: ResetResult<InnerObs>): ResetResult<Obs> {
    return result as ResetResult as ResetResult<Obs> // of the same type unless overridden
  }

  /** What becomes of what the environment inside returned from `step`; called once for every step. */
  protected afterStep(result: StepResult<InnerObs>): StepResult<Obs> {
    return result as StepResult as StepResult<Obs> // of the same type unless overridden
  }

  /** Resets the environment inside; what comes of it goes through `afterReset`. */
  protected resetInner(args?: ResetArgs): ResetResult<Obs> {
    const result = this.env.reset(args)
    return isPromise(result)
      ? whenThere(result, (there) => this.afterReset(this.#completed(there)))
      : this.afterReset(this.#completed(result)) // no closure: this is called at every timestep
  }

  /** Steps the environment inside; what comes of it goes through `afterStep`. */
  protected stepInner(action: InnerAct): StepResult<Obs> {
    const result = this.env.step(action)
    return isPromise(result)
      ? whenThere(result, (there) => this.afterStep(this.#completed(there)))
      : this.afterStep(this.#completed(result))
  }

  #completed<R extends EnvReset>(result: R): R & { obs: InnerObs; info: Info } {
    const whole = this.#isInnermost ? completed(this.env, result) : result
    return whole as R & { obs: InnerObs; info: Info }
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
    return this.resetInner(args)
  }

  step(action: Act): StepResult<Obs> {
    return this.stepInner(action)
  }
}

/**
 * An environment with all members: itself where it has them, otherwise with defaults for the rest and for what its
 * results leave out.
 */
export function complete<Obs, Act>(env: AsyncEnv<Obs, Act>): CompleteEnv<Obs, Act> {
  return env instanceof BaseWrapper ? (env as CompleteEnv<Obs, Act>) : new Completed(env)
}

/** Its state is that of the environment inside, without a level of its own. */
class Completed<Obs, Act> extends Wrapper<Obs, Act> {
  override getState(): EnvState {
    return stateOf(this.env)
  }

  override setState(state: EnvState): void {
    setStateOf(this.env, state)
  }
}

/**
 * What an environment returned, with what it may leave out.
 *
 * @returns the result itself where nothing is missing, or where it is none, which is for others to say
 */
export function completed<R extends EnvReset>(
  env: Pick<Env, 'observationSpace'>,
  result: R,
): R & { info: Info } {
  // An array, or one flag `done`: the checks name them as they came.
  if (!isRecord(result) || Array.isArray(result) || 'done' in result)
    return result as R & { info: Info }
  const { obs, info } = result
  const isPlain = typeof obs === 'number' || Array.isArray(obs) || isRecord(obs)
  const value = isPlain ? fromPlain(env.observationSpace, obs) : obs
  const isWhole = value === obs && isRecord(info)
  return isWhole ? (result as R & { info: Info }) : { ...result, obs: value, info: info ?? {} }
}

function isRecord(value: unknown): value is object {
  return isObject(value) && !ArrayBuffer.isView(value)
}

/**
 * Goes on with a result. That of an environment that answers later is a promise, and so is what comes of it then,
 * whatever the types say: whoever plays an `AsyncEnv` awaits.
 */
export function whenThere<T, R>(result: T, then: (result: T) => R): R {
  return isPromise(result) ? ((result as PromiseLike<T>).then(then) as R) : then(result)
}
