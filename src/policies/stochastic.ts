/** Acting with an actor-critic: actions are drawn from the policy, or the most probable one is taken. */
import type { Info } from 'gymnasium-js'
import type { ActionArray, ObsArray } from 'gymnasium-js/vector'
import {
  type Awaitable,
  compile,
  download,
  type NumericArray,
  type Program,
  type TensorSpec,
  whenThere,
} from '../backend/index.ts'
import type { ActionValues } from '../buffers/index.ts'
import { actionMasksOf } from '../masks.ts'
import type { ActorCritic, ObservationEncoder } from '../nn/index.ts'
import type { Rng } from '../rng.ts'
import { type CheckpointState, stateOf, type StatePart } from '../state.ts'
import { requireFiniteOutputs } from '../trouble.ts'
import type { ActionDistribution } from './action-distribution.ts'
import type { ActBatchOptions, ActOptions, Played, ActingPolicy, RolloutPolicy } from './policy.ts'
import { SingleObservation } from './single-observation.ts'

export interface StochasticParts {
  readonly network: ActorCritic
  readonly distribution: ActionDistribution
  readonly encoder: ObservationEncoder
  /** Draws actions. */
  readonly rng: Rng
}

type Outputs = Readonly<Record<'prepared' | 'values', Float32Array>>
type DoneInputs = Readonly<Record<string, TensorSpec> & Record<'obs' | 'actions', TensorSpec>>
type Forward = Program<{ obs: TensorSpec }, 'prepared' | 'values'>
type MaskedForward = Program<{ obs: TensorSpec; masks: TensorSpec }, 'prepared' | 'values'>

export class Stochastic implements ActingPolicy<number | ActionArray>, RolloutPolicy {
  readonly #distribution: ActionDistribution
  readonly #rng: Rng
  readonly #size: number
  readonly #forward: Forward
  readonly #maskedForward: MaskedForward
  readonly #forwardOfOne: SingleObservation<'prepared' | 'values'>
  readonly #values: Program<{ obs: TensorSpec }, 'values'>
  readonly #logProbs: Program<DoneInputs, 'logProbs'>
  readonly #maskedLogProbs: Program<DoneInputs, 'logProbs'>
  /** Reused: acting on one observation allocates nothing. */
  readonly #one: ActionValues

