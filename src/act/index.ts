/** wn-rl/act: a trained policy that acts, for games, apps and pages: no training, no environments, no tfjs. */
export { loadPolicy, type LoadPolicyOptions } from './load.ts'
export type { PolicyLocation } from './places.ts'
export type {
  ActBackend,
  Action,
  ActionArray,
  ActOneOptions,
  ActOptions,
  Observations,
  Policy,
} from './policy.ts'
