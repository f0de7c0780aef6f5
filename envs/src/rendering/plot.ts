/** Points as text, for environments that move in the plane. */

const ROWS = 13
const COLUMNS = 25 // twice as many, since a character is about twice as high as it is wide

/** @param points x, y (up) and a character; a later one hides an earlier. @param bound of x and y. */
export function plot(
  points: readonly (readonly [x: number, y: number, mark: string])[],
  bound: number,
): string {
  const rows = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(' '))
  for (const [x, y, mark] of points) {
    const column = Math.round(((x / bound + 1) / 2) * (COLUMNS - 1))
    const row = Math.round(((1 - y / bound) / 2) * (ROWS - 1))
    const line = rows[row]
    if (line !== undefined && column >= 0 && column < COLUMNS) line[column] = mark
  }
  return rows.map((row) => row.join('').trimEnd()).join('\n')
}

/** Radians as whole degrees from -180 to 180. */
export function degrees(angle: number): string {
  const turns = angle / (2 * Math.PI)
  return String(Math.round((turns - Math.round(turns)) * 360) + 0) // + 0: not -0
}
