/** From programs and choices to a policy. */
import type { JsonObject } from 'gymnasium-js'
import type { Space, SpaceJson, Uniform } from 'gymnasium-js/spaces'
import { type Chooser, type Chosen, emptyActions, type ToEnv } from './choices.ts'
import { masksFrom } from './masks.ts'
import type {
  ActBackend,
  Action,
  ActionArray,
  ActOneOptions,
  ActOptions,
  Observations,
  Policy,
} from './policy.ts'
import type { Program } from './program.ts'

/** What a policy is made of. */
export interface PolicyParts {
  readonly agent: string
  readonly globalStep: number
  readonly backend: ActBackend
  readonly statistics: readonly JsonObject[]
  readonly observationSpace: Space
  readonly actionSpace: Space
  /** Numbers in one observation. */
  readonly obsSize: number
  /** Numbers in one mask; 0 where actions are continuous. */
  readonly maskSize: number
  readonly chooser: Chooser
  readonly toEnv: ToEnv
  /** What actions are chosen by. */
  readonly answers: Program
  /** The same with masks, where they change it. */
  readonly maskedAnswers: Program | undefined
  /** V(s); undefined for a policy that has no such network. */
  readonly values: Program | undefined
}

/** Made once: acting allocates nothing. */
const DETERMINISTIC: ActOptions = {}

export class LoadedPolicy implements Policy {
  readonly agent: string
  readonly globalStep: number
  readonly backend: ActBackend
  readonly statistics: readonly JsonObject[]
  readonly observationSpace: SpaceJson
  readonly actionSpace: SpaceJson
  readonly #parts: PolicyParts
  readonly #chosen: Chosen
  readonly #mask: Uint8Array
  readonly #source: { random: () => number } = { random: () => 0 }

  constructor(parts: PolicyParts) {
    this.#parts = parts
    this.agent = parts.agent
    this.globalStep = parts.globalStep
    this.backend = parts.backend
    this.statistics = parts.statistics
    this.observationSpace = parts.observationSpace.toJSON()
    this.actionSpace = parts.actionSpace.toJSON()
    this.#chosen = parts.chooser.empty(1)
    this.#mask = new Uint8Array(parts.maskSize)
  }

  act(obs: Observations | number, options: ActOneOptions = DETERMINISTIC): Action {
    const { obsSize, chooser, toEnv, actionSpace } = this.#parts
    const size = typeof obs === 'number' ? 1 : obs.length
    if (size !== obsSize)
      throw new RangeError(
        `obs has ${size} numbers, but one observation has ${obsSize}; use actBatch for several`,
      )
    const masks = this.#masksOf(options, 1, this.#mask)
    const answers = this.#answersOf(obs, 1, masks)
    chooser.choose(answers, masks, this.#sourceOf(options), this.#chosen)
    if (actionSpace.kind === 'discrete') return this.#chosen[0]! + actionSpace.start
    const { out = emptyActions(actionSpace, this.#chosen.length) } = options
    toEnv(this.#chosen, out)
    return out
  }

  actBatch(obs: Observations, options: ActOptions = DETERMINISTIC): ActionArray {
    const { chooser, toEnv, actionSpace } = this.#parts
    const rows = this.#rowsOf(obs)
    const masks = this.#masksOf(options, rows)
    const answers = this.#answersOf(obs, rows, masks)
    const chosen = chooser.empty(rows)
    chooser.choose(answers, masks, this.#sourceOf(options), chosen)
    const actions = emptyActions(actionSpace, chosen.length)
    toEnv(chosen, actions)
    return actions
  }

  qValues(obs: Observations | number): Float32Array {
    this.#require(this.agent === 'dqn', 'Q-values', 'probabilities or means')
    return this.#answersOf(obs, this.#rowsOf(obs), undefined).slice()
  }

  probabilities(
    obs: Observations | number,
    options: Pick<ActOptions, 'mask'> = DETERMINISTIC,
  ): Float32Array {
    const isCategorical = this.agent !== 'dqn' && this.#parts.maskSize > 0
    this.#require(isCategorical, 'probabilities', this.agent === 'dqn' ? 'qValues' : 'means')
    const rows = this.#rowsOf(obs)
    return this.#answersOf(obs, rows, this.#masksOf(options, rows)).slice()
  }

  means(obs: Observations | number): Float32Array {
    this.#require(this.#parts.maskSize === 0, 'means', 'qValues or probabilities')
    return this.#answersOf(obs, this.#rowsOf(obs), undefined).slice()
  }

  values(obs: Observations | number): Float32Array {
    const { values } = this.#parts
    this.#require(values !== undefined, 'values', 'qValues')
    return values!.run(obs, this.#rowsOf(obs), undefined).slice()
  }

  #answersOf(
    obs: Observations | number,
    rows: number,
    masks: Uint8Array | undefined,
  ): Float32Array {
    const { answers, maskedAnswers } = this.#parts
    return masks && maskedAnswers
      ? maskedAnswers.run(obs, rows, masks)
      : answers.run(obs, rows, undefined)
  }

  /** @throws RangeError for what is not a whole number of observations */
  #rowsOf(obs: Observations | number): number {
    const { obsSize } = this.#parts
    const size = typeof obs === 'number' ? 1 : obs.length
    if (size > 0 && size % obsSize === 0) return size / obsSize
    throw new RangeError(
      `obs has ${size} numbers, but one observation has ${obsSize}; give one or more whole ones`,
    )
  }

  #masksOf(
    { mask }: ActOptions,
    rows: number,
    into: Uint8Array = new Uint8Array(mask === undefined ? 0 : rows * this.#parts.maskSize),
  ): Uint8Array | undefined {
    if (mask === undefined) return undefined
    masksFrom(mask, this.#parts.actionSpace, into)
    return into
  }

  #sourceOf({ deterministic = true, random }: ActOptions): Uniform | undefined {
    if (deterministic) return undefined
    if (!random)
      throw new TypeError(
        'random is missing, but deterministic is false; give what to draw from: Math.random, or () => rng.random()',
      )
    this.#source.random = random
    return this.#source
  }

  #require(has: boolean, what: string, remedy: string): void {
    if (has) return
    throw new TypeError(`this policy of ${this.agent} has no ${what}; ask for ${remedy}`)
  }
}
