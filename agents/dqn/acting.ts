/** How DQN acts: ε-greedily, by the folded network, among legal actions. */
import type { Discrete, Info } from 'gymnasium-js'
import { compile, type NumericArray, type Program } from '../../src/backend/index.ts'
import type { Network, ObservationEncoder } from '../../src/nn/index.ts'
import type { Rng } from '../../src/rng.ts'
import {
  actionMasksOf,
  argMax,
  legalArgMax,
  legalRandom,
  type Moment,
  requireFiniteOutputs,
  SingleObservation,
} from '../../src/training/index.ts'
import type { Head } from './heads.ts'

export interface ActOptions {
  /** The greedy action; otherwise it is random with the current ε. */
  readonly deterministic: boolean
  /** What the environment told beside the observation; `info.actionMask` is minded. */
  readonly info?: Info
}

export interface ActBatchOptions {
  readonly deterministic: boolean
  /** [N] as `info`. */
  readonly infos?: readonly Info[]
}

interface ActingParts {
  readonly network: Network
  readonly head: Head
  readonly encoder: ObservationEncoder
  readonly actionSpace: Discrete
  /** Draws random actions. */
  readonly rng: Rng
  readonly epsilon: number
}

export class Acting {
  /** Probability of a random action. */
  epsilon: number
  readonly rng: Rng
  readonly #actionSpace: Discrete
  readonly #size: number
  readonly #qValues: Program<{ obs: ObservationEncoder['spec'] }, 'q'>
  readonly #qValuesOfOne: SingleObservation<'q'>

  constructor({ network, head, encoder, actionSpace, rng, epsilon }: ActingParts) {
    this.epsilon = epsilon
    this.rng = rng
    this.#actionSpace = actionSpace
    this.#size = encoder.size
    this.#qValues = compile(
      ({ obs }) => ({ q: head.values(network.applyFolded(encoder.encode(obs))) }),
      { inputs: { obs: encoder.spec } },
    )
    this.#qValuesOfOne = new SingleObservation(this.#qValues, encoder.size, { q: actionSpace.n })
  }

  /** The action for one observation, as the environment takes it. */
  one(obs: NumericArray | number, { deterministic, info }: ActOptions): number {
    const { n, start } = this.#actionSpace
    const masks = info && actionMasksOf([info], n)
    const isRandom = !deterministic && this.rng.random() < this.epsilon
    if (isRandom) return legalRandom(this.rng, 0, n, masks) + start
    const { q } = this.#qValuesOfOne.run(obs)
    return (masks ? legalArgMax(q, 0, n, masks) : argMax(q, 0, n)) + start
  }

  /** [N] actions, as the environments take them. */
  batch(obs: NumericArray, { deterministic, infos }: ActBatchOptions, moment: Moment): Int32Array {
    const masks = actionMasksOf(infos, this.#actionSpace.n)
    const indices = deterministic
      ? this.#greedy(obs, masks, moment)
      : this.explore(obs, this.epsilon, masks, moment)
    return this.toEnvActions(indices)
  }

  /** [B, A] */
  qValues(obs: NumericArray): Float32Array {
    return this.#qValues({ obs }).q
  }

  /** ε-greedy action indices, [N]. @param masks [N, A]; without them all are legal */
  explore(
    obs: NumericArray,
    epsilon: number,
    masks: Uint8Array | undefined,
    moment: Moment,
  ): Int32Array {
    const rows = obs.length / this.#size
    const isRandom = Array.from({ length: rows }, () => this.rng.random() < epsilon)
    const actions = isRandom.every(Boolean)
      ? new Int32Array(rows)
      : this.#greedy(obs, masks, moment)
    const { n } = this.#actionSpace
    for (const [i, random] of isRandom.entries())
      if (random) actions[i] = legalRandom(this.rng, i * n, n, masks)
    return actions
  }

  toEnvActions(indices: Int32Array): Int32Array {
    const { start } = this.#actionSpace
    return start === 0 ? indices : indices.map((index) => index + start)
  }

  dispose(): void {
    this.#qValues.dispose()
  }

  /** argmax Q over legal actions, [N]; the first of equals. */
  #greedy(obs: NumericArray, masks: Uint8Array | undefined, moment: Moment): Int32Array {
    const q = this.qValues(obs)
    const { n } = this.#actionSpace
    const rows = obs.length / this.#size
    requireFiniteOutputs('Q-value', q, { obs, rows }, moment)
    return Int32Array.from({ length: rows }, (_, i) => legalArgMax(q, i * n, n, masks))
  }
}
