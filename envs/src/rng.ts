/**
 * The one source of random numbers: Johannes Baagøe's Alea (through seedrandom, whose state can be
 * saved) with 53-bit doubles, and the draws that are made from it. Nothing here reads a clock or
 * `Math.random`, and logarithms come from a software library, so that a seed gives the same
 * numbers on every engine. Not for cryptography.
 */

import alea from 'seedrandom/lib/alea.js'
import { isJsonObject, readNumber, refuseState } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { ln } from './logarithm.ts'
import { checkInteger } from './numbers.ts'

/** A safe integer ≥ 0, or any string. The number 1 and the string '1' are the same seed. */
export type Seed = number | string

/** What an environment draws from; a test can hand back recorded draws through it. */
export interface RandomSource {
  /** @returns u with 0 ≤ u < 1. */
  random(): number
  /** @returns an integer v with `lo` ≤ v < `hi`. */
  randInt(lo: number, hi: number): number
}

/** JSON-serialisable state of an `Rng`: its seed and Alea's four registers. */
export type RngState = Readonly<{ seed: Seed; c: number; s0: number; s1: number; s2: number }>

/** Of Baagøe's multiply-with-carry. */
const ALEA_FACTOR = 2_091_639

/** Shortfall of a sum of float32 probabilities that still counts as rounding. */
const ROUNDING = 1e-3

/**
 * A seeded random generator.
 *
 * @example
 * const rng = new Rng(1)
 * const exploration = rng.stream('exploration') // independent of what rng has drawn
 * exploration.random()
 */
export class Rng implements RandomSource {
  #seed: Seed
  /** Alea's s0, s1, s2 and c: seedrandom's generator spreads them over closures, which costs half the time. */
  readonly #registers = new Float64Array(4)

  /** @throws RangeError or TypeError when `seed` is neither a safe integer ≥ 0 nor a string. */
  constructor(seed: Seed) {
    this.#seed = checkSeed(seed)
    const { s0, s1, s2, c } = alea(String(seed), { state: true }).state()
    this.#registers.set([s0, s1, s2, c])
  }

  /** @throws TypeError when `state` is not what `getState` returned. */
  static fromState(state: JsonObject): Rng {
    const rng = new Rng(0)
    rng.setState(state)
    return rng
  }

  get seed(): Seed {
    return this.#seed
  }

  /**
   * An independent child, seeded by `${seed}/${name}`: the same whether the parent has drawn
   * before or not.
   */
  stream(name: string): Rng {
    return new Rng(`${this.#seed}/${name}`)
  }

  /** @returns u with 0 ≤ u < 1, 53 bits: two of Alea's numbers of 32 bits, as seedrandom's `double`. */
  random(): number {
    const registers = this.#registers
    const high = ALEA_FACTOR * registers[0]! + registers[3]! * 2 ** -32
    const highCarry = high | 0
    const low = ALEA_FACTOR * registers[1]! + highCarry * 2 ** -32
    const carry = low | 0
    registers[0] = registers[2]!
    registers[1] = high - highCarry
    registers[2] = low - carry
    registers[3] = carry
    return high - highCarry + (((low - carry) * 2 ** 21) | 0) * 2 ** -53
  }

  /** @returns `lo + (hi - lo) u`, as NumPy computes it; one draw. */
  uniform(lo: number, hi: number): number {
    return uniform(this, lo, hi)
  }

  /**
   * @returns an integer v with `lo` ≤ v < `hi`; one draw.
   * @throws RangeError when the bounds are not safe integers with lo < hi.
   */
  randInt(lo: number, hi: number): number {
    return randInt(this, lo, hi)
  }

  /**
   * A normal draw by Marsaglia's polar method. The pair's second value is thrown away: keeping it
   * would be hidden state that a saved stream has to carry.
   */
  normal(mean = 0, std = 1): number {
    return normal(this, mean, std)
  }

  /** An exponential draw with mean 1: `-ln(1 - u)`. */
  exponential(): number {
    return -ln(1 - this.random())
  }

  /**
   * Draws an index with the given probabilities: the first i whose cumulative sum exceeds u, or
   * the last one of positive probability where rounding leaves none.
   *
   * @param probabilities [n], ≥ 0, summing to 1 up to rounding.
   * @throws RangeError when a probability met on the way is negative or NaN, or the sum is below 1.
   */
  categorical(probabilities: ArrayLike<number>): number {
    return categorical(this, probabilities, 0, probabilities.length)
  }

