/** What stands in for entry-points.ts in a page: planck is 46 kB of gzip, which a page without Box2D need not load. */
import type { Box2dEntryPoints } from './entry-points.ts'

export const box2d: Box2dEntryPoints = {
  lunarLander: () => refuse('LunarLander'),
  bipedalWalker: () => refuse('BipedalWalker'),
}

export function provideBox2d(entryPoints: Box2dEntryPoints): void {
  Object.assign(box2d, entryPoints)
}

function refuse(name: string): never {
  throw new Error(
    `make: a page has ${name} only if it asks for Box2D: import { useBox2d } from 'gymnasium-js/box2d' and call useBox2d() before make`,
  )
}
