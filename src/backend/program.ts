/** What a program is, for those who call one, make one, or record and replay one. */
import type * as tf from '@tensorflow/tfjs-core'
import type { Later } from './later.ts'
import type { Awaitable } from './reading.ts'

/** The typed arrays that a program takes. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray

/** Shape and dtype of one input; a leading −1 stands for a length that the given array decides. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
}

/** The inputs of a program by name. */
export type Signature = Readonly<Record<string, TensorSpec>>

/** What a compiled program is called with: one array per name of its signature. */
export type ProgramInputs<S extends Signature> = { readonly [K in keyof S]: NumericArray }

/** What a program is made of, whatever its inputs and outputs are called. */
export type TensorFunction = (
  inputs: Readonly<Record<string, tf.Tensor>>,
) => Record<string, tf.Tensor>

/** A compiled program: typed arrays in, fresh typed arrays out. */
export interface Program<S extends Signature, O extends string> {
  /** @throws Error on a backend that is read by waiting, if there are outputs; `run` works everywhere */
  (inputs: ProgramInputs<S>): Record<O, Float32Array>
  /**
   * As a call; on a backend that is read by waiting, a promise of the outputs, which are read back in one go. The
   * computation has begun when this returns.
   */
  run(inputs: ProgramInputs<S>): Awaitable<Record<O, Float32Array>>
  /** Begins, and leaves the outputs on the device: `readTogether` reads those of several runs in one go. */
  later(inputs: ProgramInputs<S>): Later<O>
  /**
   * As a call, but writes into arrays of the caller's. With the shapes of the call before, on a backend that captures,
   * it allocates nothing.
   *
   * @param outputs one array per output, of its length; outputs must be float32
   * @throws RangeError if an array's length does not fit
   */
  into(inputs: ProgramInputs<S>, outputs: Readonly<Record<O, Float32Array>>): void
  /** Frees what a recording holds; the next call records anew. */
  dispose(): void
}
