/**
 * Refuses what an option would make before anything of it is made, where the machine cannot hold it: the error names
 * the option, its value, the memory that it would take, what there is, and what to change.
 *
 * An estimate is what is at least allocated, so that nothing is refused that works.
 */

/** A typed array: how many numbers, and bytes of each. */
export type ArraySize = readonly [length: number, bytesPerElement: number]

/** What one option makes. */
export interface MemoryNeed {
  /** The option and its value, as an error begins: `bufferSize is 1000`. */
  readonly option: string
  /** What is made: `such a replay buffer`. */
  readonly what: string
  /** What to change. */
  readonly remedy: string
  /** Typed arrays that are made. */
  readonly arrays?: readonly ArraySize[]
  /** Bytes of objects in the engine's own heap, which has a limit of its own. */
  readonly objects?: number
  /** Bytes of tensors, which are in the memory that the backend has. */
  readonly tensors?: number
}

/** How much there is of a kind of memory. */
export interface MemoryLimit {
  /** `memory` */
  readonly name: string
  readonly bytes: number
}

/** A typed array of up to so many numbers is made by every engine that has the memory. */
const SMALL_ARRAY = 2 ** 31 - 1

/**
 * @param needs made together
 * @throws RangeError if they take more than there is: of all, the one that takes most is named
 */
export function requireMemory(needs: readonly MemoryNeed[]): void {
  for (const need of needs) requireArrays(need)
  requireWithin(needs, bytesOf, { name: 'memory', bytes: availableMemory() })
  requireWithin(needs, ({ objects = 0 }) => objects, { name: 'heap', bytes: heapLimit() })
}

/** @throws RangeError if the tensors of all take more than a backend has for them */
export function requireTensors(needs: readonly MemoryNeed[], limit: MemoryLimit): void {
  requireWithin(needs, ({ tensors = 0 }) => tensors, limit)
}

function requireWithin(
  needs: readonly MemoryNeed[],
  of: (need: MemoryNeed) => number,
  { name, bytes }: MemoryLimit,
): void {
  const total = needs.reduce((sum, need) => sum + of(need), 0)
  if (total <= bytes) return
  const largest = needs.reduce((most, need) => (of(need) > of(most) ? need : most))
  const all = of(largest) < total ? ` (${formatBytes(total)} with all else)` : ''
  throw refusal(
    largest,
    `needs ${formatBytes(of(largest))}${all}, but only ${formatBytes(bytes)} of ${name} are available`,
  )
}

/** Everything together, in bytes. */
export function bytesOf({ arrays = [], objects = 0, tensors = 0 }: MemoryNeed): number {
  return arrays.reduce((sum, [length, bytes]) => sum + length * bytes, objects + tensors)
}

/** Engines differ in how long an array may be; memory is not touched before it is written to, so asking costs nothing. */
function requireArrays(need: MemoryNeed): void {
  const longest = (need.arrays ?? []).reduce((most, [length]) => Math.max(most, length), 0)
  if (longest <= SMALL_ARRAY || availableMemory() < bytesOf(need)) return
  try {
    void new Uint8Array(longest)
  } catch {
    throw refusal(
      need,
      `needs ${formatBytes(bytesOf(need))}, with an array of ${longest} numbers, which is longer than arrays can be here`,
    )
  }
}

function refusal({ option, what, remedy }: MemoryNeed, why: string): RangeError {
  return new RangeError(`${option}: ${what} ${why}; ${remedy}`)
}

/** 1536 → "1.5 KiB" */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]!}`
}

/** What engines tell of their memory, where they tell it. */
interface Host {
  readonly process?: {
    availableMemory?(): number
    getBuiltinModule?(name: string): { getHeapStatistics?(): { heap_size_limit: number } }
  }
  readonly performance?: { readonly memory?: { readonly jsHeapSizeLimit: number } }
}

const host = globalThis as Host

/** Node and Bun tell; elsewhere only the engine's own limits hold. */
function availableMemory(): number {
  return host.process?.availableMemory?.() ?? Number.POSITIVE_INFINITY
}

/** Of objects. Node tells, and Chromium. */
function heapLimit(): number {
  const { process, performance } = host
  const told = process?.getBuiltinModule?.('node:v8').getHeapStatistics?.().heap_size_limit
  return told ?? performance?.memory?.jsHeapSizeLimit ?? Number.POSITIVE_INFINITY
}
