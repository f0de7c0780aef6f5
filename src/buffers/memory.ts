/** Refuses an allocation that the machine cannot hold, before it is made. */

/**
 * @param bytes what is about to be allocated
 * @param what names it in the message
 * @param remedy what to change
 * @throws RangeError if more is asked for than the platform says is available (where it says)
 */
export function requireMemory(bytes: number, what: string, remedy: string): void {
  const available = availableMemory()
  if (bytes <= available) return
  throw new RangeError(
    `${what} needs ${formatBytes(bytes)}, but only ${formatBytes(available)} are available; ${remedy}`,
  )
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

/** Node and Bun tell; elsewhere only the engine's own limit holds. */
function availableMemory(): number {
  const host = (globalThis as { process?: { availableMemory?: () => number } }).process
  return host?.availableMemory?.() ?? Number.POSITIVE_INFINITY
}
