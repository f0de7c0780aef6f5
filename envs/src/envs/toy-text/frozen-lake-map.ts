/**
 * Maps of FrozenLake: rows of letters, S start, F frozen, H hole, G goal. The two standard ones,
 * and random ones that have a way from the top left to a goal.
 */

import { describe } from '../../names.ts'
import { checkFraction, checkInteger } from '../../numbers.ts'
import { Rng } from '../../rng.ts'
import type { Seed } from '../../rng.ts'

export const FROZEN_LAKE_MAPS = {
  '4x4': ['SFFF', 'FHFH', 'FFFH', 'HFFG'],
  '8x8': [
    'SFFFFFFF',
    'FFFFFFFF',
    'FFFHFFFF',
    'FFFFFHFF',
    'FFFHFFFF',
    'FHHFFFHF',
    'FHFFHFHF',
    'FFFHFFFG',
  ],
} as const satisfies Record<string, readonly string[]>

export type FrozenLakeMapName = keyof typeof FROZEN_LAKE_MAPS

const MAX_MAPS = 10_000 // drawn in about a second at size 8

export interface RandomMapOptions {
  /** Rows and columns, at least 2. Default: 8. */
  size?: number | undefined
  /** Probability that a tile is frozen. Default: 0.8. */
  frozen?: number | undefined
  /** Default: 0. */
  seed?: Seed | undefined
}

/**
 * A random square map with S at the top left, G at the bottom right and a way between them: maps
 * are drawn, one `random()` per tile, row by row, until one has a way.
 *
 * @throws RangeError when size is not an integer ≥ 2, frozen is no probability, or so low
 * that no map has a way.
 * @example
 * make('FrozenLake-v1', { desc: generateRandomMap({ size: 6, seed: 1 }) })
 */
export function generateRandomMap(options: RandomMapOptions = {}): string[] {
  const { size = 8, frozen = 0.8, seed = 0 } = options
  checkInteger('generateRandomMap: size', size, 2)
  checkFraction('generateRandomMap: frozen', frozen)
  const rng = new Rng(seed)
  for (let i = 0; i < MAX_MAPS; i++) {
    const map = drawMap(size, frozen, rng)
    if (hasWay(map)) return map
  }
  throw new RangeError(
    `generateRandomMap: none of ${MAX_MAPS} maps of size ${size} has a way with frozen = ${frozen}; ` +
      'pass more frozen tiles, or a smaller size',
  )
}

function drawMap(size: number, frozen: number, rng: Rng): string[] {
  const last = size - 1
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (__, column) => {
      const tile = rng.random() < frozen ? 'F' : 'H'
      if (row === 0 && column === 0) return 'S'
      return row === last && column === last ? 'G' : tile
    }).join(''),
  )
}

/** Whether a goal can be reached from the top left without stepping into a hole. */
export function hasWay(map: readonly string[]): boolean {
  const seen = new Set(['0,0'])
  const frontier: (readonly [row: number, column: number])[] = [[0, 0]]
  for (let next = frontier.pop(); next !== undefined; next = frontier.pop()) {
    for (const [row, column] of neighbours(next)) {
      const tile = map[row]?.[column]
      if (tile === 'G') return true
      if (tile === undefined || tile === 'H' || seen.has(`${row},${column}`)) continue
      seen.add(`${row},${column}`)
      frontier.push([row, column])
    }
  }
  return false
}

function neighbours([row, column]: readonly [row: number, column: number]) {
  return [
    [row + 1, column],
    [row, column + 1],
    [row - 1, column],
    [row, column - 1],
  ] as const
}

/** @throws RangeError when a map is not a rectangle of the letters S, F, H and G with an S in it. */
export function checkMap(argument: string, map: unknown): readonly string[] {
  const rows: readonly unknown[] = Array.isArray(map) ? map : []
  if (!isStrings(rows) || rows.length === 0) {
    throw new RangeError(`${argument} is ${describe(map)}; pass an array of strings, one per row`)
  }
  const columns = rows[0]!.length
  for (const [i, row] of rows.entries()) {
    if (row.length === columns && /^[SFHG]+$/.test(row)) continue
    throw new RangeError(
      `${argument}[${i}] is '${row}'; pass rows of equal length of the letters S, F, H and G`,
    )
  }
  if (rows.some((row) => row.includes('S'))) return [...rows]
  throw new RangeError(`${argument} has no start; put an S where the player starts`)
}

function isStrings(rows: readonly unknown[]): rows is readonly string[] {
  return rows.every((row) => typeof row === 'string')
}
