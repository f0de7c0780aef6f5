/**
 * What environments with a table of transitions share: the table says, for every state and action,
 * what may follow and how likely it is; a step draws one of these outcomes, with one `random()` per
 * reset and per step, even where there is only one outcome. After Gymnasium's
 * `toy_text/utils.py` (MIT). The table is open to planners (value iteration and its like).
 */

import type { Env, EnvState, RenderMode, ResetArgs, ResetResult } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import type { StepResult } from '../../env.ts'
import { readBoolean, readNumber } from '../../json.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import { Rng, restoreSource, saveSource } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Discrete } from '../../spaces/discrete.ts'

/** One outcome of an action. */
export interface Transition {
  readonly probability: number
  readonly nextState: number
  readonly reward: number
  readonly terminated: boolean
}

/** `table[state][action]`: the outcomes in the order of drawing, probabilities summing to 1. */
export type TransitionTable = readonly (readonly (readonly Transition[])[])[]

/** The info of a reset or step: the probability of what happened. */
export interface TabularInfo extends Record<string, unknown> {
  readonly prob: number
}

/** What an environment tells the base about itself. */
export interface Tabular {
  /** For error messages. */
  readonly name: string
  /** Name of each action, in order. */
  readonly actions: readonly string[]
  readonly transitions: TransitionTable
  /** Probability of each start state [states]. */
  readonly start: ArrayLike<number>
  readonly renderMode: RenderMode | undefined
}

/** Running sums, added from the left. */
export function cumulativeSum(probabilities: ArrayLike<number>): Float64Array {
  const sums = Float64Array.from(probabilities)
  for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!
  return sums
}

/** The first index whose running sum exceeds u, or 0 where rounding leaves none, as in Gymnasium. */
export function categoricalIndex(cumulative: Float64Array, u: number): number {
  for (let i = 0; i < cumulative.length; i++) {
    if (cumulative[i]! > u) return i
  }
  return 0
}

/** Builds a table by asking for the outcomes of each state and action; frozen, since copies share it. */
export function buildTable(
  numStates: number,
  numActions: number,
  outcomes: (state: number, action: number) => readonly Transition[],
): TransitionTable {
  const row = (state: number) =>
    Array.from({ length: numActions }, (_, action) =>
      Object.freeze(outcomes(state, action).map((outcome) => Object.freeze(outcome))),
    )
  return Object.freeze(Array.from({ length: numStates }, (_, state) => Object.freeze(row(state))))
}

type OutcomeSums = readonly (readonly Float64Array[])[] // by state and action

/** Of the frozen tables that `lastTable` keeps. */
const keptSums = new WeakMap<TransitionTable, OutcomeSums>()

/**
 * Keeps the table that was built last, for the next environment with the same key: copies that are
 * built one after the other share one. (A thousand Taxis with a table each take more than 1 GB.)
 */
export function lastTable(): (key: string, build: () => TransitionTable) => TransitionTable {
  let last: { readonly key: string; readonly table: TransitionTable } | undefined
  return (key, build) => {
    if (last?.key !== key) {
      last = { key, table: build() }
      keptSums.set(last.table, outcomeSums(last.table))
    }
    return last.table
  }
}

function outcomeSums(transitions: TransitionTable): OutcomeSums {
  return transitions.map((row) =>
    row.map((outcomes) => cumulativeSum(outcomes.map(({ probability }) => probability))),
  )
}

export abstract class TabularEnv implements Env<number, number> {
  readonly observationSpace: Discrete
  readonly actionSpace: Discrete
  readonly renderMode: RenderMode | undefined
  /** Frozen; environments of the same arguments may share it. */
  readonly transitions: TransitionTable
  /** Probability of each start state [states]. */
  readonly startDistribution: ArrayLike<number>
  #name: string
  #actions: readonly string[]
  #startSums: Float64Array
  #outcomeSums: OutcomeSums
  #state = 0
  #lastAction = -1 // before the first step of an episode
  #started = false
  #source: RandomSource

