/**
 * What A2C and PPO do alike, so that each of them is left with its update: they warm up, collect rollouts under the
 * current policy, hand each full one to the update, log, save and resume. They hold a learner; they do not extend it.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Env, Rng, Space } from 'gymnasium-js'
import type { ActionArray, ObsArray, VectorEnv } from 'gymnasium-js/vector'
import type * as z from 'zod'
import {
  type Awaitable,
  backendFor,
  download,
  type NumericArray,
  onHost,
  tensorFrom,
  useCpuUntilChosen,
} from '../../src/backend/index.ts'
import type { RolloutBuffer } from '../../src/buffers/index.ts'
import {
  createOptimizer,
  mlp,
  NORM_METRICS,
  type NetworkFactory,
  type ObservationEncoder,
  type Optimizer,
} from '../../src/nn/index.ts'
import type { Seed } from '../../src/rng.ts'
import type { CheckpointState } from '../../src/state.ts'
import {
  type AgentConfig,
  assignVariables,
  type Callbacks,
  checkBudget,
  combineCallbacks,
  completedIntervals,
  learningRateAt,
  type LearnOptions,
  linearSchedule,
  type ModelLocation,
  type Moment,
  normalizationOf,
  NormRows,
  oneObservation,
  type PendingReports,
  prepareAgent,
  readVariables,
  reportEpisodes,
  requireBetweenTimesteps,
  requireEnvs,
  requireSameSpaces,
  saveAgentModel,
  shouldYield,
  startPlaying,
  stepWatched,
  yieldToEventLoop,
} from '../../src/training/index.ts'
import { digestOf, type Model } from '../../src/storage/index.ts'
import {
  type ActionDistribution,
  type ActionSpace,
  distributionOf,
  requireActionSpace,
} from './action-distribution.ts'
import {
  type ActorCritic,
  asOneNetwork,
  createActorCritic,
  disposeNetworks,
  emptyInitialization,
  type Initialization,
  initializeFromData,
  networksOf,
  parametersOf,
  refold,
  variablesOf,
} from './networks.ts'
import type { actorCriticOptions } from './options.ts'
import { type ActOptions, Player } from './player.ts'
import {
  addStep,
  emptyRollout,
  type Learning,
  masksIn,
  readRolloutState,
  type RolloutParts,
  rolloutState,
  startRollouts,
} from './rollouts.ts'
import { learnerState, readLearnerState } from './state.ts'

/** Of an agent that shares this: its options have these among them. */
type ParsedOptions = z.output<z.ZodObject<typeof actorCriticOptions>> & {
  readonly learningRate: number
  readonly optimizer: Parameters<typeof createOptimizer>[1]
  readonly numSteps: number
}

/** Every option resolved. */
export type Resolved<Options> = Options & {
  readonly numEnvs: number
  readonly network: NetworkFactory
}

/** A full rollout with what its update needs; arrays are [T · N, …]. */
export interface Experience {
  readonly rollout: RolloutBuffer
  /** Legal actions; undefined where all were. [T · N, maskSize] */
  readonly masks: Uint8Array | undefined
  readonly advantages: Float64Array
  readonly returns: Float64Array
  readonly learningRate: number
  readonly entCoef: number
  /** For errors. */
  readonly moment: Moment
  /** Takes what each gradient step found, under the agent's names of metrics. */
  readonly report: (values: Readonly<Record<string, number>>) => void
}

/** Logged by every actor-critic, besides its own. */
export const LEARNER_METRICS = ['charts/learning_rate', ...NORM_METRICS] as const

export interface LearnerParts<Options extends ParsedOptions> {
  /** As the registry and files have it. */
  readonly name: string
  /** As people have it, for errors. */
  readonly title: string
  readonly config: AgentConfig<object>
  readonly options: Options
  /** Names of what an update reports. */
  readonly updateMetrics: readonly string[]
  /** Where its updates put what they found, where reading takes waiting. */
  readonly pending: Pick<PendingReports<string>, 'settle' | 'dispose'>
  /** Names of random streams that updates draw from. */
  readonly streams?: readonly string[]
}