  constructor({ network, distribution, encoder, rng }: StochasticParts) {
    this.#distribution = distribution
    this.#rng = rng
    this.#size = encoder.size
    this.#one = distribution.empty(1)
    const obsInput = { obs: encoder.spec }
    const masks: TensorSpec = { shape: [-1, distribution.maskSize], dtype: 'float32' }
    this.#forward = compile(
      ({ obs }) => {
        const { policy, values } = network.outputs(encoder.encode(obs))
        return { prepared: distribution.prepare(policy), values }
      },
      { inputs: obsInput },
    )
    this.#maskedForward = compile(
      (inputs) => {
        const { policy, values } = network.outputs(encoder.encode(inputs.obs))
        return { prepared: distribution.prepare(policy, inputs.masks), values }
      },
      { inputs: { ...obsInput, masks } },
    )
    this.#forwardOfOne = new SingleObservation(this.#forward, encoder.size, {
      prepared: distribution.numOutputs,
      values: 1,
    })
    this.#values = compile(({ obs }) => ({ values: network.valueOutputs(encoder.encode(obs)) }), {
      inputs: obsInput,
    })
    const logProbsWith = (more: Readonly<Record<string, TensorSpec>>) => {
      const inputs: DoneInputs = { ...more, obs: encoder.spec, actions: distribution.spec }
      return compile(
        ({ obs, actions, masks: legal }) => {
          const policy = network.policyOutputs(encoder.encode(obs))
          return { logProbs: distribution.terms(policy, actions, legal).logProb }
        },
        { inputs },
      )
    }
    this.#logProbs = logProbsWith({})
    this.#maskedLogProbs = logProbsWith({ masks })
  }

  /** Actions drawn from the policy, and the values of the observations. @throws Trouble if an output is not finite */
  play(obs: ObsArray, masks: Uint8Array | undefined): Awaitable<Played> {
    return whenThere(this.#outputs(obs, masks), ({ prepared, values }) => {
      const batch = { obs, rows: values.length }
      const isChoice = this.#distribution.maskSize > 0
      requireFiniteOutputs('value', values, batch)
      requireFiniteOutputs(
        isChoice ? 'probability of an action' : 'mean of an action',
        prepared,
        batch,
      )
      return { actions: this.#choose(prepared, values.length, false), values }
    })
  }

  playAtRandom(obs: ObsArray, masks: Uint8Array | undefined): Played {
    const rows = obs.length / this.#size
    const actions = this.#distribution.empty(rows)
    this.#distribution.random(this.#rng, actions, masks)
    return { actions, values: new Float32Array(rows) }
  }

  toEnv(actions: ActionValues): ActionArray {
    return this.#distribution.toEnv(actions)
  }

  one(obs: NumericArray | number, { deterministic, info }: ActOptions): number | ActionArray {
    const masks = info && this.#masksOf([info])
    const { prepared } = masks
      ? this.#maskedForward({ obs: typeof obs === 'number' ? Int32Array.of(obs) : obs, masks })
      : this.#forwardOfOne.run(obs)
    if (deterministic) this.#distribution.mostLikely(prepared, this.#one)
    else this.#distribution.draw(prepared, this.#rng, this.#one)
    return this.#distribution.oneToEnv(this.#one)
  }

  batch(obs: NumericArray, { deterministic, infos }: ActBatchOptions): Awaitable<ActionArray> {
    return whenThere(this.#outputs(obs, this.#masksOf(infos)), ({ prepared, values }) =>
      this.#distribution.toEnv(this.#choose(prepared, values.length, deterministic)),
    )
  }

  /** Probabilities, or means of continuous actions. @param obs [B, ...] @returns [B, numOutputs] */
  prepared(obs: NumericArray): Float32Array {
    return this.#forward({ obs }).prepared
  }

  /** @param obs [B, ...] @returns [B] */
  values(obs: NumericArray): Float32Array {
    return this.#values({ obs }).values
  }

  /** As `values`, on every backend. */
  async valuesAsync(obs: ObsArray): Promise<Float32Array> {
    return (await this.#values.run({ obs })).values
  }

  /** log π(a | s), [B], nats. @param obs [B, ...] @param actions [B, D] @param masks [B, maskSize] */
  async logProbs(
    obs: ObsArray,
    actions: ActionValues,
    masks: Uint8Array | undefined,
  ): Promise<Float32Array> {
    const { logProbs } = masks
      ? await this.#maskedLogProbs.run({ obs, actions, masks })
      : await this.#logProbs.run({ obs, actions })
    return logProbs
  }

  getState(): CheckpointState {
    return stateOf({ exploration: this.#rng }).getState()
  }

  readState(state: StatePart): () => void {
    return stateOf({ exploration: this.#rng }).readState(state)
  }

  dispose(): void {
    for (const program of [this.#forward, this.#maskedForward, this.#values]) program.dispose()
    for (const program of [this.#logProbs, this.#maskedLogProbs]) program.dispose()
  }

  /** Where reading takes waiting, they are there when the distribution's own parameters can be read too. */
  #outputs(obs: NumericArray, masks: Uint8Array | undefined): Awaitable<Outputs> {
    if (masks) this.#distribution.requireLegal(masks)
    const outputs = masks ? this.#maskedForward.run({ obs, masks }) : this.#forward.run({ obs })
    if (!(outputs instanceof Promise)) return outputs
    const parameters = download(Object.values(this.#distribution.parameters))
    return Promise.all([outputs, parameters]).then(([found]) => found)
  }

  #masksOf(infos: readonly Info[] | undefined): Uint8Array | undefined {
    const masks = actionMasksOf(infos, this.#distribution.maskSize)
    if (masks) this.#distribution.requireLegal(masks)
    return masks
  }

  /** Actions of so many rows, as rollouts hold them. */
  #choose(prepared: Float32Array, rows: number, deterministic: boolean): ActionValues {
    const actions = this.#distribution.empty(rows)
    if (deterministic) this.#distribution.mostLikely(prepared, actions)
    else this.#distribution.draw(prepared, this.#rng, actions)
    return actions
  }
}
