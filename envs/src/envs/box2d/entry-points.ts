/**
 * How `make` builds the environments of Box2D. In a page's bundle package.json's "imports" put entry-points-browser.ts
 * in this file's place, so that planck is only there where somebody asks for it.
 */
import type { Env } from '../../env.ts'
import { BipedalWalker } from './bipedal-walker.ts'
import type { BipedalWalkerOptions } from './bipedal-walker.ts'
import { LunarLander } from './lunar-lander.ts'
import type { LunarLanderOptions } from './lunar-lander.ts'

export interface Box2dEntryPoints {
  lunarLander(options: LunarLanderOptions): Env
  bipedalWalker(options: BipedalWalkerOptions): Env
}

export const box2d: Box2dEntryPoints = {
  lunarLander: (options) => new LunarLander(options),
  bipedalWalker: (options) => new BipedalWalker(options),
}

/** Outside pages they are there already. */
export function provideBox2d(entryPoints: Box2dEntryPoints): void {
  Object.assign(box2d, entryPoints)
}
