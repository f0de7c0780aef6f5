/** Asking a program about one observation at a time. */
import type { NumericArray, Program, TensorSpec } from '../backend/index.ts'

/** An array of one observation. @throws RangeError if it is not of the size of one */
export function oneObservation(obs: NumericArray | number, size: number): NumericArray {
  const one = typeof obs === 'number' ? Int32Array.of(obs) : obs
  if (one.length === size) return one
  throw new RangeError(
    `obs has ${one.length} numbers, but one observation has ${size}; use actBatch for several`,
  )
}

/**
 * A program asked about one observation at a time. Its arrays are reused, so that on a backend which captures programs
 * acting allocates nothing.
 */
export class SingleObservation<O extends string> {
  readonly #program: Program<{ obs: TensorSpec }, O>
  readonly #size: number
  readonly #inputs: { obs: NumericArray } = { obs: new Float32Array(0) }
  readonly #outputs: Readonly<Record<O, Float32Array>>

  /**
   * @param size length of one observation
   * @param outputs length of each output for one observation
   */
  constructor(
    program: Program<{ obs: TensorSpec }, O>,
    size: number,
    outputs: Readonly<Record<O, number>>,
  ) {
    this.#program = program
    this.#size = size
    const arrays = Object.entries<number>(outputs).map(([name, n]) => [name, new Float32Array(n)])
    this.#outputs = Object.fromEntries(arrays) as Record<O, Float32Array>
  }

  /**
   * @returns the outputs, valid until the next call
   * @throws RangeError if the observation is not of the size of one
   */
  run(obs: NumericArray | number): Readonly<Record<O, Float32Array>> {
    this.#inputs.obs = oneObservation(obs, this.#size)
    this.#program.into(this.#inputs, this.#outputs)
    return this.#outputs
  }
}
