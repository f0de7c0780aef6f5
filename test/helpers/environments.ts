/** Small games whose right answers are known on paper. */

import {
  Box,
  Discrete,
  MultiDiscrete,
  Rng,
  type Env,
  type EnvState,
  type Space,
  type StepResult,
} from 'gymnasium-js'
import type { ResetArgs, ResetResult, Seed } from 'gymnasium-js'

/** A game whose whole state is one integer. */
export interface Game {
  readonly observationSpace: Space
  readonly actionSpace?: Space
  start(rng: Rng): number
  observe(state: number): unknown
  play(state: number, action: number): Turn
}

export interface Turn {
  readonly state: number
  readonly reward?: number
  readonly terminated?: boolean
  readonly truncated?: boolean
}

/** A game as an environment. */
export class GameEnv implements Env {
  readonly observationSpace: Space
  readonly actionSpace: Space
  readonly unwrapped = this
  /** Timesteps played. */
  steps = 0
  /** Seeds as they arrived. */
  readonly seeds: Seed[] = []
  readonly #game: Game
  #rng = new Rng(0)
  #state = 0

  constructor(game: Game) {
    this.#game = game
    this.observationSpace = game.observationSpace
    this.actionSpace = game.actionSpace ?? new Discrete(2)
  }

  reset({ seed }: ResetArgs = {}): ResetResult {
    if (seed !== undefined) {
      this.seeds.push(seed)
      this.#rng = new Rng(seed)
    }
    this.#state = this.#game.start(this.#rng)
    return { obs: this.#game.observe(this.#state), info: {} }
  }

  step(action: unknown): StepResult {
    this.steps++
    const turn = this.#game.play(this.#state, action as number)
    const { state, reward = 0, terminated = false, truncated = false } = turn
    this.#state = state
    return { obs: this.#game.observe(state), reward, terminated, truncated, info: {} }
  }

  getState(): EnvState {
    return { state: this.#state, rng: { ...this.#rng.getState() } }
  }

  setState(): void {
    throw new Error('not needed here')
  }

  render(): undefined {
    return undefined
  }

  close(): void {
    // nothing to free
  }
}

/** Episodes of one step that earn 1, whatever is shown and done. */
export const constantGame: Game = {
  observationSpace: new Box({ low: -1, high: 1, shape: [2] }),
  start: (rng) => rng.randInt(0, 2),
  observe: (state) => Float32Array.of(state === 1 ? 1 : -1, 0.5),
  play: (state) => ({ state, reward: 1, terminated: true }),
}

/** Episodes of one step that earn 1 or −1, as is shown, whatever is done. */
export const shownGame: Game = {
  ...constantGame,
  play: (state) => ({ state, reward: 2 * state - 1, terminated: true }),
}

/** Episodes of one step: action 1 earns 1, action 0 nothing, whatever is shown. */
export const leverGame: Game = {
  ...constantGame,
  play: (state, action) => ({ state, reward: action, terminated: true }),
}

/** Episodes of one step: the action that equals the bit that is shown earns 1. */
export const bitGame: Game = {
  ...constantGame,
  play: (state, action) => ({ state, reward: Number(action === state), terminated: true }),
}

/** The first action decides what the second step earns: 1 after action 1, 0 after action 0. */
export const twoStepGame: Game = {
  observationSpace: new Discrete(3),
  start: () => 0,
  observe: (state) => state,
  play: (state, action) =>
    state === 0 ? { state: 1 + action } : { state, reward: Number(state === 2), terminated: true },
}

/** Episodes of one step: the closer a continuous action is to the number that is shown, the better. */
export const reachGame: Game = {
  observationSpace: new Box({ low: -1, high: 1, shape: [2] }),
  actionSpace: new Box({ low: -1, high: 1, shape: [1] }),
  start: (rng) => rng.randInt(0, 5),
  // Of the first number alone, layer normalization would leave the sign.
  observe: (state) => Float32Array.of(state / 2 - 1, 0.5),
  play: (state, action) => {
    const [a] = action as unknown as Float32Array
    return { state, reward: -((a! - (state / 2 - 1)) ** 2), terminated: true }
  },
}

/** Episodes of one step: of three and two choices, those that equal what is shown earn 1 together. */
export const pairGame: Game = {
  observationSpace: new MultiDiscrete([3, 2]),
  actionSpace: new MultiDiscrete([3, 2]),
  start: (rng) => rng.randInt(0, 6),
  observe: (state) => Int32Array.of(state % 3, Math.floor(state / 3)),
  play: (state, action) => {
    const [a, b] = action as unknown as Int32Array
    const right = Number(a === state % 3) + Number(b === Math.floor(state / 3))
    return { state, reward: right / 2, terminated: true }
  },
}

/**
 * One step from A (0), B (1) or C (2), each as often: A is cut off at B with reward 0, B ends with reward 1, C ends
 * with reward −5, showing B. With discount γ: V(A) = γ, V(B) = 1, V(C) = −5, whatever the actions.
 */
export const endsGame: Game = {
  observationSpace: new Discrete(3),
  start: (rng) => rng.randInt(0, 3),
  observe: (state) => state,
  play: (state) => {
    if (state === 0) return { state: 1, truncated: true }
    return { state: 1, reward: state === 1 ? 1 : -5, terminated: true }
  },
}
