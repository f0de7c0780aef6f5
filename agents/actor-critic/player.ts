/** How an actor-critic acts: its networks as programs from observations to actions and values. */
import type { Info, Rng } from 'gymnasium-js'
import type { ActionArray } from 'gymnasium-js/vector'
import {
  type Awaitable,
  compile,
  download,
  type NumericArray,
  type Program,
  type TensorSpec,
} from '../../src/backend/index.ts'
import type { ActionValues } from '../../src/buffers/index.ts'
import type { ObservationEncoder } from '../../src/nn/index.ts'
import {
  actionMasksOf,
  type Moment,
  requireFiniteOutputs,
  SingleObservation,
} from '../../src/training/index.ts'
import type { ActionDistribution } from './action-distribution.ts'
import { type ActorCritic, actingOutputs, actingValues } from './networks.ts'

/** What was done in a step of N environments. */
export interface Played {
  /** [N, D] as rollouts hold them */
  readonly actions: ActionValues
  /** [N] V of what was seen */
  readonly values: Float32Array
}

export interface ActOptions {
  /** The most probable action, or the mean; otherwise it is drawn from the policy. */
  readonly deterministic: boolean
  /** What the environment told beside the observation, for its `actionMask`. */
  readonly info?: Info | undefined
}

type Outputs = Readonly<Record<'prepared' | 'values', Float32Array>>
type Acting = Program<{ obs: TensorSpec }, 'prepared' | 'values'>
type MaskedActing = Program<{ obs: TensorSpec; masks: TensorSpec }, 'prepared' | 'values'>

export class Player {
  readonly #distribution: ActionDistribution
  readonly #encoder: ObservationEncoder
  readonly #forward: Acting
  readonly #maskedForward: MaskedActing
  readonly #forwardOfOne: SingleObservation<'prepared' | 'values'>
  readonly #values: Program<{ obs: TensorSpec }, 'values'>
  readonly #one: ActionValues

  constructor(
    networks: ActorCritic,
    distribution: ActionDistribution,
    encoder: ObservationEncoder,
  ) {
    this.#distribution = distribution
    this.#encoder = encoder
    this.#one = distribution.empty(1)
    const obsInput = { obs: encoder.spec }
    const masks: TensorSpec = { shape: [-1, distribution.maskSize], dtype: 'float32' }
    this.#forward = compile(
      ({ obs }) => {
        const { policy, values } = actingOutputs(networks, encoder.encode(obs))
        return { prepared: distribution.prepare(policy), values }
      },
      { inputs: obsInput },
    )
    this.#maskedForward = compile(
      (inputs) => {
        const { policy, values } = actingOutputs(networks, encoder.encode(inputs.obs))
        return { prepared: distribution.prepare(policy, inputs.masks), values }
      },
      { inputs: { ...obsInput, masks } },
    )
    this.#forwardOfOne = new SingleObservation(this.#forward, encoder.size, {
      prepared: distribution.numOutputs,
      values: 1,
    })
    this.#values = compile(({ obs }) => ({ values: actingValues(networks, encoder.encode(obs)) }), {
      inputs: obsInput,
    })
  }

  /**
   * Actions drawn from the policy, and the values of the observations.
   *
   * @param obs [N, ...]
   * @param masks [N, maskSize] of legal actions; without it all are
   * @throws TrainingTrouble if a network's output is not finite
   */
  play(
    obs: NumericArray,
    masks: Uint8Array | undefined,
    rng: Rng,
    moment: Moment,
  ): Awaitable<Played> {
    const outputs = this.#run(obs, masks)
    return outputs instanceof Promise
      ? this.#playedLater(outputs, obs, rng, moment)
      : this.#played(outputs, obs, rng, moment)
  }

  async #playedLater(outputs: Promise<Outputs>, obs: NumericArray, rng: Rng, moment: Moment) {
    return this.#played(await this.#withParameters(outputs), obs, rng, moment)
  }

  #played({ prepared, values }: Outputs, obs: NumericArray, rng: Rng, moment: Moment): Played {
    const batch = { obs, rows: values.length }
    requireFiniteOutputs('value', values, batch, moment)
    const what = this.#distribution.maskSize > 0 ? 'probability of an action' : 'mean of an action'
    requireFiniteOutputs(what, prepared, batch, moment)
    const actions = this.#distribution.empty(values.length)
    this.#distribution.draw(prepared, rng, actions)
    return { actions, values }
  }

  /** Actions at random, for the warm-up: there is no network to ask for values yet, and it does not use them. */
  playAtRandom(obs: NumericArray, masks: Uint8Array | undefined, rng: Rng): Played {
    const rows = obs.length / this.#encoder.size
    const actions = this.#distribution.empty(rows)
    this.#distribution.random(rng, actions, masks)
    return { actions, values: new Float32Array(rows) }
  }

  /** The action for one observation, in an array that the next call writes over: acting allocates nothing. */
  playOne(obs: NumericArray | number, { deterministic, info }: ActOptions, rng: Rng): ActionValues {
    const masks = info && this.#masksOf([info])
    const { prepared } = masks
      ? this.#maskedForward({ obs: typeof obs === 'number' ? Int32Array.of(obs) : obs, masks })
      : this.#forwardOfOne.run(obs)
    return this.#choose(prepared, this.#one, deterministic, rng)
  }

  /** [N, ...] actions as environments take them. @param infos [N] beside the observations */
  actBatch(
    obs: NumericArray,
    { deterministic, infos }: { deterministic: boolean; infos?: readonly Info[] },
    rng: Rng,
  ): Awaitable<ActionArray> {
    const outputs = this.#run(obs, this.#masksOf(infos))
    return outputs instanceof Promise
      ? this.#chosenLater(outputs, deterministic, rng)
      : this.#chosen(outputs, deterministic, rng)
  }

  async #chosenLater(outputs: Promise<Outputs>, deterministic: boolean, rng: Rng) {
    return this.#chosen(await this.#withParameters(outputs), deterministic, rng)
  }

  #chosen({ prepared, values }: Outputs, deterministic: boolean, rng: Rng): ActionArray {
    const actions = this.#distribution.empty(values.length)
    return this.#distribution.toEnv(this.#choose(prepared, actions, deterministic, rng))
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
  async valuesAsync(obs: NumericArray): Promise<Float32Array> {
    return (await this.#values.run({ obs })).values
  }

  dispose(): void {
    for (const program of [this.#forward, this.#maskedForward, this.#values]) program.dispose()
  }

  #run(obs: NumericArray, masks: Uint8Array | undefined): Awaitable<Outputs> {
    if (!masks) return this.#forward.run({ obs })
    this.#distribution.requireLegal(masks)
    return this.#maskedForward.run({ obs, masks })
  }

  /** The outputs, when the distribution's own parameters can be read too. */
  async #withParameters(outputs: Promise<Outputs>): Promise<Outputs> {
    const parameters = download(Object.values(this.#distribution.parameters))
    const [found] = await Promise.all([outputs, parameters])
    return found
  }

  #masksOf(infos: readonly Info[] | undefined): Uint8Array | undefined {
    const { maskSize } = this.#distribution
    const masks = maskSize === 0 ? undefined : actionMasksOf(infos, maskSize)
    if (masks) this.#distribution.requireLegal(masks)
    return masks
  }

  #choose(
    prepared: Float32Array,
    actions: ActionValues,
    deterministic: boolean,
    rng: Rng,
  ): ActionValues {
    if (deterministic) this.#distribution.mostLikely(prepared, actions)
    else this.#distribution.draw(prepared, rng, actions)
    return actions
  }
}
