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
  readonly value: string | number | undefined
  /** Bytes of arrays. */
  readonly bytes?: number
  /** Numbers in the longest of them. */
  readonly longest?: number
  /** Bytes of objects, in the engine's own heap, which has a limit of its own. */
  readonly objects?: number
  /** Bytes of tensors, in the memory that the backend has for them. */
  readonly tensors?: number
}

type Kind = 'bytes' | 'objects' | 'tensors'

/** How much there is, and where: `of memory`. */
export type MemoryLimit = readonly [bytes: number, where: string]

/** Of objects, in a page; V8's on a large machine. */
const DEFAULT_HEAP = 2 ** 32
/** A typed array of up to so many numbers is made by every engine that has the memory. */
const SMALL_ARRAY = 2 ** 31 - 1

/**
 * @param needs made together
 * @throws RangeError if they take more than there is: of all, the one that takes most is named
 */
export function requireMemory(needs: readonly MemoryNeed[]): void {
  requireWithin(needs, [availableMemory(), 'of memory'], 'bytes', 'objects', 'tensors')
  requireWithin(needs, [heapLimit(), 'of heap'], 'objects')
  needs.forEach(requireArray)
}

/** @throws RangeError if they take more of such kinds than the limit */
export function requireWithin(
  needs: readonly MemoryNeed[],
  [limit, where]: MemoryLimit,
  ...kinds: readonly Kind[]
): void {
  const sizes = needs.map((need) => kinds.reduce((sum, kind) => sum + (need[kind] ?? 0), 0))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= limit) return
  const largest = needs[sizes.indexOf(Math.max(...sizes))]!
  const all = needs.length > 1 ? ' with all else' : ''
  refuse(
    largest,
    `needs ${gibibytes(total)}${all}, but only ${gibibytes(limit)} ${where} are available`,
  )
}

/** Engines differ in how long an array may be; one that is not written to takes no memory, so asking costs nothing. */
function requireArray(need: MemoryNeed): void {
  const { longest = 0 } = need
  try {
    if (longest > SMALL_ARRAY) new Uint8Array(longest)
  } catch {
    refuse(need, `needs an array of ${longest} numbers, too long here`)
  }
}

function refuse({ name, value }: MemoryNeed, why: string): never {
  throw new RangeError(`${name} is ${value}, which ${why}; choose a smaller ${name}`)
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
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
    getBuiltinModule?(name: string): { getHeapStatistics(): { heap_size_limit: number } }
  }
}

const { process } = globalThis as Host

/** Node and Bun tell; elsewhere only the engine's own limits hold. */
function availableMemory(): number {
  return process?.availableMemory?.() ?? Infinity
}

/** Of objects. */
function heapLimit(): number {
  return process?.getBuiltinModule?.('node:v8').getHeapStatistics().heap_size_limit ?? DEFAULT_HEAP
}
