/** The five games by the names that MinAtar's registry gives them. */

import { asterix } from './asterix.ts'
import { breakout } from './breakout.ts'
import { freeway } from './freeway.ts'
import type { MinAtarGame } from './game.ts'
import { seaquest } from './seaquest.ts'
import { spaceInvaders } from './space-invaders.ts'

export const MINATAR_GAMES = {
  asterix,
  breakout,
  freeway,
  seaquest,
  space_invaders: spaceInvaders,
} as const satisfies Record<string, MinAtarGame>

export type MinAtarGameName = keyof typeof MINATAR_GAMES
