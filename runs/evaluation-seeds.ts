/** The seeds of a run's evaluations, so that anyone can play the same episodes again. */
import { Rng, type Seed } from '../src/rng.ts'

/** Of the evaluations at a run's end. */
export function evaluationSeed(seed: Seed): Seed {
  return new Rng(seed).stream('evaluation').seed
}

/** Of the evaluations while learning; that at timestep N has the seed `<this>/N`. */
export function periodicEvaluationSeed(seed: Seed): Seed {
  return new Rng(seed).stream('eval').seed
}
