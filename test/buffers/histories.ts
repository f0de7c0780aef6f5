/**
 * Random play of several environments, as vector steps and as a plain list that keeps everything whole: what replay
 * buffers are compared with.
 */

import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import type { ReplayBatch } from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { fc } from '../helpers/properties.ts'

export interface Transition {
  readonly obs: readonly number[]
  readonly action: number
  readonly reward: number
  /** The final observation where the episode ended. */
  readonly nextObs: readonly number[]
  readonly terminated: boolean
  readonly truncated: boolean
  /** Of nextObs. */
  readonly nextMask: readonly number[]
}

export interface HistoryOptions {
  readonly seed: number
  readonly numEnvs: number
  readonly steps: number
  /** Probability that a step ends an episode by each of the flags. */
  readonly endChance: number
  /** Frames per observation; numbers per frame. */
  readonly stack: number
  readonly frameSize: number
  /** Numbers are whole and below it. */
  readonly levels: number
  /** What stands before an episode's first frame. */
  readonly padding: 'reset' | 'zero' | 'mixed'
}

/** Arguments of `add`, and what they mean: one transition per environment and step, in the order of `add`. */
export interface History {
  readonly calls: readonly {
    readonly obs: ObsArray
    readonly actions: Int32Array
    readonly step: VectorStep
  }[]
  readonly transitions: readonly Transition[]
}

export const NUM_ACTIONS = 3

/** Histories of one to four environments, with ends at any rate. */
export const historyOptions = fc.record<HistoryOptions>({
  seed: fc.nat(1_000_000),
  numEnvs: fc.integer({ min: 1, max: 4 }),
  steps: fc.integer({ min: 1, max: 20 }),
  endChance: fc.constantFrom(0, 0.1, 0.3, 0.6, 1),
  stack: fc.integer({ min: 1, max: 4 }),
  frameSize: fc.integer({ min: 1, max: 9 }),
  levels: fc.constantFrom(2, 256),
  padding: fc.constantFrom('reset', 'zero', 'mixed'),
})

/** @param like decides the observations' dtype */
export function play(options: HistoryOptions, like: ObsArray): History {
  const rng = new Rng(options.seed)
  const players = Array.from({ length: options.numEnvs }, () => new Player(options, rng))
  const calls: History['calls'][number][] = []
  const transitions: Transition[] = []
  for (let t = 0; t < options.steps; t++) {
    const seen = players.map(({ obs }) => obs)
    const moves = players.map((player) => player.move())
    transitions.push(...moves.map(({ transition }) => transition))
    calls.push({
      obs: batchOf(seen, like),
      actions: Int32Array.from(moves, ({ transition }) => transition.action),
      step: stepOf(
        moves,
        players.map(({ obs }) => obs),
        like,
      ),
    })
  }
  return { calls, transitions }
}

/** Σ_{k<m} γᵏ r over a list, with what followed the last of the m steps: straight from the definition. */
export function directSum(
  transitions: readonly Transition[],
  from: number,
  { numEnvs, n, gamma }: { readonly numEnvs: number; readonly n: number; readonly gamma: number },
): Transition & { readonly discount: number } {
  const own = transitions.filter((_, i) => i >= from && (i - from) % numEnvs === 0)
  const end = own.findIndex(({ terminated, truncated }) => terminated || truncated)
  const m = Math.min(n, end < 0 ? own.length : end + 1)
  const last = own[m - 1]!
  const reward = own.slice(0, m).reduce((sum, step, k) => sum + gamma ** k * step.reward, 0)
  const { obs, action } = transitions[from]!
  return { ...last, obs, action, reward, discount: last.terminated ? 0 : gamma ** m }
}

