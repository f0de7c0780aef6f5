/**
 * DQN: deep Q-learning with experience replay and a target network, here with weight-normalized networks, and the
 * extensions of Rainbow but noisy networks.
 *
 * Source: Mnih et al. 2015, "Human-level control through deep reinforcement learning" (Nature 518, 529); Hessel et al.
 * 2018, "Rainbow" (arXiv 1710.02298); the extensions' own papers where they are: dqn/heads.ts, dqn/replay.ts. Weight
 * normalization: Salimans & Kingma 2016 (arXiv 1602.07868). docs/agents/dqn.md lists every difference from them.
 *
 * The story is `learn`: collect, store, sample, update, sync. What acts is in dqn/acting.ts, what learning carries
 * along in dqn/learning.ts, the gradient step in dqn/update.ts.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Discrete, Env, Space } from 'gymnasium-js'
import type { VectorEnv } from 'gymnasium-js/vector'
import {
  atOnce,
  type Awaitable,
  backendFor,
  compile,
  download,
  type NumericArray,
  onHost,
  type Program,
  type Signature,
  tensorFrom,
  useCpuUntilChosen,
} from '../src/backend/index.ts'
import {
  createOptimizer,
  type LayerReport,
  mlp,
  type Network,
  NORM_METRICS,
  type ObservationEncoder,
  type Optimizer,
  readVariableTensors,
  variableTensors,
} from '../src/nn/index.ts'
import type { Metrics } from '../src/logging/index.ts'
import type { Rng, Seed } from '../src/rng.ts'
import {
  type CheckpointState,
  joinStates,
  readJson,
  readStream,
  splitState,
  type StateOptions,
} from '../src/state.ts'
import {
  type AgentConfig,
  agentJson,
  assignVariables,
  checkBudget,
  combineCallbacks,
  completedIntervals,
  followMasks,
  learningRateAt,
  type LearningAgent,
  type LearnOptions,
  linearSchedule,
  type LoadOptions,
  loadAgentModel,
  type ModelLocation,
  modelVariables,
  type Moment,
  normalizationOf,
  NormRows,
  oneObservation,
  parseOptions,
  prepareAgent,
  readVariables,
  reportEpisodes,
  reportsFromJson,
  reportsToJson,
  requireBetweenTimesteps,
  requireEnvs,
  requireSameSpaces,
  saveAgentModel,
  shouldYield,
  stepWatched,
  yieldToEventLoop,
} from '../src/training/index.ts'
import { digestOf } from '../src/storage/index.ts'
import { type ActBatchOptions, Acting, type ActOptions } from './dqn/acting.ts'
import { headFor, networkFor } from './dqn/heads.ts'
import {
  improve,
  type Learning,
  learningState,
  type LearningParts,
  readLearning,
  startLearning,
  UPDATE_METRICS,
} from './dqn/learning.ts'
import { checkOptions, type DqnOptions, dqnOptions, type ResolvedOptions } from './dqn/options.ts'
import { drawObservations, type Replay, requireMemoryFor } from './dqn/replay.ts'
import { stateSchema } from './dqn/state.ts'

/** Made once: acting allocates nothing. */
const GREEDY: ActOptions = { deterministic: true }

/** Every metric that DQN reports while it learns, besides those of episodes. */
export const dqnMetrics = [
  ...UPDATE_METRICS,
  'charts/epsilon',
  'charts/learning_rate',
  ...NORM_METRICS,
] as const

/**
 * @example
 * const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 50_000 })
 * agent.act(obs, { deterministic: true })
 */
export class Dqn implements LearningAgent {
  readonly options: ResolvedOptions
  readonly seed: Seed
  readonly observationSpace: Space
  readonly actionSpace: Discrete
  /** Makes environments for evaluation; undefined where the agent was given finished ones. */
  readonly makeEnv: (() => Env) | undefined
  /** The network that learns. */
  readonly network: Network
  /** What data-dependent initialization found, layer by layer; empty until it has run. */
  initialization: readonly LayerReport[] = []
  /** Timesteps of experience so far. */
  globalStep = 0

