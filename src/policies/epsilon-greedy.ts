/** Acting ε-greedily on action values: at random with probability ε, else the best legal action. */
import type { Discrete } from 'gymnasium-js'
import type { ActionArray } from 'gymnasium-js/vector'
import type * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import {
  type Awaitable,
  compile,
  type NumericArray,
  type Program,
  readsByWaiting,
  type TensorSpec,
  whenThere,
} from '../backend/index.ts'
import type { ActionValues } from '../buffers/index.ts'
import { actionMasksOf, argMax, legalArgMax, legalRandom } from '../masks.ts'
import type { ObservationEncoder } from '../nn/index.ts'
import type { Rng } from '../rng.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  splitState,
  type StatePart,
  streamState,
} from '../state.ts'
import { requireFiniteOutputs } from '../trouble.ts'
import type { ActBatchOptions, ActOptions, Played, ActingPolicy, RolloutPolicy } from './policy.ts'
import { SingleObservation } from './single-observation.ts'

/** Of an agent. */
export interface EpsilonGreedyParts {
  readonly encoder: ObservationEncoder
  readonly actionSpace: Discrete
  /** Parent of the stream `exploration`, which random actions are drawn from. */
  readonly rng: Rng
}

type Outputs = Readonly<Record<'q', Float32Array>>

export class EpsilonGreedy implements ActingPolicy<number>, RolloutPolicy {
  /** Probability of a random action. */
  epsilon: number
  readonly #rng: Rng
  readonly #actionSpace: Discrete
  readonly #size: number
  readonly #qValues: Program<{ obs: TensorSpec }, 'q'>
  readonly #qValuesOfOne: SingleObservation<'q'>
  /** What `lookAhead` began. */
  #ahead: { obs: NumericArray; outputs: Awaitable<Outputs> } | undefined

