/** Grids whose cells are numbered row by row: moving on them, and showing them as text. */

export type Direction = 'up' | 'right' | 'down' | 'left'

export interface GridSize {
  readonly rows: number
  readonly columns: number
}

/** The cell beside `cell`, or `cell` itself at the edge. */
export function neighbour({ rows, columns }: GridSize, cell: number, direction: Direction): number {
  const row = Math.floor(cell / columns)
  const column = cell % columns
  switch (direction) {
    case 'up':
      return row > 0 ? cell - columns : cell
    case 'down':
      return row < rows - 1 ? cell + columns : cell
    case 'left':
      return column > 0 ? cell - 1 : cell
    case 'right':
      return column < columns - 1 ? cell + 1 : cell
  }
}

/** Select Graphic Rendition codes (ECMA-48) of the looks that the grids use. */
const SGR = {
  here: '41', // red background
  empty: '43', // yellow background
  loaded: '42', // green background
  passenger: '1;34', // bold blue
  destination: '35', // magenta
} as const

export type Look = keyof typeof SGR

/** A cell of a text in another look than its neighbours. */
export type Mark = readonly [row: number, column: number, look: Look]

/** Rows of characters as lines, the marked cells in colour (ANSI escapes); marks may overlap. */
export function gridText(rows: readonly string[], marks: readonly Mark[]): string {
  const cells = rows.map((line) => Array.from(line))
  for (const [row, column, look] of marks) {
    cells[row]![column] = `\u001B[${SGR[look]}m${cells[row]![column]!}\u001B[0m`
  }
  return cells.map((line) => line.join('')).join('\n')
}
