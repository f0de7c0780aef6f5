/** What every check is given: how to get an environment, how long to play, where to report. */

import type { CompleteEnv, RenderMode } from '../env.ts'
import type { Report } from './finding.ts'

export interface Subject {
  readonly report: Report
  /** A new environment; always the same one where `checkEnv` was given an environment. */
  readonly build: (options?: { readonly renderMode?: RenderMode }) => CompleteEnv
  /** Whether `build` makes new ones. */
  readonly canCopy: boolean
  readonly seed: number
  /** Of seeded random play. */
  readonly episodes: number
  /** Timesteps per episode or run. */
  readonly steps: number
}

export type Check = (subject: Subject) => void
