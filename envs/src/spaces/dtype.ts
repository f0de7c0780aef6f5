/** Element types of arrays, and the typed array that holds each. Arrays are flat, in C order. */

import { describe } from '../names.ts'

export interface ArrayOf {
  float32: Float32Array
  float64: Float64Array
  int8: Int8Array
  int16: Int16Array
  int32: Int32Array
  uint8: Uint8Array
  uint16: Uint16Array
  uint32: Uint32Array
}

export type DType = keyof ArrayOf
export type TypedArray = ArrayOf[DType]

interface TypedArrayConstructor<A> {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): A
  new (buffer: ArrayBuffer, byteOffset: number, length: number): A
}

/** Constructor of the typed array of each dtype. */
export const ARRAYS: { readonly [D in DType]: TypedArrayConstructor<ArrayOf[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
}

/** Lowest and highest value of each integer dtype. */
export const INTEGER_RANGE: { readonly [D in DType]?: readonly [low: number, high: number] } = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
}

/** A zeroed array of `length` elements. */
export function zeros<D extends DType>(dtype: D, length: number): ArrayOf[D] {
  return new ARRAYS[dtype](length)
}

export function isArrayOf<D extends DType>(dtype: D, x: unknown): x is ArrayOf[D] {
  return x instanceof ARRAYS[dtype]
}

/** A list of numbers, plain or typed. */
export function isList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)
}

/** Number of elements of an array of this shape; 1 for the shape []. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1)
}

/**
 * @returns a copy of the shape.
 * @throws TypeError when it is no list; RangeError when a dimension is not an integer ≥ 1.
 */
export function checkShape(argument: string, shape: readonly number[]): readonly number[] {
  if (!isList(shape)) {
    const example = Number.isSafeInteger(shape) ? `[${String(shape)}]` : '[3]'
    throw new TypeError(
      `${argument} is ${describe(shape)}; pass a list of integers >= 1, such as ${example}`,
    )
  }
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(`${argument} is [${shape.join(', ')}]; pass integers >= 1`)
    }
  }
  return [...shape]
}
