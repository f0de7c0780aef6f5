/**
 * MinAtar: five Atari games in miniature, on a 10 x 10 grid of a few boolean channels. This class
 * is the environment around all of them; the rules of each game are in a file of its own.
 *
 * The action chosen is not always the one that takes effect: with probability `stickyActionProb`
 * the action before it, as it took effect, is repeated, so that a game cannot be played by rote.
 * That action outlives the episode: the first step of the next one may repeat it, unless a seed
 * restarts everything. A step after the end changes nothing: reward 0, terminated.
 *
 * Observations are new arrays, but share buffers of 32 KiB, since memory of their own took longer
 * than the games: send `obs.slice()` to a worker, not `obs`, which takes its buffer along.
 *
 * Source: Young & Tian 2019, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
 * Reinforcement Learning Experiments" (arXiv 1903.03176).
 */

import type { RenderMode } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import type { JsonObject } from '../../json.ts'
import { NativeEnv } from '../../native/native-env.ts'
import { drawMinAtar, minAtarText } from '../../rendering/views/minatar.ts'
import type { RandomSource } from '../../rng.ts'
import type { Box } from '../../spaces/box.ts'
import type { Discrete } from '../../spaces/discrete.ts'
import { CELLS } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { MinAtarModel } from './minatar-model.ts'
import type { MinAtarModelOptions } from './minatar-model.ts'
import { patchVariables, readVariables } from './variables.ts'

export interface MinAtarOptions extends MinAtarModelOptions {
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

/**
 * @example
 * const env = new MinAtar({ game: 'breakout', stickyActionProb: 0 })
 * const { obs } = env.reset({ seed: 1 }) // Uint8Array, [10, 10, 4]
 */
export class MinAtar extends NativeEnv<Uint8Array, number, Int32Array> {
  declare readonly observationSpace: Box<'uint8'>
  declare readonly actionSpace: Discrete
  readonly game: MinAtarGame
  readonly stickyActionProb: number
  readonly difficultyRamping: boolean
  /** What each action does, in order: 'no-op', 'left', 'up', 'right', 'down', 'fire'. */
  readonly actionMeanings: readonly string[]

  /**
   * @param source what is drawn from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor({ renderMode, ...options }: MinAtarOptions, source?: RandomSource) {
    const model = new MinAtarModel(options)
    super(model, { renderMode }, source)
    this.game = model.game
    this.stickyActionProb = model.stickyActionProb
    this.difficultyRamping = model.difficultyRamping
    this.actionMeanings = model.actionMeanings
  }

  /** The observation of the present state, [10, 10, C]: a new array. */
  observation(): Uint8Array {
    const obs = new Uint8Array(CELLS * this.game.channels.length)
    this.game.observe(this.states, 0, obs, 0)
    return obs
  }

  /** The game's variables by name, to look into it. */
  variables(): JsonObject {
    return readVariables(this.game.variables, this.states, 0)
  }

  /**
   * Sets variables, in the form in which `variables` gives them, to put a running game into a
   * situation. Values are not checked.
   *
   * @throws TypeError on an unknown name, or a value of another form.
   */
  patch(variables: JsonObject): void {
    patchVariables(this.game, this.states, 0, variables)
  }

  protected override draw(mode: RenderMode): Frame | string {
    const { channels } = this.game
    const obs = this.observation()
    return mode === 'ansi' ? minAtarText(channels, obs) : drawMinAtar(channels, obs)
  }
}
