/** What calls leave on the heap. */
const WARM_UP = 200_000
const CALLS = 2_000
const WINDOWS = 31
/** Bytes a call; the smallest object has 16. */
export const NOISE = 4

/** What a call leaves on the heap, in bytes: the median over windows, since a collection spoils the one it is in. */
export function bytesPerCall(call: () => void): number {
  const repeat = (times: number) => {
    for (let i = 0; i < times; i++) call()
  }
  repeat(WARM_UP) // compiled by now
  const windows = Array.from({ length: WINDOWS }, () => {
    const before = process.memoryUsage().heapUsed
    repeat(CALLS)
    return (process.memoryUsage().heapUsed - before) / CALLS
  })
  return windows.toSorted((a, b) => a - b)[(WINDOWS - 1) / 2]!
}