/** The rows of a batch as records; rewards and discounts to float32. */
export function recordsOf(batch: ReplayBatch): (Transition & { readonly discount: number })[] {
  const rows = batch.actions.length
  const row = (array: ArrayLike<number>, i: number) => {
    const size = array.length / rows
    return Array.from(array).slice(i * size, (i + 1) * size)
  }
  return Array.from(batch.actions, (action, i) => ({
    obs: row(batch.obs, i),
    action,
    reward: batch.rewards[i]!,
    nextObs: row(batch.nextObs, i),
    terminated: batch.terminated[i] === 1,
    truncated: batch.truncated[i] === 1,
    nextMask: row(batch.nextMask, i),
    discount: batch.discounts[i]!,
  }))
}

interface Move {
  readonly transition: Transition
  /** Of what is shown now: after an end that of the next episode. */
  readonly mask: readonly number[]
  /** As the environment tells it; the transition counts as terminated too where nothing may follow. */
  readonly terminated: boolean
}

/** One environment under SAME_STEP autoreset. */
class Player {
  obs: number[]
  readonly #options: HistoryOptions
  readonly #rng: Rng

  constructor(options: HistoryOptions, rng: Rng) {
    this.#options = options
    this.#rng = rng
    this.obs = this.#start()
  }

  move(): Move {
    const { endChance, frameSize } = this.#options
    const chance = () => this.#rng.random() < endChance
    const [terminated, truncated] = [chance(), chance()]
    const nextObs = [...this.obs.slice(frameSize), ...this.#frame()]
    const nextMask = this.#mask()
    const isDeadEnd = (terminated || truncated) && !nextMask.includes(1)
    const transition = {
      obs: this.obs,
      action: this.#rng.randInt(0, NUM_ACTIONS),
      reward: this.#rng.randInt(-50, 50),
      nextObs,
      terminated: terminated || isDeadEnd,
      truncated,
      nextMask,
    }
    const ended = terminated || truncated
    this.obs = ended ? this.#start() : nextObs
    return { transition, terminated, mask: ended ? this.#mask() : nextMask }
  }

  #start(): number[] {
    const { stack, padding, frameSize } = this.#options
    const first = this.#frame()
    const repeats = padding === 'reset' || (padding === 'mixed' && this.#rng.random() < 0.5)
    const before = Array.from({ length: stack - 1 }, () => {
      if (repeats) return first
      return padding === 'zero' ? new Array<number>(frameSize).fill(0) : this.#frame()
    })
    return [...before.flat(), ...first]
  }

  #frame(): number[] {
    const { frameSize, levels } = this.#options
    return Array.from({ length: frameSize }, () => this.#rng.randInt(0, levels))
  }

  #mask(): number[] {
    return Array.from({ length: NUM_ACTIONS }, () => this.#rng.randInt(0, 2))
  }
}

function stepOf(
  moves: readonly Move[],
  shown: readonly (readonly number[])[],
  like: ObsArray,
): VectorStep {
  const of = (i: number) => moves[i]!.transition
  const ended = (i: number) => of(i).terminated || of(i).truncated
  // finalObs means nothing where no episode ended.
  const finals = shown.map((obs, i) => (ended(i) ? of(i).nextObs : obs.map(() => 1)))
  return {
    obs: batchOf(shown, like),
    rewards: Float64Array.from(moves, ({ transition }) => transition.reward),
    terminated: Uint8Array.from(moves, ({ terminated }) => Number(terminated)),
    truncated: Uint8Array.from(moves, ({ transition }) => Number(transition.truncated)),
    finalObs: batchOf(finals, like),
    episodeReturns: new Float64Array(moves.length),
    episodeLengths: new Int32Array(moves.length),
    infos: moves.map(({ mask }, i) => {
      if (!ended(i)) return { actionMask: mask }
      return { actionMask: mask, finalInfo: { actionMask: of(i).nextMask } }
    }),
  }
}

function batchOf(rows: readonly (readonly number[])[], like: ObsArray): ObsArray {
  const ArrayType = like.constructor as new (values: readonly number[]) => ObsArray
  return new ArrayType(rows.flat())
}