  /** @returns the integers 0..n-1 [n] in random order (Fisher-Yates, n - 1 draws). */
  permutation(n: number): Int32Array {
    checkInteger('permutation: n', n, 0)
    const order = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.randInt(0, i + 1)
      const swapped = order[i]!
      order[i] = order[j]!
      order[j] = swapped
    }
    return order
  }

  getState(): RngState {
    const registers = this.#registers
    const [s0, s1, s2, c] = [registers[0]!, registers[1]!, registers[2]!, registers[3]!]
    return { seed: this.#seed, c, s0, s1, s2 }
  }

  /** @throws TypeError when `state` is not what `getState` returned; the generator then stays as it is. */
  setState(state: JsonObject): void {
    const seed = state['seed']
    if (typeof seed !== 'number' && typeof seed !== 'string') {
      throw new TypeError('state.seed: expected a seed; pass a state that Rng.getState() returned')
    }
    const registers = ['s0', 's1', 's2'].map((key) => readRegister(state, key, 1))
    registers.push(readRegister(state, 'c', ALEA_FACTOR + 1))
    this.#seed = checkSeed(seed)
    this.#registers.set(registers)
  }
}

/** A number in [0, end): beyond it, draws would leave [0, 1) or turn NaN. */
function readRegister(state: JsonObject, key: string, end: number): number {
  const value = readNumber(state, key)
  if (value >= 0 && value < end) return value
  throw new TypeError(
    `state.${key} is ${value}, not in [0, ${end}); pass a state that Rng.getState() returned`,
  )
}

/**
 * @returns the seed itself.
 * @throws RangeError or TypeError when it is neither a safe integer ≥ 0 nor a string.
 */
export function checkSeed(seed: Seed): Seed {
  const given: unknown = seed
  if (typeof given === 'string') return given
  if (typeof given !== 'number') {
    throw new TypeError(`seed is ${String(given)}; pass an integer >= 0 or a string`)
  }
  if (!Number.isSafeInteger(given) || given < 0) {
    throw new RangeError(`seed is ${given}; pass an integer from 0 to 2^53 - 1, or a string`)
  }
  return given
}

/** What draws are made of: all that a source must have for the functions below. */
export type Uniform = Pick<RandomSource, 'random'>

/** `Rng.randInt` of any source. */
export function randInt(source: Uniform, lo: number, hi: number): number {
  if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || lo >= hi) {
    throw new RangeError(
      `randInt: lo = ${lo}, hi = ${hi}; pass integers with lo < hi (hi is not drawn)`,
    )
  }
  return lo + Math.floor(source.random() * (hi - lo))
}

/** `Rng.normal` of any source. */
export function normal(source: Uniform, mean: number, std: number): number {
  for (;;) {
    const a = 2 * source.random() - 1
    const b = 2 * source.random() - 1
    const r = a * a + b * b
    if (r > 0 && r < 1) return mean + std * a * Math.sqrt((-2 * ln(r)) / r)
  }
}

/** `Rng.categorical` of any source, for the probabilities at `from` … `from + count - 1`; an index from 0. */
export function categorical(
  source: Uniform,
  probabilities: ArrayLike<number>,
  from: number,
  count: number,
): number {
  const u = source.random()
  let sum = 0
  let last = -1
  for (let i = 0; i < count; i++) {
    const p = probabilities[from + i]!
    if (!(p >= 0)) throw new RangeError(`categorical: probabilities[${i}] is ${p}; pass p >= 0`)
    if (p > 0) last = i
    sum += p
    if (sum > u) return i
  }
  if (last < 0 || sum < 1 - ROUNDING) {
    throw new RangeError(`categorical: probabilities sum to ${sum}; divide them by their sum`)
  }
  return last
}

/** `Rng.uniform` of any source: `lo + (hi - lo) u`, one draw. */
export function uniform(source: RandomSource, lo: number, hi: number): number {
  return lo + (hi - lo) * source.random()
}

/** Saves a source for an environment's state; null for a source that is not an `Rng`. */
export function saveSource(source: RandomSource): RngState | null {
  return source instanceof Rng ? source.getState() : null
}

/** Undoes `saveSource`; a source that could not be saved stays the one in use. */
export function restoreSource(saved: Json | undefined, current: RandomSource): RandomSource {
  if (saved === null) return current
  if (isJsonObject(saved)) return Rng.fromState(saved)
  refuseState('state.rng', 'a saved random stream', saved)
}