  /**
   * @param values Q(s, ·), with folded weights: from encoded observations [B, ...] to [B, A]
   * @param epsilon at the start
   */
  constructor(
    { encoder, actionSpace, rng }: EpsilonGreedyParts,
    values: (x: tf.Tensor) => tf.Tensor,
    epsilon: number,
  ) {
    this.epsilon = epsilon
    this.#rng = rng.stream('exploration')
    this.#actionSpace = actionSpace
    this.#size = encoder.size
    this.#qValues = compile(({ obs }) => ({ q: values(encoder.encode(obs)) }), {
      inputs: { obs: encoder.spec },
    })
    this.#qValuesOfOne = new SingleObservation(this.#qValues, encoder.size, { q: actionSpace.n })
  }

  one(obs: NumericArray | number, { deterministic, info }: ActOptions): number {
    const { n, start } = this.#actionSpace
    const masks = info && actionMasksOf([info], n)
    const isRandom = !deterministic && this.#rng.random() < this.epsilon
    if (isRandom) return legalRandom(this.#rng, 0, n, masks) + start
    const { q } = this.#qValuesOfOne.run(obs)
    return (masks ? legalArgMax(q, 0, n, masks) : argMax(q, 0, n)) + start
  }

  batch(obs: NumericArray, { deterministic, infos }: ActBatchOptions): Awaitable<ActionArray> {
    const masks = actionMasksOf(infos, this.#actionSpace.n)
    const indices = deterministic
      ? whenThere(this.#outputs(obs), (outputs) => this.#best(outputs, obs, masks))
      : this.explore(obs, masks, this.epsilon)
    return whenThere(indices, (chosen) => this.toEnv(chosen))
  }

  /** [B, A] where reading takes no waiting */
  qValues(obs: NumericArray): Float32Array {
    return this.#qValues({ obs }).q
  }

  /** max_a Q(s, a) over legal actions, [B]. @param obs [B, ...] @param masks [B, A] */
  async bestValues(obs: NumericArray, masks?: Uint8Array): Promise<Float32Array> {
    const outputs = await this.#qValues.run({ obs })
    return this.#bestValues(outputs, obs.length / this.#size, masks)
  }

  /** ε-greedy action indices, [N]. @param masks [N, A]; without them all are legal */
  explore(
    obs: NumericArray,
    masks: Uint8Array | undefined,
    epsilon: number,
  ): Awaitable<Int32Array> {
    const isRandom = this.#drawRandom(obs.length / this.#size, epsilon)
    if (!isRandom.includes(0)) {
      this.forget()
      return this.#randomized(new Int32Array(isRandom.length), isRandom, masks)
    }
    return whenThere(this.#outputs(obs), (outputs) =>
      this.#randomized(this.#best(outputs, obs, masks), isRandom, masks),
    )
  }

  /** As `explore` with its own ε, and with the value of the best legal action of each observation. */
  play(obs: NumericArray, masks: Uint8Array | undefined): Awaitable<Played> {
    const isRandom = this.#drawRandom(obs.length / this.#size, this.epsilon)
    return whenThere(this.#outputs(obs), (outputs) => ({
      actions: this.#randomized(this.#best(outputs, obs, masks), isRandom, masks),
      values: this.#bestValues(outputs, isRandom.length, masks),
    }))
  }

  playAtRandom(obs: NumericArray, masks: Uint8Array | undefined): Played {
    const rows = obs.length / this.#size
    const isRandom = new Uint8Array(rows).fill(1)
    const actions = this.#randomized(new Int32Array(rows), isRandom, masks)
    return { actions, values: new Float32Array(rows) }
  }

  /**
   * On a backend that is read by waiting: begins to compute what the next greedy actions are chosen by, so that an
   * update that follows is computed while environments step. These actions do not know the update yet.
   *
   * @param obs what the next call of `explore` will be about
   */
  lookAhead(obs: NumericArray): void {
    if (!readsByWaiting() || this.epsilon === 1) return
    const outputs = this.#qValues.run({ obs })
    if (outputs instanceof Promise) outputs.catch(() => undefined) // thrown where it is asked for
    this.#ahead = { obs, outputs }
  }

  forget(): void {
    this.#ahead = undefined
  }

  toEnv(indices: ActionValues): ActionArray {
    const { start } = this.#actionSpace
    return start === 0 ? indices : indices.map((index) => index + start)
  }

  getState(): CheckpointState {
    const exploration = streamState(this.#rng).getState()
    return joinStates({ epsilon: this.epsilon }, { exploration })
  }

  readState(state: StatePart): () => void {
    const { epsilon } = readJson(stateSchema, state)
    const { exploration } = splitState(state, ['exploration'])
    const take = streamState(this.#rng).readState(exploration)
    return () => {
      take()
      this.epsilon = epsilon
      this.forget()
    }
  }

  dispose(): void {
    this.#qValues.dispose()
  }

  /** [N] 1 where an action is to be random. */
  #drawRandom(rows: number, epsilon: number): Uint8Array {
    const isRandom = new Uint8Array(rows)
    for (let i = 0; i < rows; i++) isRandom[i] = this.#rng.random() < epsilon ? 1 : 0
    return isRandom
  }

  #outputs(obs: NumericArray): Awaitable<Outputs> {
    const ahead = this.#ahead?.obs === obs ? this.#ahead.outputs : undefined
    if (ahead) this.forget()
    return ahead ?? this.#qValues.run({ obs })
  }

  /** argmax Q over legal actions, [N]; the first of equals. */
  #best({ q }: Outputs, obs: NumericArray, masks: Uint8Array | undefined): Int32Array {
    const { n } = this.#actionSpace
    const rows = obs.length / this.#size
    requireFiniteOutputs('Q-value', q, { obs, rows })
    return Int32Array.from({ length: rows }, (_, i) => legalArgMax(q, i * n, n, masks))
  }

  #bestValues({ q }: Outputs, rows: number, masks?: Uint8Array): Float32Array {
    const { n } = this.#actionSpace
    return Float32Array.from(
      { length: rows },
      (_, i) => q[i * n + legalArgMax(q, i * n, n, masks)]!,
    )
  }

  #randomized(
    actions: Int32Array,
    isRandom: Uint8Array,
    masks: Uint8Array | undefined,
  ): Int32Array {
    const { n } = this.#actionSpace
    for (let i = 0; i < isRandom.length; i++)
      if (isRandom[i]) actions[i] = legalRandom(this.#rng, i * n, n, masks)
    return actions
  }
}

const stateSchema = z.strictObject({
  epsilon: z.number().min(0).max(1),
  exploration: partSchema,
})