  constructor({ name, actions, transitions, start, renderMode }: Tabular, source: RandomSource) {
    checkChoice(`${name}: renderMode`, renderMode, [undefined, 'ansi', 'rgb_array'])
    this.#name = name
    this.#actions = actions
    this.transitions = transitions
    this.startDistribution = start
    this.renderMode = renderMode
    this.observationSpace = new Discrete(transitions.length)
    this.actionSpace = new Discrete(actions.length)
    this.#startSums = cumulativeSum(start)
    this.#outcomeSums = keptSums.get(transitions) ?? outcomeSums(transitions)
    this.#source = source
  }

  get unwrapped(): this {
    return this
  }

  /** The state that the environment is in. */
  get state(): number {
    return this.#state
  }

  /** The last action of this episode, -1 before the first. */
  get lastAction(): number {
    return this.#lastAction
  }

  /** What reset and step draw from. */
  protected get source(): RandomSource {
    return this.#source
  }

  /** @throws TypeError on options: there are none. */
  reset({ seed, options }: ResetArgs = {}): ResetResult<number> {
    checkKwargs(`${this.#name}: reset options`, options ?? {}, [])
    if (seed !== undefined) this.#source = new Rng(seed)
    this.#state = categoricalIndex(this.#startSums, this.#source.random())
    this.#lastAction = -1
    this.#started = true
    return { obs: this.#state, info: this.info(1) }
  }

  /** @throws RangeError on an action outside the action space; Error before the first reset. */
  step(action: number): StepResult<number> {
    const sums = this.#outcomeSums[this.#state]![action]
    if (sums === undefined || typeof action !== 'number') throw this.#invalidAction(action)
    if (!this.#started) throw new Error(`${this.#name}: step() before reset(); call reset() first`)
    const outcomes = this.transitions[this.#state]![action]!
    const outcome = outcomes[categoricalIndex(sums, this.#source.random())]!
    const { probability, reward, terminated } = outcome
    this.#state = this.arrive(outcome.nextState)
    this.#lastAction = action
    const info = this.info(probability)
    return { obs: this.#state, reward, terminated, truncated: false, info }
  }

  #invalidAction(action: unknown): RangeError {
    const meanings = this.#actions.map((meaning, i) => `${i} (${meaning})`).join(', ')
    return new RangeError(`${this.#name}: action is ${describe(action)}; pass one of ${meanings}`)
  }

  getState(): EnvState {
    return {
      state: this.#state,
      lastAction: this.#lastAction,
      started: this.#started,
      rng: saveSource(this.#source),
    }
  }

  setState(state: EnvState): void {
    const at = readNumber(state, 'state')
    const lastAction = readNumber(state, 'lastAction')
    const why = this.observationSpace.explain(at)
    if (why !== undefined) throw new TypeError(`${this.#name}: state.state: ${why}`)
    const unknown = lastAction === -1 ? undefined : this.actionSpace.explain(lastAction)
    if (unknown !== undefined) throw new TypeError(`${this.#name}: state.lastAction: ${unknown}`)
    const started = readBoolean(state, 'started')
    this.#source = restoreSource(state['rng'], this.#source)
    this.#state = at
    this.#lastAction = lastAction
    this.#started = started
  }

  render(): Frame | string | undefined {
    if (this.renderMode === undefined) return undefined
    return this.renderMode === 'ansi' ? this.text() : this.frame()
  }

  close(): void {
    // Nothing is held open.
  }

  /** Where a step leads that the table leads to `nextState`; another state only if it is overridden. */
  protected arrive(nextState: number): number {
    return nextState
  }

  /** The info of the state that has just been reached. */
  protected info(prob: number): TabularInfo {
    return { prob }
  }

  /** The last action's name on a line of its own, for texts. */
  protected actionLine(): string {
    return this.#lastAction < 0 ? '' : `(${this.#actions[this.#lastAction]!})`
  }

  /** The picture for 'ansi'. */
  protected abstract text(): string

  /** The picture for 'rgb_array'. */
  protected frame(): Frame | undefined {
    return undefined
  }
}
