/** wn-rl/act: a trained policy that acts, for games, apps and pages: no training, no environments, no tfjs. */
export type { Action, ActionArray } from './choices.ts'
export type { ActBackend } from './kernels.ts'
export { loadPolicy, type LoadPolicyOptions } from './load.ts'
export type { Observations } from './observations.ts'
export type { PolicyLocation } from './places.ts'
export type { ActOneOptions, ActOptions, Policy } from './policy.ts'