  readonly #envs: VectorEnv | undefined
  readonly #rng: Rng
  readonly #encoder: ObservationEncoder
  /** A folded copy. */
  readonly #target: Network
  readonly #optimizer: Optimizer
  readonly #acting: Acting
  readonly #syncTarget: Program<Signature, never>
  readonly #norms: NormRows
  #learning: Learning | undefined
  /** Whether the network has been initialized from data, or read from a file. */
  #initialized = false
  /** Whether no timestep is under way: then the state is whole. */
  #betweenTimesteps = true

  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  constructor(config: AgentConfig<DqnOptions>) {
    const { env: _env, spaces: _spaces, seed: _seed, ...given } = config
    const options = parseOptions(dqnOptions, given)
    checkOptions(options)
    const parts = prepareAgent('DQN', config, options, { numEnvs: 1, network: mlp([120, 84]) })
    this.options = { ...options, numEnvs: parts.numEnvs, network: parts.networkFactory }
    this.seed = parts.seed
    this.observationSpace = parts.observationSpace
    this.actionSpace = parts.actionSpace
    this.makeEnv = parts.makeEnv
    this.#envs = parts.envs
    this.#encoder = parts.encoder
    this.#rng = parts.rng
    const head = headFor(this.actionSpace.n, options)

    useCpuUntilChosen()
    this.network = networkFor(head, parts.networkFactory, {
      inputShape: parts.encoder.inputShape,
      outputScale: 1,
      ...normalizationOf(options),
      rng: parts.rng.stream('init'),
    })
    this.#target = this.network.foldedCopy()
    this.#optimizer = createOptimizer(this.network.parameters, this.options.optimizer)

    const [network, target] = [this.network, this.#target]
    this.#acting = new Acting({
      network,
      head,
      encoder: parts.encoder,
      actionSpace: parts.actionSpace,
      rng: parts.rng.stream('exploration'),
      epsilon: options.epsilonStart,
    })
    this.#syncTarget = compile(() => (target.followFolded(network, options.tau), {}), {
      inputs: {},
    })
    this.#norms = new NormRows(network, parts.encoder)
  }

  /**
   * Learns until the agent has seen `totalTimesteps` in all; a second call with more goes on from there.
   *
   * @throws RangeError if the budget does not exceed `learningStarts` or what was learned already; TrainingTrouble if
   *   a loss, gradient, Q-value, observation or reward is not finite, or an environment fails
   */
  async learn({ totalTimesteps, callbacks = [] }: LearnOptions): Promise<void> {
    const { options } = this
    this.checkBudget(totalTimesteps)
    const envs = requireEnvs(this.#envs)
    await backendFor({ kernels: this.kernels })
    const listeners = combineCallbacks(callbacks)

    for (let stop = false; !stop && this.globalStep < totalTimesteps;) {
      const state = (this.#learning ??= startLearning(this.#learningParts(), this.#moment()))
      this.#betweenTimesteps = false
      const before = this.globalStep
      // Collect: one step of every environment, at random until learning starts.
      const explorationSteps = options.explorationFraction * totalTimesteps
      this.#acting.epsilon = linearSchedule(
        options.epsilonStart,
        options.epsilonEnd,
        explorationSteps,
        before,
      )
      const epsilon = this.#initialized ? this.#acting.epsilon : 1
      const chosen = this.#acting.explore(state.obs, epsilon, state.masks, this.#moment())
      const actions = chosen instanceof Promise ? await chosen : chosen
      const step = stepWatched(envs, this.#acting.toEnvActions(actions), state, this.#moment())
      this.globalStep += envs.numEnvs

      // Store: `state.obs` still holds what the actions were chosen for.
      state.replay.add(state.obs, actions, step)
      state.obs.set(step.obs)
      followMasks(state.masks, step.infos, this.actionSpace.n)
      reportEpisodes(step, this.globalStep, listeners)

      if (state.replay.size >= options.learningStarts) {
        if (!this.#initialized) await this.#initializeFromData(state.replay)
        const updates =
          completedIntervals(before, this.globalStep, options.trainFrequency) *
          options.gradientSteps
        if (updates > 0 && epsilon < 1) this.#acting.lookAhead(state.obs)
        for (let i = 0; i < updates; i++) {
          const progress = before / totalTimesteps
          const learningRate = learningRateAt(options, before, totalTimesteps)
          const schedule = { progress, learningRate }
          const waiting = improve(state, this.#learningParts(), schedule, this.#moment())
          if (waiting) await waiting
        }
        // Sync the target network.
        const syncs = completedIntervals(before, this.globalStep, options.targetUpdateInterval)
        for (let i = 0; i < syncs; i++) this.#syncTarget({})
      }

      // Log.
      if (completedIntervals(before, this.globalStep, options.logInterval) > 0)
        listeners.onMetrics(this.globalStep, await this.#metricsRow(state, totalTimesteps))
      this.#betweenTimesteps = true
      if (await listeners.onStep(this.globalStep)) stop = true
      if (shouldYield(before, this.globalStep)) await yieldToEventLoop()
    }
    await this.#hearAll()
  }

  async synchronize(): Promise<void> {
    this.#acting.forget()
    await this.#hearAll()
    const networks = [this.network, this.#target].map((network) => modelVariables(network))
    await download([...networks, this.#optimizer.state].flatMap((group) => Object.values(group)))
  }

  getState(options: StateOptions = {}): CheckpointState {
    requireBetweenTimesteps(this.#betweenTimesteps)
    const json = {
      ...agentJson('dqn', this, { initialized: this.#initialized, exploration: this.#acting.rng }),
      epsilon: this.#acting.epsilon,
      initialization: reportsToJson(this.initialization),
      learning: null,
    }
    const tensorsOf = (network: Network) => ({
      json: {},
      tensors: variableTensors(modelVariables(network)),
    })
    return joinStates(json, {
      network: tensorsOf(this.network),
      target: tensorsOf(this.#target),
      optimizer: this.#optimizer.getState(),
      ...(this.#learning && {
        learning: learningState(this.#learning, this.#learningParts(), options),
      }),
    })
  }

  setState(state: CheckpointState): void {
    const json = readJson(stateSchema(this), state)
    const names = ['network', 'target', 'optimizer'] as const
    const parts = splitState(state, json.learning ? [...names, 'learning'] : names)
    const restore = [
      readStream(json.exploration, this.#acting.rng, ['exploration']),
      readVariableTensors(parts.network, modelVariables(this.network)),
      readVariableTensors(parts.target, modelVariables(this.#target)),
      this.#optimizer.readState(parts.optimizer),
    ]
    const learning =
      json.learning && readLearning(parts.learning, this.#learningParts(), json.globalStep)

    const before = this.#learning
    this.#learning = learning?.() // environments may still refuse, before anything else has changed
    before?.update.dispose()
    before?.pending.dispose()
    this.#acting.forget()
    for (const set of restore) set()
    tf.tidy(() => this.network.refold())
    this.#initialized = json.initialized
    this.initialization = reportsFromJson(json.initialization)
    this.#acting.epsilon = json.epsilon
    this.globalStep = json.globalStep
    this.#betweenTimesteps = true
  }

  /** @throws RangeError if `learn` would refuse this budget, or memory does not hold the replay buffer */
  checkBudget(totalTimesteps: number): void {
    checkBudget(totalTimesteps, requireEnvs(this.#envs).numEnvs, this.globalStep)
    if (this.#learning) return
    const { learningStarts } = this.options
    requireMemoryFor(this.#learningParts())
    const left = totalTimesteps - this.globalStep
    if (left > learningStarts) return
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, which leaves ${left} timesteps, but learningStarts is ${learningStarts}: ` +
        'nothing would be learned; give more timesteps or start earlier',
    )
  }

  get kernels(): readonly string[] {
    return this.network.kernels
  }

  /** The action for one observation; greedy unless told. */
  act(obs: NumericArray | number, options: ActOptions = GREEDY): number {
    return this.#acting.one(obs, options)
  }

  actBatch(obs: NumericArray, options: ActBatchOptions): Int32Array {
    return atOnce(this.#acting.batch(obs, options, this.#moment()))
  }

  /** As `act`, on every backend: to be awaited. */
  async actAsync(obs: NumericArray | number, { deterministic, info }: ActOptions = GREEDY) {
    const one = oneObservation(obs, this.#encoder.size)
    const actions = await this.actBatchAsync(one, { deterministic, ...(info && { infos: [info] }) })
    return actions[0]!
  }

  /** As `actBatch`, on every backend: a promise where reading takes waiting. */
  actBatchAsync(obs: NumericArray, options: ActBatchOptions): Awaitable<Int32Array> {
    return this.#acting.batch(obs, options, this.#moment())
  }

  /** Q(s, a) of a batch of observations, where reading takes no waiting. @param obs [B, ...] @returns [B, A] */
  qValues(obs: NumericArray): Float32Array {
    return this.#acting.qValues(obs)
  }

  digest(): string {
    return digestOf(readVariables(modelVariables(this.network)))
  }

  async save(location: ModelLocation): Promise<void> {
    await this.synchronize()
    await saveAgentModel(location, 'dqn', this, readVariables(modelVariables(this.network)))
  }

  /**
   * Reads a model that `save` wrote. Without `env` the agent acts but does not learn; with it, learning starts with
   * these weights, an empty buffer and the timestep count of the file.
   *
   * @throws Error naming the file and the reason if it cannot be read or does not fit
   */
  static async load(location: ModelLocation, options: LoadOptions = {}): Promise<Dqn> {
    const { model, location: source, config } = await loadAgentModel(location, 'dqn', options)
    const agent = new Dqn(config)
    requireSameSpaces(model, agent, source)
    assignVariables(modelVariables(agent.network), model.tensors, source)
    agent.globalStep = model.globalStep
    agent.#acting.epsilon = agent.options.epsilonEnd
    agent.#startFromNetwork()
    return agent
  }

  dispose(): void {
    this.network.dispose()
    this.#target.dispose()
    this.#optimizer.dispose()
    for (const program of [this.#acting, this.#syncTarget, this.#norms]) program.dispose()
    this.#learning?.update.dispose()
    this.#learning?.pending.dispose()
    this.#envs?.close()
  }

  /** What is told every `logInterval`, and every `normInterval` what normalization does. */
  async #metricsRow({ metrics, replay }: Learning, totalTimesteps: number): Promise<Metrics> {
    await this.#hearAll()
    const { globalStep, options } = this
    const learningRate = learningRateAt(options, globalStep, totalTimesteps)
    const row = {
      ...metrics.take(),
      'charts/epsilon': this.#acting.epsilon,
      'charts/learning_rate': learningRate,
    }
    const { logInterval, normInterval, batchSize } = options
    const isDue =
      normInterval > 0 && completedIntervals(globalStep - logInterval, globalStep, normInterval) > 0
    if (!isDue || !this.#initialized || batchSize < 2) return row
    const rng = this.#rng.stream(`norms/${globalStep}`)
    const obs = drawObservations(replay, batchSize * 2, rng)
    return { ...row, ...(await this.#norms.row({ obs, batchSize, learningRate, rng })) }
  }

  /** Hears of everything that updates found. */
  async #hearAll(): Promise<void> {
    const whole = this.#betweenTimesteps
    this.#betweenTimesteps = false // in trouble there is no state
    await this.#learning?.pending.settle()
    this.#betweenTimesteps = whole
  }

  #learningParts(): LearningParts {
    return {
      options: this.options,
      space: this.observationSpace,
      actions: this.actionSpace.n,
      envs: requireEnvs(this.#envs),
      encoder: this.#encoder,
      rng: this.#rng,
      network: this.network,
      target: this.#target,
      optimizer: this.#optimizer,
    }
  }

  #moment(): Moment {
    return { agent: 'dqn', globalStep: this.globalStep, playing: this.#learning }
  }

  /** Data-dependent initialization from a seeded batch of what was gathered; the target network starts equal. */
  async #initializeFromData(replay: Replay): Promise<void> {
    const { initializationBatch } = this.options
    const obs = drawObservations(replay, initializationBatch, this.#rng.stream('initialization'))
    const { shape, spec } = this.#encoder
    this.initialization = await onHost(() =>
      tf.tidy(() => {
        const raw = tensorFrom(obs, [initializationBatch, ...shape], spec.dtype)
        return this.network.initializeFromData(this.#encoder.encode(raw))
      }),
    )
    this.#startFromNetwork()
  }

  #startFromNetwork(): void {
    tf.tidy(() => {
      this.network.refold()
      this.#target.followFolded(this.network, 1)
    })
    this.#initialized = true
  }
}
