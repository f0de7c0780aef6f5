/** A game as a model for `NativeEnv` and `NativeVectorEnv`: options, sticky actions, the loop. */

import type { ResetOptions } from '../../env.ts'
import { checkChoice, checkKwargs } from '../../names.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { checkFraction } from '../../numbers.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { Discrete } from '../../spaces/discrete.ts'
import type { TypedArray } from '../../spaces/dtype.ts'
import { act, CELLS, GRID, LAST_ACTION, NOOP, SHARED_WORDS, TERMINAL } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { MINATAR_GAMES } from './games.ts'
import type { MinAtarGameName } from './games.ts'

export interface MinAtarModelOptions {
  game: MinAtarGameName
  /** Offers only the actions that do something in this game. Default: false, all six. */
  useMinimalActionSet?: boolean | undefined
  /** Probability that the last action is repeated instead of the given one. Default: 0.1. */
  stickyActionProb?: number | undefined
  /** Whether a game gets harder as it goes on. Default: true. */
  difficultyRamping?: boolean | undefined
}

const ACTION_MEANINGS = ['no-op', 'left', 'up', 'right', 'down', 'fire'] as const
const KNOWN = ['game', 'useMinimalActionSet', 'stickyActionProb', 'difficultyRamping', 'renderMode']
const ALL_ACTIONS: readonly number[] = ACTION_MEANINGS.map((_, action) => action)

export class MinAtarModel implements NativeModel<Uint8Array, number, Int32Array> {
  readonly name: string
  readonly game: MinAtarGame
  readonly stickyActionProb: number
  readonly difficultyRamping: boolean
  readonly observationSpace: Box<'uint8'>
  readonly actionSpace: Discrete
  readonly actionMeanings: readonly string[]
  readonly stateSize: number
  /** The game's action for each value of the action space. */
  readonly #actions: readonly number[]

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: MinAtarModelOptions) {
    checkKwargs('MinAtar', options, KNOWN)
    const { useMinimalActionSet = false, stickyActionProb = 0.1 } = options
    const { difficultyRamping = true } = options
    checkChoice('MinAtar: game', options.game, Object.keys(MINATAR_GAMES))
    checkChoice('MinAtar: useMinimalActionSet', useMinimalActionSet, [true, false])
    checkChoice('MinAtar: difficultyRamping', difficultyRamping, [true, false])
    checkFraction('MinAtar: stickyActionProb', stickyActionProb)
    this.game = MINATAR_GAMES[options.game]
    this.name = `MinAtar ${this.game.name}`
    this.stickyActionProb = stickyActionProb
    this.difficultyRamping = difficultyRamping
    this.#actions = useMinimalActionSet ? this.game.minimalActions : ALL_ACTIONS
    const shape = [GRID, GRID, this.game.channels.length]
    this.observationSpace = new Box({ low: 0, high: 1, shape, dtype: 'uint8' })
    this.actionSpace = new Discrete(this.#actions.length)
    this.actionMeanings = this.#actions.map((action) => ACTION_MEANINGS[action]!)
    this.stateSize = SHARED_WORDS + this.game.stateSize
  }

  allocate(n: number): Int32Array {
    return new Int32Array(n * this.stateSize)
  }

  /** @throws TypeError on reset options: there are none. */
  reset(
    states: Int32Array,
    at: number,
    source: RandomSource,
    options: ResetOptions | undefined,
  ): void {
    checkKwargs(`${this.name}: reset options`, options ?? {}, [])
    this.game.reset(states, at, source)
  }

  forget(states: Int32Array, at: number): void {
    states[at + LAST_ACTION] = NOOP
  }

  stepAll(
    states: Int32Array,
    n: number,
    actions: TypedArray,
    sources: readonly RandomSource[],
    rewards: Float64Array,
    terminated: Uint8Array,
    skip: Uint8Array | undefined,
  ): void {
    const { game, stickyActionProb, difficultyRamping, stateSize } = this
    const known = this.#actions
    for (let i = 0, at = 0; i < n; i++, at += stateSize) {
      if (skip !== undefined && skip[i] === 1) continue
      const action = known[actions[i]!]!
      const source = sources[i]!
      rewards[i] = act(game, states, at, action, source, stickyActionProb, difficultyRamping)
      terminated[i] = states[at + TERMINAL]!
    }
  }

  observe(states: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
    obs.fill(0, obsAt, obsAt + CELLS * this.game.channels.length)
    this.game.observe(states, at, obs, obsAt)
  }
}
