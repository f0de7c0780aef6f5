/**
 * Capitals, digits and some signs as strokes on a grid 4 wide and 6 high, drawn for this package:
 * each pair of digits is a point (x, then y downwards), spaces part strokes.
 */

import type { Contour } from './coverage.ts'

const GLYPHS = new Map([
  ['A', '062046 1434'],
  ['B', '003041423303 3344453606 0006'],
  ['C', '4130100105163645'],
  ['D', '00204244260600'],
  ['E', '40000646 0333'],
  ['F', '400006 0333'],
  ['G', '41301001051636454323'],
  ['H', '0006 4046 0343'],
  ['I', '1030 2026 1636'],
  ['J', '4045361605'],
  ['K', '0006 400346'],
  ['L', '000646'],
  ['M', '0600234046'],
  ['N', '06004640'],
  ['O', '103041453616050110'],
  ['P', '06003041423303'],
  ['Q', '103041453616050110 2446'],
  ['R', '06003041423303 2346'],
  ['S', '413010010213334445361605'],
  ['T', '0040 2026'],
  ['U', '000516364540'],
  ['V', '002640'],
  ['W', '0016233640'],
  ['X', '0046 4006'],
  ['Y', '002340 2326'],
  ['Z', '00400646'],
  ['0', '103041453616050110'],
  ['1', '112026 1636'],
  ['2', '01103041420646'],
  ['3', '01103041423313334445361605'],
  ['4', '36300444'],
  ['5', '400002324345361605'],
  ['6', '413010010516364543321203'],
  ['7', '004016'],
  ['8', '13020110304142331304051636454433'],
  ['9', '433414030110304145361605'],
  ['-', '1333'],
  ['+', '0343 2125'],
  ['=', '0242 0444'],
  ['.', '2626'],
  [',', '2517'],
  [':', '2222 2525'],
  ['/', '4006'],
  ['!', '2024 2626'],
  ['?', '01103041422324 2626'],
])

const ADVANCE = 5.8 // grid units from one letter to the next
const HEIGHT = 6 // grid units

/** Width of a text whose letters are 1 high. */
export function textWidth(text: string): number {
  return Math.max(0, (text.length * ADVANCE - (ADVANCE - 4)) / HEIGHT)
}

/**
 * The strokes of a text whose letters are 1 high, from x = 0 on, y downwards from 0. Small letters
 * become capitals; what has no glyph is left blank.
 */
export function glyphsOf(text: string): Contour[] {
  return Array.from(text.toUpperCase()).flatMap((letter, at) =>
    (GLYPHS.get(letter) ?? '')
      .split(' ')
      .filter((stroke) => stroke !== '')
      .map((stroke) =>
        Array.from(
          stroke,
          (digit, i) => (Number(digit) + (i % 2 === 0 ? at * ADVANCE : 0)) / HEIGHT,
        ),
      ),
  )
}
