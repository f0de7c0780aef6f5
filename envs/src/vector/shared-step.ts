/** The arrays of a step in shared memory, and one worker's rows of them. */

import type { Rows } from '../native/rows.ts'
import { zeros } from '../spaces/dtype.ts'
import type { DType, TypedArray } from '../spaces/dtype.ts'
import type { SharedRows } from './worker-protocol.ts'

/** The arrays of n environments, zeroed. */
export function sharedStep(n: number, obsRows: Rows, actionRows: Rows): SharedRows {
  return {
    obs: sharedZeros(obsRows.dtype, n * obsRows.size),
    rewards: sharedZeros('float64', n) as Float64Array,
    terminated: sharedZeros('uint8', n) as Uint8Array,
    truncated: sharedZeros('uint8', n) as Uint8Array,
    finalObs: sharedZeros(obsRows.dtype, n * obsRows.size),
    episodeReturns: sharedZeros('float64', n) as Float64Array,
    episodeLengths: sharedZeros('int32', n) as Int32Array,
    actions: sharedZeros(actionRows.dtype, n * actionRows.size),
  }
}

/** Rows `from` … `to` - 1 of n: views of the same memory. */
export function rowsFor(shared: SharedRows, n: number, from: number, to: number): SharedRows {
  const views = Object.entries(shared as object).map(([name, array]: [string, TypedArray]) => {
    const size = array.length / n
    return [name, array.subarray(from * size, to * size)] as const
  })
  // Object.fromEntries forgets which array is which; all of them are there.
  return Object.fromEntries(views) as unknown as SharedRows
}

function sharedZeros(dtype: DType, length: number): TypedArray {
  const { BYTES_PER_ELEMENT, constructor } = zeros(dtype, 0)
  const memory = new SharedArrayBuffer(length * BYTES_PER_ELEMENT)
  return Reflect.construct(constructor, [memory]) as TypedArray
}
