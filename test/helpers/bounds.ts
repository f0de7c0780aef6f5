/** One-step episodes: the reward for hitting low + width · (0.2 + 0.6 · sensor), the sensor being what is shown. */
import { Box } from 'gymnasium-js'
import { type Game } from './environments.ts'

const READINGS = 1_000_000

/** Earns exp(−4.5 d²) where d is how far off the action is, in parts of the width: 0.39 for staying at the low bound. */
export function hitGame(low: number, high: number): Game {
  return {
    observationSpace: new Box({ low: 0, high: 1, shape: [1] }),
    actionSpace: new Box({ low, high, shape: [1] }),
    start: (rng) => rng.randInt(0, READINGS),
    observe: (state) => Float32Array.of(state / READINGS),
    play: (state, action) => {
      const [a] = action as unknown as Float32Array
      const target = low + (high - low) * (0.2 + (0.6 * state) / READINGS)
      const d = (a! - target) / (high - low)
      return { state, reward: Math.exp(-4.5 * d * d), terminated: true }
    },
  }
}

export const BOUNDS = [
  [-1, 1],
  [5, 10],
  [0, 1000],
  [0, 0.001],
] as const