export class Learner<Options extends ParsedOptions> {
  readonly name: string
  readonly options: Resolved<Options>
  readonly seed: Seed
  readonly observationSpace: Space
  readonly actionSpace: ActionSpace
  readonly makeEnv: (() => Env) | undefined
  readonly networks: ActorCritic
  readonly distribution: ActionDistribution
  readonly encoder: ObservationEncoder
  readonly optimizer: Optimizer
  readonly player: Player
  readonly exploration: Rng
  /** That updates draw from, by name. */
  readonly streams: Readonly<Record<string, Rng>>
  initialization: Initialization
  /** Timesteps of experience so far. */
  globalStep = 0

  readonly #envs: VectorEnv | undefined
  readonly #rng: Rng
  readonly #updateMetrics: readonly string[]
  readonly #pending: LearnerParts<Options>['pending']
  readonly #norms: NormRows
  #learning: Learning | undefined
  /** Whether the networks have been initialized from data, or read from a file. */
  #initialized: boolean
  /** Whether no timestep is under way: then the state is whole. */
  #betweenTimesteps = true

  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  constructor({
    name,
    title,
    config,
    options,
    updateMetrics,
    pending,
    streams = [],
  }: LearnerParts<Options>) {
    const defaults = { numEnvs: 8, network: mlp([64, 64], 'tanh') }
    const parts = prepareAgent(title, config, options, defaults, requireActionSpace)
    this.name = name
    this.options = { ...options, numEnvs: parts.numEnvs, network: parts.networkFactory }
    this.seed = parts.seed
    this.observationSpace = parts.observationSpace
    this.actionSpace = parts.actionSpace
    this.makeEnv = parts.makeEnv
    this.encoder = parts.encoder
    this.exploration = parts.rng.stream('exploration')
    this.streams = Object.fromEntries(streams.map((stream) => [stream, parts.rng.stream(stream)]))
    this.#envs = parts.envs
    this.#rng = parts.rng
    this.#updateMetrics = updateMetrics
    this.#pending = pending

    useCpuUntilChosen()
    this.distribution = distributionOf(this.actionSpace, options.logStdInit)
    this.networks = createActorCritic(parts.networkFactory, {
      ...normalizationOf(options),
      inputShape: parts.encoder.inputShape,
      rng: parts.rng.stream('init'),
      outputs: this.distribution.numOutputs,
      policyOutputScale: options.policyOutputScale,
      sharedTrunk: options.sharedTrunk,
      actionParameters: this.distribution.parameters,
    })
    this.optimizer = createOptimizer(parametersOf(this.networks), options.optimizer)
    this.player = new Player(this.networks, this.distribution, this.encoder)
    this.#norms = new NormRows(asOneNetwork(this.networks), this.encoder)
    this.initialization = emptyInitialization(this.networks)
    this.#initialized = !networksOf(this.networks).some(({ fitsData }) => fitsData)
  }

