/** How DQN acts: ε-greedily, by the folded network, among legal actions. */
import type { Discrete, Info } from 'gymnasium-js'
import {
  type Awaitable,
  compile,
  type NumericArray,
  type Program,
  readsByWaiting,
} from '../../src/backend/index.ts'
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
  /** What `lookAhead` began. */
  #ahead: { obs: NumericArray; outputs: Awaitable<{ q: Float32Array }> } | undefined

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
  batch(
    obs: NumericArray,
    { deterministic, infos }: ActBatchOptions,
    moment: Moment,
  ): Awaitable<Int32Array> {
    const masks = actionMasksOf(infos, this.#actionSpace.n)
    const indices = deterministic
      ? this.#greedy(obs, masks, moment)
      : this.explore(obs, this.epsilon, masks, moment)
    return indices instanceof Promise
      ? indices.then((chosen) => this.toEnvActions(chosen))
      : this.toEnvActions(indices)
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
  ): Awaitable<Int32Array> {
    const rows = obs.length / this.#size
    const isRandom = Array.from({ length: rows }, () => this.rng.random() < epsilon)
    if (isRandom.every(Boolean)) {
      this.forget()
      return this.#randomized(new Int32Array(rows), isRandom, masks)
    }
    const greedy = this.#greedy(obs, masks, moment)
    return greedy instanceof Promise
      ? this.#randomizedLater(greedy, isRandom, masks)
      : this.#randomized(greedy, isRandom, masks)
  }

  /**
   * On a backend that is read by waiting: begins to compute what the next greedy actions are chosen by, so that an
   * update that follows is computed while environments step. These actions do not know the update yet.
   *
   * @param obs what the next call of `explore` will be about
   */
  lookAhead(obs: NumericArray): void {
    if (!readsByWaiting()) return
    const outputs = this.#qValues.run({ obs })
    if (outputs instanceof Promise) outputs.catch(() => undefined) // thrown where it is asked for
    this.#ahead = { obs, outputs }
  }

  /** Lets go of what `lookAhead` began. */
  forget(): void {
    this.#ahead = undefined
  }

  toEnvActions(indices: Int32Array): Int32Array {
    const { start } = this.#actionSpace
    return start === 0 ? indices : indices.map((index) => index + start)
  }

  dispose(): void {
    this.#qValues.dispose()
  }

  #randomized(
    actions: Int32Array,
    isRandom: readonly boolean[],
    masks: Uint8Array | undefined,
  ): Int32Array {
    const { n } = this.#actionSpace
    for (const [i, random] of isRandom.entries())
      if (random) actions[i] = legalRandom(this.rng, i * n, n, masks)
    return actions
  }

  async #randomizedLater(
    actions: Promise<Int32Array>,
    isRandom: readonly boolean[],
    masks: Uint8Array | undefined,
  ): Promise<Int32Array> {
    return this.#randomized(await actions, isRandom, masks)
  }

  /** argmax Q over legal actions, [N]; the first of equals. */
  #greedy(obs: NumericArray, masks: Uint8Array | undefined, moment: Moment): Awaitable<Int32Array> {
    const isAhead = this.#ahead?.obs === obs
    const outputs = isAhead ? this.#ahead!.outputs : this.#qValues.run({ obs })
    if (isAhead) this.forget()
    return outputs instanceof Promise
      ? this.#bestLater(outputs, obs, masks, moment)
      : this.#best(outputs.q, obs, masks, moment)
  }

  async #bestLater(
    outputs: Promise<{ q: Float32Array }>,
    obs: NumericArray,
    masks: Uint8Array | undefined,
    moment: Moment,
  ): Promise<Int32Array> {
    return this.#best((await outputs).q, obs, masks, moment)
  }

  #best(
    q: Float32Array,
    obs: NumericArray,
    masks: Uint8Array | undefined,
    moment: Moment,
  ): Int32Array {
    const { n } = this.#actionSpace
    const rows = obs.length / this.#size
    requireFiniteOutputs('Q-value', q, { obs, rows }, moment)
    return Int32Array.from({ length: rows }, (_, i) => legalArgMax(q, i * n, n, masks))
  }
}
