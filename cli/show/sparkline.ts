/** A curve in one line of text. */

const BLOCKS = '▁▂▃▄▅▆▇█'

/**
 * @param values in order; those that are not finite leave a gap
 * @param width columns at most: neighbours are averaged
 * @returns blocks from the least value to the greatest
 */
export function sparkline(values: readonly number[], width: number): string {
  const columns = Math.min(width, values.length)
  const averages = Array.from({ length: columns }, (_, i) =>
    average(
      values.slice(
        Math.floor((i * values.length) / columns),
        Math.floor(((i + 1) * values.length) / columns),
      ),
    ),
  )
  const finite = averages.filter(Number.isFinite)
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  return averages.map((value) => block(value, low, high)).join('')
}

function block(value: number, low: number, high: number): string {
  if (!Number.isFinite(value)) return ' '
  const share = high > low ? (value - low) / (high - low) : 0.5
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))]!
}

function average(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite)
  return finite.reduce((sum, value) => sum + value, 0) / finite.length
}