  /**
   * Learns until the agent has seen `totalTimesteps` in all.
   *
   * @param update learns from a full rollout
   */
  async learn(
    { totalTimesteps, callbacks = [] }: LearnOptions,
    update: (experience: Experience) => Awaitable<void>,
  ): Promise<void> {
    this.checkBudget(totalTimesteps)
    const envs = requireEnvs(this.#envs)
    await backendFor({ kernels: this.kernels })
    const listeners = combineCallbacks(callbacks)

    for (let stop = false; !stop && this.globalStep < totalTimesteps;) {
      const parts = this.#rolloutParts()
      this.#learning ??= startRollouts(parts, startPlaying(envs, this.#rng, this.#moment()))
      const learning = this.#learning
      this.#betweenTimesteps = false
      const before = this.globalStep
      learning.rollout ??= this.#nextRollout(learning, totalTimesteps)

      // Collect and store: one step of a rollout of all environments under one policy; at random while warming up.
      const { obs, masks } = learning
      const playing = this.#initialized
        ? this.player.play(obs, masks, this.exploration, this.#moment())
        : this.player.playAtRandom(obs, masks, this.exploration)
      const played = playing instanceof Promise ? await playing : playing
      const actions = this.distribution.toEnv(played.actions)
      const step = stepWatched(envs, actions, learning, this.#moment())
      this.globalStep += envs.numEnvs
      addStep(parts, learning, played, step)
      reportEpisodes(step, this.globalStep, listeners)

      if (learning.rollout.full)
        await this.#finishRollout(learning, totalTimesteps, update, listeners)
      this.#betweenTimesteps = true
      if (await listeners.onStep(this.globalStep)) stop = true
      if (shouldYield(before, this.globalStep)) await yieldToEventLoop()
    }
    await this.#hearAll()
  }

  /** As the agents' own. */
  async synchronize(): Promise<void> {
    await this.#hearAll()
    const groups = [variablesOf(this.networks), this.optimizer.state]
    await download(groups.flatMap((group) => Object.values(group)))
  }

  /** @throws RangeError if `learn` would refuse this budget */
  checkBudget(totalTimesteps: number): void {
    const { numEnvs } = requireEnvs(this.#envs)
    checkBudget(totalTimesteps, numEnvs, this.globalStep)
    const { initializationSteps } = this.options
    if (this.#initialized || totalTimesteps > this.#warmUpSteps() * numEnvs) return
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, but initializationSteps is ${initializationSteps}: nothing would be ` +
        'learned; give more timesteps or fewer for the initialization',
    )
  }

  /** @throws Error in the middle of a timestep, and after learning was stopped there by an error */
  getState(): CheckpointState {
    requireBetweenTimesteps(this.#betweenTimesteps)
    const learning = this.#learning && rolloutState(requireEnvs(this.#envs), this.#learning)
    return learnerState(this, this.#initialized, learning)
  }

  /** @throws TypeError naming the field, if the state is torn or does not fit; nothing has changed then */
  setState(state: CheckpointState): void {
    const read = readLearnerState(this, state)
    const { globalStep, initialized } = read
    const learning =
      read.learning &&
      readRolloutState(this.#rolloutParts(), read.learning, {
        rng: this.#rng,
        globalStep,
        maxSteps: this.#rolloutSteps(initialized),
      })

    this.#learning = learning?.() // environments may still refuse, before anything else has changed
    this.#pending.dispose()
    read.restore()
    this.#startFromNetworks(initialized)
    this.initialization = read.initialization
    this.globalStep = globalStep
    this.#betweenTimesteps = true
  }

  /** What the programs of updates are made of. */
  get updateParts() {
    const { networks, distribution, optimizer, encoder } = this
    return { networks, distribution, optimizer, encoder }
  }

  /** Kernels that learning needs and that not every backend has. */
  get kernels(): readonly string[] {
    return [...new Set(networksOf(this.networks).flatMap(({ kernels }) => kernels))]
  }

  /** As the environment takes it: a number for Discrete spaces, an array for others. Numbers allocate nothing. */
  act(obs: NumericArray | number, options: ActOptions): number | ActionArray {
    const { actionSpace } = this
    const actions = this.player.playOne(obs, options, this.exploration)
    if (actionSpace.kind === 'discrete') return actions[0]! + actionSpace.start
    return this.distribution.toEnv(actions.slice())
  }

  /** As `act`, on every backend. */
  async actAsync(obs: NumericArray | number, { deterministic, info }: ActOptions) {
    const one = oneObservation(obs, this.encoder.size)
    const options = { deterministic, ...(info && { infos: [info] }) }
    const actions = await this.player.actBatch(one, options, this.exploration)
    return this.actionSpace.kind === 'discrete' ? actions[0]! : actions
  }

  /** SHA-256 over the parameters and running statistics in name order: equal for equal runs. */
  digest(): string {
    return digestOf(readVariables(variablesOf(this.networks)))
  }

  async save(location: ModelLocation): Promise<void> {
    await this.synchronize()
    await saveAgentModel(location, this.name, this, readVariables(variablesOf(this.networks)))
  }

  /** Takes over a model's weights and timesteps. @throws Error if it does not fit */
  restore(model: Model, source: string): void {
    requireSameSpaces(model, this, source)
    assignVariables(variablesOf(this.networks), model.tensors, source)
    this.globalStep = model.globalStep
    this.#startFromNetworks(true)
  }

  /** Frees the tensors and closes the environments. */
  dispose(): void {
    disposeNetworks(this.networks)
    for (const part of [this.optimizer, this.player, this.#norms, this.#pending]) part.dispose()
    this.#envs?.close()
  }

  async #finishRollout(
    learning: Learning,
    totalTimesteps: number,
    update: (experience: Experience) => Awaitable<void>,
    listeners: Required<Callbacks>,
  ): Promise<void> {
    const rollout = learning.rollout!
    const start = this.globalStep - rollout.rewards.length
    const learned = this.#initialized
    if (learned) await update(await this.#experience(learning, start, totalTimesteps))
    else await this.#initializeFromData(rollout.obs)
    learning.rollout = undefined
    await this.#log(learning, start, totalTimesteps, listeners, learned ? rollout.obs : undefined)
  }

  /** Advantages bootstrap from the value of what comes after the rollout. */
  async #experience(
    learning: Learning,
    start: number,
    totalTimesteps: number,
  ): Promise<Experience> {
    const { options, player } = this
    const rollout = learning.rollout!
    const { finalObs } = rollout
    const finalValues = finalObs && (await player.valuesAsync(finalObs))
    const lastValues = await player.valuesAsync(learning.obs)
    const { gamma, gaeLambda, entCoef, entCoefEnd = entCoef } = options
    return {
      rollout,
      masks: masksIn(rollout),
      ...rollout.advantages(() => finalValues!, lastValues, gamma, gaeLambda),
      learningRate: learningRateAt(options, start, totalTimesteps),
      entCoef: linearSchedule(entCoef, entCoefEnd, totalTimesteps, start),
      moment: this.#moment(),
      report: (values) => {
        learning.metrics.add(values)
      },
    }
  }

  /** @param obs of the rollout, to measure normalization with; undefined where nothing has been learned yet */
  async #log(
    learning: Learning,
    start: number,
    totalTimesteps: number,
    { onMetrics }: Required<Callbacks>,
    obs: ObsArray | undefined,
  ): Promise<void> {
    const { logInterval, normInterval } = this.options
    const isDue = (interval: number) => completedIntervals(start, this.globalStep, interval) > 0
    const learningRate = learningRateAt(this.options, this.globalStep, totalTimesteps)
    if (isDue(logInterval)) await this.#hearAll()
    const losses = isDue(logInterval) && {
      ...learning.metrics.take(),
      'charts/learning_rate': learningRate,
    }
    const batchSize = obs ? obs.length / this.encoder.size : 0
    const norms =
      obs &&
      batchSize > 1 &&
      normInterval > 0 &&
      isDue(normInterval) &&
      (await this.#norms.row({
        obs,
        batchSize,
        learningRate,
        rng: this.#rng.stream(`norm/${this.globalStep}`),
      }))
    if (losses || norms) onMetrics(this.globalStep, { ...losses, ...norms })
  }

  /** Hears of everything that updates found. */
  async #hearAll(): Promise<void> {
    const whole = this.#betweenTimesteps
    this.#betweenTimesteps = false // in trouble there is no state
    await this.#pending.settle()
    this.#betweenTimesteps = whole
  }

  #rolloutParts(): RolloutParts {
    return {
      envs: requireEnvs(this.#envs),
      obsSize: this.encoder.size,
      distribution: this.distribution,
      rewardScale: this.options.rewardScale,
      updateMetrics: this.#updateMetrics,
    }
  }

  #moment(): Moment {
    return { agent: this.name, globalStep: this.globalStep, playing: this.#learning }
  }

  /** An empty rollout, as long as what is left of the warm-up's or the budget's timesteps allows. */
  #nextRollout(learning: Learning, totalTimesteps: number): RolloutBuffer {
    const { numEnvs } = requireEnvs(this.#envs)
    const left = (totalTimesteps - this.globalStep) / numEnvs
    return emptyRollout(this.#rolloutParts(), learning, Math.min(this.#rolloutSteps(), left))
  }

  /** Steps of each environment in a whole rollout. */
  #rolloutSteps(isInitialized = this.#initialized): number {
    return isInitialized ? this.options.numSteps : this.#warmUpSteps()
  }

  /** Steps of each environment that make at least `initializationSteps` timesteps together. */
  #warmUpSteps(): number {
    return Math.ceil(this.options.initializationSteps / requireEnvs(this.#envs).numEnvs)
  }

  /** Data-dependent initialization of all networks from the warm-up. @param obs [B, ...] */
  async #initializeFromData(obs: ObsArray): Promise<void> {
    const { encoder } = this
    await onHost(() => {
      tf.tidy(() => {
        const shape = [obs.length / encoder.size, ...encoder.shape]
        const x = encoder.encode(tensorFrom(obs, shape, encoder.spec.dtype))
        this.initialization = initializeFromData(this.networks, x)
      })
    })
    this.#startFromNetworks(true)
  }

  #startFromNetworks(isInitialized: boolean): void {
    tf.tidy(() => {
      refold(this.networks)
    })
    this.#initialized = isInitialized
  }
}
