/** What a user sees of a policy. It imports nothing of what a policy is made of: the published types stand alone. */
import type { JsonObject } from 'gymnasium-js'
import type { SpaceJson } from 'gymnasium-js/spaces'

/** An observation, or several one after the other: as an environment gives them, flat. */
export type Observations = ArrayLike<number>

/** Actions as environments take them; of continuous ones, in the dtype of the space. */
export type ActionArray = Int32Array | Uint8Array | Float32Array | Float64Array
/** A number for Discrete spaces, else an array. */
export type Action = number | ActionArray

/** `simd`: WebAssembly SIMD. `plain`: the same bits from JavaScript alone, some twenty times slower. */
export type ActBackend = 'simd' | 'plain'

export interface ActOptions {
  /**
   * The best action; true unless told. False: one that is drawn as the agent draws while it learns, from the policy's
   * probabilities or, by a DQN, at random with its last ε.
   */
  readonly deterministic?: boolean
  /** What actions are drawn from, in [0, 1): `Math.random`, or `() => rng.random()` of a seeded `Rng`. */
  readonly random?: () => number
  /** Legal actions, [A] zeros and ones (of several choices those of each side by side); without it all are. */
  readonly mask?: ArrayLike<number | boolean>
}

export interface ActOneOptions extends ActOptions {
  /** Where an action of several numbers is written and returned in; a new array unless told. */
  readonly out?: ActionArray
}

/** A trained policy. `loadPolicy` makes it. */
export interface Policy {
  /** Which agent trained it: `dqn`, `a2c`, `ppo`. */
  readonly agent: string
  /** Timesteps that it was trained for. */
  readonly globalStep: number
  /** What it is computed with. */
  readonly backend: ActBackend
  /** What wrappers around its environment had gathered, outermost first: it does not apply them. Else empty. */
  readonly statistics: readonly JsonObject[]
  /** As data: `{ kind: 'box', shape: [4], … }`. */
  readonly observationSpace: SpaceJson
  /** As data: `{ kind: 'discrete', n: 2, start: 0 }`. */
  readonly actionSpace: SpaceJson

  /**
   * The action for one observation: a number for Discrete action spaces, else an array.
   *
   * @param obs as the environment gives it, flat: a number for Discrete observation spaces
   * @throws RangeError if it is not of the size of one, or the mask leaves no action; TypeError if `random` is missing
   */
  act(obs: Observations | number, options?: ActOneOptions): Action

  /**
   * The actions for many observations, with the bits of `act` for each.
   *
   * @param obs [N, ...] flat
   * @param options.mask [N, A] flat
   * @returns [N], or [N, D] flat
   * @throws as `act`
   */
  actBatch(obs: Observations, options?: ActOptions): ActionArray

  /**
   * Q(s, a) of a DQN.
   *
   * @param obs one observation, or [N, ...] flat
   * @returns [N, A]
   * @throws TypeError for policies of other agents
   */
  qValues(obs: Observations | number): Float32Array

  /**
   * Probabilities of the actions of an actor-critic; of several choices those of each side by side.
   *
   * @param obs one observation, or [N, ...] flat
   * @param options.mask [N, A] of legal actions: others have probability 0
   * @returns [N, A]
   * @throws TypeError for other policies
   */
  probabilities(obs: Observations | number, options?: Pick<ActOptions, 'mask'>): Float32Array

  /**
   * Means of the continuous actions of an actor-critic, before they are scaled from [−1, 1] and clipped to the bounds.
   *
   * @param obs one observation, or [N, ...] flat
   * @returns [N, D]
   * @throws TypeError for other policies
   */
  means(obs: Observations | number): Float32Array

  /**
   * V(s) of an actor-critic, in units of return as it learned from them.
   *
   * @param obs one observation, or [N, ...] flat
   * @returns [N]
   * @throws TypeError for policies of other agents
   */
  values(obs: Observations | number): Float32Array
}
