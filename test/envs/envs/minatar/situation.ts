/** A MinAtar game in a situation set up by hand, stepped with draws that the test chooses. */

import type { Json, JsonObject, RandomSource } from 'gymnasium-js'
import { CELLS, GRID, SHARED_WORDS, TERMINAL } from '../../../../envs/src/envs/minatar/game.ts'
import type { MinAtarGame } from '../../../../envs/src/envs/minatar/game.ts'
import { patchVariables } from '../../../../envs/src/envs/minatar/variables.ts'

/** Words before and after the copy's own, which nobody may touch. */
const MARGIN = 3
const UNTOUCHED = -77

export class Situation implements RandomSource {
  readonly #game: MinAtarGame
  readonly #state: Int32Array
  #draws: readonly number[] = []
  /** Bounds of the integer draws so far. */
  readonly asked: (readonly [lo: number, hi: number])[] = []

  /** @param draws what the game's reset draws. */
  constructor(game: MinAtarGame, patch: JsonObject = {}, draws: readonly number[] = []) {
    this.#game = game
    this.#draws = draws
    this.#state = new Int32Array(SHARED_WORDS + game.stateSize + 2 * MARGIN).fill(UNTOUCHED)
    game.reset(this.#state, MARGIN, this)
    this.patch(patch)
  }

  patch(patch: JsonObject): void {
    patchVariables(this.#game, this.#state, MARGIN, patch)
  }

  /**
   * One step without stickiness. @returns the reward.
   * @throws Error when the game does not draw exactly `draws`, or writes outside its words.
   */
  step(action: number, draws: readonly number[] = [], ramping = true): number {
    this.#draws = draws
    const reward = this.#game.step(this.#state, MARGIN, action, this, ramping)
    if (this.#draws.length > 0) throw new Error(`not drawn: ${this.#draws.join(', ')}`)
    const outside = [...this.#state.subarray(0, MARGIN), ...this.#state.subarray(-MARGIN)]
    if (outside.some((word) => word !== UNTOUCHED)) throw new Error('wrote outside its words')
    return reward
  }

  /** Steps with these actions and no draws. @returns the rewards. */
  play(...actions: readonly number[]): number[] {
    return actions.map((action) => this.step(action))
  }

  get isOver(): boolean {
    return this.#state[MARGIN + TERMINAL] === 1
  }

  get(variable: string): Json | undefined {
    return this.#game.variables[variable]?.get(this.#state, MARGIN)
  }

  /** [x, y] of the cells in which a channel is set, row by row. */
  cells(channel: string): [x: number, y: number][] {
    const { channels } = this.#game
    const obs = new Uint8Array(CELLS * channels.length)
    this.#game.observe(this.#state, MARGIN, obs, 0)
    const cells: [number, number][] = []
    for (let cell = 0; cell < CELLS; cell++) {
      if (obs[cell * channels.length + channels.indexOf(channel)] !== 1) continue
      cells.push([cell % GRID, Math.floor(cell / GRID)])
    }
    return cells
  }

  random(): number {
    return this.#next('random()')
  }

  randInt(lo: number, hi: number): number {
    this.asked.push([lo, hi])
    return this.#next(`randInt(${lo}, ${hi})`)
  }

  #next(asked: string): number {
    const [draw, ...rest] = this.#draws
    if (draw === undefined) throw new Error(`${asked}: no draw expected`)
    this.#draws = rest
    return draw
  }
}
