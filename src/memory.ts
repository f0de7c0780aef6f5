/**
 * Refuses what an option would make before anything of it is made, where the machine cannot hold it: the error names
 * the option, its value, the memory that it would take, what there is, and what to change.
 *
 * An estimate is what is at least allocated, so that nothing is refused that works.
 */

/** What one option makes. */
export interface MemoryNeed {
  /** Of the option. */
  readonly name: string
  readonly value: unknown
  /** Bytes of arrays. */
  readonly bytes?: number
  /** Numbers in the longest of them. */
  readonly longest?: number
  /** Bytes of objects, in the engine's own heap, which has a limit of its own. */
  readonly objects?: number
  /** Bytes of tensors, in the memory that the backend has for them. */
  readonly tensors?: number
}

/** How much there is of a kind of memory. */
export interface MemoryLimit {
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
  const all = ({ bytes = 0, objects = 0, tensors = 0 }: MemoryNeed) => bytes + objects + tensors
  const memory = { name: 'of memory', bytes: availableMemory() }
  requireWithin(needs, all, memory)
  requireWithin(needs, ({ objects = 0 }) => objects, { name: 'of heap', bytes: heapLimit() })
  for (const need of needs) requireArray(need)
}

/** @throws RangeError if the tensors of all take more than there is for them */
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
  const [own, together] = [formatBytes(of(largest)), formatBytes(total)]
  const all = own === together ? own : `${own}, ${together} with all else`
  throw refusal(largest, `needs ${all}, but only ${formatBytes(bytes)} ${name} are available`)
}

/** Engines differ in how long an array may be; one that is not written to takes no memory, so asking costs nothing. */
function requireArray(need: MemoryNeed): void {
  const { longest = 0 } = need
  try {
    if (longest > SMALL_ARRAY) void new Uint8Array(longest)
  } catch {
    throw refusal(need, `needs an array of ${longest} numbers, longer than arrays can be here`)
  }
}

function refusal({ name, value }: MemoryNeed, why: string): RangeError {
  return new RangeError(`${name} is ${String(value)}, which ${why}; choose a smaller ${name}`)
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
  return host.process?.availableMemory?.() ?? Infinity
}

/** Of objects. Node tells, and Chromium. */
function heapLimit(): number {
  const { process, performance } = host
  const v8 = process?.getBuiltinModule?.('node:v8').getHeapStatistics?.().heap_size_limit
  return v8 ?? performance?.memory?.jsHeapSizeLimit ?? Infinity
}
