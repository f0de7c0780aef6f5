/**
 * Priorities and importance weights of prioritized replay, in double precision. Powers come from a software
 * library, so that a seed samples the same transitions on every engine.
 *
 * Source: Schaul et al. 2016, "Prioritized experience replay" (arXiv 1511.05952), equation 1 and section 3.4.
 */
import exp from '@stdlib/math-base-special-exp'
import ln from '@stdlib/math-base-special-ln'

/** p = |δ| + ε. */
export function priorityOf(tdError: number, epsilon: number): number {
  return Math.abs(tdError) + epsilon
}

/** xʸ for x > 0. */
export function power(x: number, y: number): number {
  return exp(y * ln(x))
}

/**
 * w = (N P)^−β, divided by the largest: by default that of the batch, as in Dopamine, so that the size of the steps
 * does not hang on one transition of small probability somewhere in the buffer.
 *
 * @param probabilities [B] P of the sampled transitions
 * @param count N: transitions held
 * @param beta from 0, no correction, to 1, all of it
 * @param weights [B], written
 * @param smallest P of the transition whose weight becomes 1; pass the buffer's to divide by the buffer's largest
 * @returns weights
 */
export function importanceWeights(
  probabilities: Float64Array,
  count: number,
  beta: number,
  weights: Float32Array | Float64Array,
  smallest = probabilities.reduce((least, p) => Math.min(least, p), Number.POSITIVE_INFINITY),
): Float32Array | Float64Array {
  const largest = power(count * smallest, -beta)
  for (let i = 0; i < probabilities.length; i++)
    weights[i] = power(count * probabilities[i]!, -beta) / largest
  return weights
}
