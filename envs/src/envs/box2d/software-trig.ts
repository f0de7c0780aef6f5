/**
 * Puts software trigonometry into `Math` until `restoreTrig` is called: planck takes `Math.sin`,
 * `Math.cos` and `Math.atan2` once, while it is loaded, and engines differ in their last bits (1 %
 * of V8's sines differ from fdlibm's). A module that is imported between the two keeps these for
 * good and gives the same bits everywhere. Only `planck.ts` imports this file.
 */

import atan2 from '@stdlib/math-base-special-atan2'
import { cos, sin } from '../../trig.ts'

const native = { sin: Math.sin, cos: Math.cos, atan2: Math.atan2 }

setTrig({ sin, cos, atan2 })

/** Gives the engine its own functions back. */
export function restoreTrig(): void {
  setTrig(native)
}

/** `Reflect.set` leaves a frozen `Math` (SES) as it is instead of throwing. */
function setTrig(functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) Reflect.set(Math, name, value)
}
