/**
 * DQN: deep Q-learning with experience replay and a target network, here with weight-normalized networks.
 *
 * Source: Mnih et al. 2015, "Human-level control through deep reinforcement learning" (Nature 518, 529); double
 * Q-learning: van Hasselt et al. 2016 (arXiv 1509.06461); weight normalization: Salimans & Kingma 2016 (arXiv
 * 1602.07868).
 *
 * Differences from the paper:
 * 1. Weights are normalized and initialized from data: a seeded batch of the observations gathered before learning
 *    starts. The paper's networks are plain (`normalization: 'none'`).
 * 2. The loss is the mean squared error unless told otherwise; the paper clips the error, which is Huber with δ = 1.
 *    On CartPole Huber was much worse (docs/agents/dqn.md says what was tried).
 * 3. Adam instead of RMSProp, as CleanRL and Stable-Baselines3 have it.
 * 4. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 * 5. Actions are uniformly random until learning starts, and the target network may follow by Polyak averaging.
 * 6. The target network holds folded weights, g · v / ‖v‖; those of the online network are folded once per update.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Discrete, Env, Space } from 'gymnasium-js'
import type { ObsArray, VectorEnv } from 'gymnasium-js/vector'
import { z } from 'zod'
import {
  backendFor,
  compile,
  type NumericArray,
  type Program,
  type Signature,
  tensorFrom,
  useCpuUntilChosen,
} from '../src/backend/index.ts'
import { ReplayBuffer } from '../src/buffers/index.ts'
import {
  clipByGlobalNorm,
  createOptimizer,
  gradientsOf,
  huber,
  type LayerReport,
  mlp,
  type Network,
  type NetworkFactory,
  type ObservationEncoder,
  type Optimizer,
  optimizerInputs,
  pick,
  readVariableTensors,
  variableTensors,
} from '../src/nn/index.ts'
import type { Rng, Seed } from '../src/rng.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readStream,
  splitState,
  type StateOptions,
  type StatePart,
} from '../src/state.ts'
import {
  type AgentConfig,
  agentJson,
  agentSchema,
  argMax,
  assignVariables,
  checkBudget,
  combineCallbacks,
  commonOptions,
  completedIntervals,
  digestOf,
  environmentState,
  learningRateAt,
  type LearnOptions,
  linearSchedule,
  type LoadOptions,
  loadAgentModel,
  MeanMetrics,
  type ModelLocation,
  type Moment,
  parseOptions,
  type Playing,
  type Policy,
  prepareAgent,
  readEnvironmentState,
  readVariables,
  reportEpisodes,
  reportsFromJson,
  reportsSchema,
  reportsToJson,
  requireBetweenTimesteps,
  requireEnvs,
  requireFinite,
  requireFiniteOutputs,
  requireSameSpaces,
  saveAgentModel,
  SingleObservation,
  shouldYield,
  startPlaying,
  stepWatched,
  yieldToEventLoop,
} from '../src/training/index.ts'

/** Options of DQN: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const dqnOptions = z.strictObject({
  ...commonOptions,
  learningRate: commonOptions.learningRate
    .default(2.5e-4)
    .describe('step size of the optimizer; default 2.5e-4 (CleanRL)'),
  learningRateSchedule: commonOptions.learningRateSchedule.default('constant'),
  optimizer: commonOptions.optimizer
    .default({ name: 'adam' })
    .describe('adam, adamax, rmsprop or sgd, or { name, … } with its coefficients; default adam'),
  maxGradNorm: commonOptions.maxGradNorm
    .default(10)
    .describe(
      'limit of the global gradient norm, or null for none; default 10 (Stable-Baselines3)',
    ),
  gamma: commonOptions.gamma.default(0.99),
  normalization: commonOptions.normalization.default('weight'),
  network: commonOptions.network
    .optional()
    .describe(
      'hidden layers; default two of 120 and 84 units (CleanRL), or a convolution for images',
    ),
  scaleObservations: commonOptions.scaleObservations.default(true),
  numEnvs: commonOptions.numEnvs
    .optional()
    .describe('copies made of an environment factory, stepped together; default 1'),
  logInterval: commonOptions.logInterval.default(1000),
  bufferSize: z.int().min(1).default(50_000).describe('transitions that the replay buffer holds'),
  batchSize: z.int().min(1).default(128).describe('transitions per update; default 128 (CleanRL)'),
  learningStarts: z
    .int()
    .min(1)
    .default(1000)
    .describe('timesteps of random play before the first update'),
  initializationBatch: z
    .int()
    .min(2)
    .default(512)
    .describe(
      'observations, of those gathered before learning starts, that weights are initialized from',
    ),
  trainFrequency: z
    .int()
    .min(1)
    .default(10)
    .describe('timesteps between updates; default 10 (CleanRL)'),
  gradientSteps: z.int().min(1).default(1).describe('updates each time; default 1 (CleanRL)'),
  targetUpdateInterval: z
    .int()
    .min(1)
    .default(500)
    .describe('timesteps between moves of the target network; default 500 (CleanRL)'),
  tau: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      'Polyak coefficient of a move of the target network, above 0 and at most 1; 1 copies',
    ),
  epsilonStart: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('probability of a random action at the start'),
  epsilonEnd: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('probability of a random action in the end'),
  explorationFraction: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('part of totalTimesteps over which epsilon falls; default 0.5 (CleanRL)'),
  doubleQ: z
    .boolean()
    .default(false)
    .describe('choose the next action by the online network (van Hasselt et al. 2016)'),
  loss: z
    .enum(['mse', 'huber'])
    .default('mse')
    .describe('loss of the TD error: mse (no ½) or huber'),
  huberDelta: z
    .number()
    .positive()
    .default(1)
    .describe('where Huber turns linear, in units of reward'),
})

export type DqnOptions = z.input<typeof dqnOptions>
/** Every option resolved. */
type ResolvedOptions = z.output<typeof dqnOptions> & { readonly network: NetworkFactory }

/** Made once: acting allocates nothing. */
const GREEDY = { deterministic: true }

const UPDATE_METRICS = ['losses/td_loss', 'losses/q_values', 'losses/grad_norm'] as const

/** Every metric that DQN reports while it learns, besides those of episodes. */
export const dqnMetrics = [...UPDATE_METRICS, 'charts/epsilon', 'charts/learning_rate'] as const

/**
 * @example
 * const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 50_000 })
 * agent.act(obs, { deterministic: true })
 */
export class Dqn implements Policy {
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
  readonly #exploration: Rng
  readonly #encoder: ObservationEncoder
  /** A folded copy. */
  readonly #target: Network
  readonly #optimizer: Optimizer
  readonly #qValues: Program<{ obs: ObservationEncoder['spec'] }, 'q'>
  readonly #qValuesOfOne: SingleObservation<'q'>
  readonly #update: ReturnType<typeof dqnUpdate>
  readonly #syncTarget: Program<Signature, never>
  #learning: LearningState | undefined
  /** Whether the network has been initialized from data, or read from a file. */
  #initialized = false
  #epsilon: number
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
    this.#exploration = parts.rng.stream('exploration')
    this.#epsilon = this.options.epsilonStart

    useCpuUntilChosen()
    this.network = parts.networkFactory({
      inputShape: parts.encoder.inputShape,
      outputs: this.actionSpace.n,
      outputScale: 1,
      normalization: this.options.normalization,
      rng: parts.rng.stream('init'),
    })
    this.#target = this.network.foldedCopy()
    this.#optimizer = createOptimizer(this.network.parameters, this.options.optimizer)

    const { encoder } = parts
    const [network, target] = [this.network, this.#target]
    this.#qValues = compile(({ obs }) => ({ q: network.applyFolded(encoder.encode(obs)) }), {
      inputs: { obs: encoder.spec },
    })
    this.#qValuesOfOne = new SingleObservation(this.#qValues, encoder.size, {
      q: this.actionSpace.n,
    })
    this.#update = dqnUpdate({
      ...this.options,
      network,
      target,
      optimizer: this.#optimizer,
      encoder,
    })
    this.#syncTarget = compile(() => (target.followFolded(network, options.tau), {}), {
      inputs: {},
    })
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
      const state = (this.#learning ??= this.#startLearning(envs))
      this.#betweenTimesteps = false
      // Collect: one step of every environment, at random until learning starts.
      const explorationSteps = options.explorationFraction * totalTimesteps
      this.#epsilon = linearSchedule(
        options.epsilonStart,
        options.epsilonEnd,
        explorationSteps,
        this.globalStep,
      )
      const actions = this.#explore(state.obs, this.#initialized ? this.#epsilon : 1)
      const step = stepWatched(envs, this.#toEnvActions(actions), state, this.#moment())
      const before = this.globalStep
      this.globalStep += envs.numEnvs

      // Store: `state.obs` still holds what the actions were chosen for.
      state.replay.add(state.obs, actions, step)
      state.obs.set(step.obs)
      reportEpisodes(step, this.globalStep, listeners)

      if (state.replay.size >= options.learningStarts) {
        if (!this.#initialized) this.#initializeFromData(state.replay)
        const updates =
          completedIntervals(before, this.globalStep, options.trainFrequency) *
          options.gradientSteps
        for (let i = 0; i < updates; i++) {
          // Sample, target, update: the targets are computed within the program that updates.
          const { obs, actions, rewards, nextObs, terminated } = state.replay.sample(
            options.batchSize,
            state.rng,
          )
          const batch = { obs, actions, rewards, nextObs, terminated }
          const learningRate = learningRateAt(options, before, totalTimesteps)
          const scalars = this.#optimizer.nextScalars(learningRate)
          const result = this.#update({ ...batch, ...scalars })
          const [loss, meanQ, gradNorm] = [result.loss[0]!, result.meanQ[0]!, result.gradNorm[0]!]
          requireFinite(
            { loss, 'mean Q-value': meanQ, 'gradient norm': gradNorm },
            this.#moment(),
            {
              rows: options.batchSize,
              batch,
            },
          )
          state.metrics.add({
            'losses/td_loss': loss,
            'losses/q_values': meanQ,
            'losses/grad_norm': gradNorm,
          })
        }
        // Sync the target network.
        const syncs = completedIntervals(before, this.globalStep, options.targetUpdateInterval)
        for (let i = 0; i < syncs; i++) this.#syncTarget({})
      }

      // Log.
      if (completedIntervals(before, this.globalStep, options.logInterval) > 0) {
        listeners.onMetrics(this.globalStep, {
          ...state.metrics.take(),
          'charts/epsilon': this.#epsilon,
          'charts/learning_rate': learningRateAt(options, this.globalStep, totalTimesteps),
        })
      }
      this.#betweenTimesteps = true
      if (await listeners.onStep(this.globalStep)) stop = true
      if (shouldYield(before, this.globalStep)) await yieldToEventLoop()
    }
  }

  /**
   * All that `learn` needs to go on bit for bit: call it between timesteps, that is from a callback's `onStep`, or when
   * `learn` is not running. N timesteps, `getState`, `setState` of a new agent and N more give what 2N do, as long as
   * `learn` is told the same `totalTimesteps`, which the schedules follow.
   *
   * Environments that cannot give their state: see `unsavedReason`.
   *
   * @throws Error in the middle of a timestep, and after learning was stopped there by an error
   */
  getState(options: StateOptions = {}): CheckpointState {
    requireBetweenTimesteps(this.#betweenTimesteps)
    const json = {
      ...agentJson('dqn', this, { initialized: this.#initialized, exploration: this.#exploration }),
      epsilon: this.#epsilon,
      initialization: reportsToJson(this.initialization),
      learning: null,
    }
    const tensorsOf = (network: Network) => ({
      json: {},
      tensors: variableTensors(network.parameters),
    })
    return joinStates(json, {
      network: tensorsOf(this.network),
      target: tensorsOf(this.#target),
      optimizer: this.#optimizer.getState(),
      ...(this.#learning && { learning: this.#learningState(this.#learning, options) }),
    })
  }

  /**
   * Takes over what `getState` of an agent with the same options, seed and environments returned; `learn` goes on from
   * there.
   *
   * @throws TypeError naming the field, what was expected and what was found, if the state is torn or does not fit;
   *   nothing has changed then
   */
  setState(state: CheckpointState): void {
    const json = readJson(stateSchema(this), state)
    const names = ['network', 'target', 'optimizer'] as const
    const parts = splitState(state, json.learning ? [...names, 'learning'] : names)
    const restore = [
      readStream(json.exploration, this.#exploration, ['exploration']),
      readVariableTensors(parts.network, this.network.parameters),
      readVariableTensors(parts.target, this.#target.parameters),
      this.#optimizer.readState(parts.optimizer),
    ]
    const learning = json.learning && this.#readLearningState(parts.learning, json.globalStep)

    this.#learning = learning?.() // environments may still refuse, before anything else has changed
    for (const set of restore) set()
    tf.tidy(() => this.network.refold())
    this.#initialized = json.initialized
    this.initialization = reportsFromJson(json.initialization)
    this.#epsilon = json.epsilon
    this.globalStep = json.globalStep
    this.#betweenTimesteps = true
  }

  /** @throws RangeError if `learn` would refuse this budget, or memory does not hold the replay buffer */
  checkBudget(totalTimesteps: number): void {
    checkBudget(totalTimesteps, requireEnvs(this.#envs).numEnvs, this.globalStep)
    if (this.#learning) return
    const { learningStarts, bufferSize } = this.options
    ReplayBuffer.requireMemory(bufferSize, this.#encoder.size * this.#encoder.bytesPerElement)
    const left = totalTimesteps - this.globalStep
    if (left > learningStarts) return
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, which leaves ${left} timesteps, but learningStarts is ${learningStarts}: ` +
        'nothing would be learned; give more timesteps or start earlier',
    )
  }

  /** Kernels that learning needs and that not every backend has. */
  get kernels(): readonly string[] {
    return this.network.kernels
  }

  /**
   * The action for one observation.
   *
   * @param options.deterministic the greedy action; otherwise it is random with the current ε
   */
  act(obs: NumericArray | number, options = GREEDY): number {
    const { n, start } = this.actionSpace
    const isRandom = !options.deterministic && this.#exploration.random() < this.#epsilon
    if (isRandom) return this.#exploration.randInt(0, n) + start
    return argMax(this.#qValuesOfOne.run(obs).q, 0, n) + start
  }

  actBatch(obs: NumericArray, { deterministic }: { deterministic: boolean }): Int32Array {
    return this.#toEnvActions(deterministic ? this.#greedy(obs) : this.#explore(obs, this.#epsilon))
  }

  /** Q(s, a) of a batch of observations. @param obs [B, ...] @returns [B, A] */
  qValues(obs: NumericArray): Float32Array {
    return this.#qValues({ obs }).q
  }

  /** SHA-256 over the parameters in name order: equal for equal runs. */
  digest(): string {
    return digestOf(readVariables(this.network.parameters))
  }

  /** Writes the model to a folder (or another store): what acting needs. */
  async save(location: ModelLocation): Promise<void> {
    await saveAgentModel(location, 'dqn', this, readVariables(this.network.parameters))
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
    assignVariables(agent.network.parameters, model.tensors, source)
    agent.globalStep = model.globalStep
    agent.#epsilon = agent.options.epsilonEnd
    agent.#startFromNetwork()
    return agent
  }

  /** Frees the tensors. */
  dispose(): void {
    this.network.dispose()
    this.#target.dispose()
    this.#optimizer.dispose()
    for (const program of [this.#qValues, this.#update, this.#syncTarget]) program.dispose()
    this.#envs?.close()
  }

  #startLearning(envs: VectorEnv): LearningState {
    const playing = startPlaying(envs, this.#rng, this.#moment())
    const { replay, rng, metrics } = this.#emptyMemory(playing.obs)
    return { ...playing, replay, rng, metrics }
  }

  #emptyMemory(obsLike: ObsArray): Omit<LearningState, keyof Playing> {
    const replay = new ReplayBuffer({
      capacity: this.options.bufferSize,
      obsSize: this.#encoder.size,
      obsLike,
    })
    return { replay, rng: this.#rng.stream('replay'), metrics: new MeanMetrics(UPDATE_METRICS) }
  }

  #learningState(learning: LearningState, options: StateOptions): CheckpointState {
    return joinStates(
      { rng: learning.rng.getState() },
      {
        environments: environmentState(requireEnvs(this.#envs), learning),
        replay: learning.replay.getState(options),
        metrics: learning.metrics.getState(),
      },
    )
  }

  /** Checks a state; what it returns changes the environments and nothing else. */
  #readLearningState(state: StatePart, globalStep: number): () => LearningState {
    const json = readJson(learningSchema, state)
    const parts = splitState(state, ['environments', 'replay', 'metrics'])
    const own = { envs: requireEnvs(this.#envs), obsSize: this.#encoder.size, rng: this.#rng }
    const resume = readEnvironmentState(parts.environments, own, globalStep)
    const { replay, rng, metrics } = this.#emptyMemory(parts.environments.tensors['obs']!.data)
    readStream(json.rng, rng, ['learning', 'rng'])()
    replay.setState(parts.replay)
    metrics.readState(parts.metrics)()
    return () => ({ ...resume().playing, replay, rng, metrics })
  }

  #moment(): Moment {
    return { agent: 'dqn', globalStep: this.globalStep, playing: this.#learning }
  }

  /** Data-dependent initialization from a seeded batch of what was gathered; the target network starts equal. */
  #initializeFromData(replay: ReplayBuffer): void {
    const { obs } = replay.sample(
      this.options.initializationBatch,
      this.#rng.stream('initialization'),
    )
    this.initialization = tf.tidy(() => {
      const raw = tensorFrom(
        obs,
        [this.options.initializationBatch, ...this.#encoder.shape],
        this.#encoder.spec.dtype,
      )
      return this.network.initializeFromData(this.#encoder.encode(raw))
    })
    this.#startFromNetwork()
  }

  #startFromNetwork(): void {
    tf.tidy(() => {
      this.network.refold()
      this.#target.followFolded(this.network, 1)
    })
    this.#initialized = true
  }

  /** ε-greedy action indices, [N]. */
  #explore(obs: NumericArray, epsilon: number): Int32Array {
    const isRandom = Array.from(
      { length: this.#rows(obs) },
      () => this.#exploration.random() < epsilon,
    )
    const actions = isRandom.every(Boolean) ? new Int32Array(isRandom.length) : this.#greedy(obs)
    for (const [i, random] of isRandom.entries()) {
      if (random) actions[i] = this.#exploration.randInt(0, this.actionSpace.n)
    }
    return actions
  }

  /** argmax Q, [N]; the first of equals. */
  #greedy(obs: NumericArray): Int32Array {
    const q = this.qValues(obs)
    const { n } = this.actionSpace
    const rows = this.#rows(obs)
    requireFiniteOutputs('Q-value', q, { obs, rows }, this.#moment())
    return Int32Array.from({ length: rows }, (_, i) => argMax(q, i * n, n))
  }

  #rows(obs: NumericArray): number {
    return obs.length / this.#encoder.size
  }

  #toEnvActions(indices: Int32Array): Int32Array {
    return this.actionSpace.start === 0
      ? indices
      : indices.map((index) => index + this.actionSpace.start)
  }
}

/** What learning carries from one timestep to the next, besides the networks and the optimizer. */
interface LearningState extends Playing {
  readonly replay: ReplayBuffer
  /** The stream `replay`. */
  readonly rng: Rng
  /** Of the updates since the last row of the log. */
  readonly metrics: MeanMetrics<(typeof UPDATE_METRICS)[number]>
}

const stateSchema = (agent: Dqn) =>
  agentSchema('dqn', agent).extend({
    epsilon: z.number().min(0).max(1),
    initialization: reportsSchema,
    network: partSchema,
    target: partSchema,
    optimizer: partSchema,
    learning: partSchema.nullable(),
  })

const learningSchema = z.strictObject({
  rng: partSchema,
  environments: partSchema,
  replay: partSchema,
  metrics: partSchema,
})

/**
 * y = r + γ (1 − terminated) · max_a Q_target(s′, a), or with double Q-learning Q_target(s′, argmax_a Q_online(s′, a)).
 *
 * @param batch.rewards [B]
 * @param batch.terminated [B] 0 or 1; truncation does not matter
 * @param batch.nextQ [B, A] the target network's values of s′
 * @param batch.nextQOnline [B, A] the online network's, for double Q-learning
 * @returns [B]
 */
export function tdTarget(
  batch: {
    readonly rewards: tf.Tensor
    readonly terminated: tf.Tensor
    readonly nextQ: tf.Tensor
    readonly nextQOnline?: tf.Tensor | undefined
  },
  gamma: number,
): tf.Tensor {
  const { rewards, terminated, nextQ, nextQOnline } = batch
  const nextV = nextQOnline ? pick(nextQ, tf.argMax(nextQOnline, 1)) : tf.max(nextQ, 1) // [B]
  return tf.add(rewards, tf.mul(tf.mul(tf.sub(1, terminated), gamma), nextV))
}

/**
 * The loss of Q(s, a) against its target: mean over the batch of e² (mse) or Huber(e), with e = Q(s, a) − y.
 *
 * @param q [B, A]
 * @param actions [B] int32
 * @param targets [B]; no gradient flows through them
 * @returns loss (scalar), tdError [B] and the chosen Q(s, a) [B]
 */
export function tdLoss(
  q: tf.Tensor,
  actions: tf.Tensor,
  targets: tf.Tensor,
  options: { readonly loss: 'mse' | 'huber'; readonly huberDelta: number },
): { loss: tf.Tensor; tdError: tf.Tensor; chosenQ: tf.Tensor } {
  const chosenQ = pick(q, actions) // [B]
  const tdError = tf.sub(chosenQ, targets) // [B]
  const losses = options.loss === 'mse' ? tf.square(tdError) : huber(tdError, options.huberDelta)
  return { loss: tf.mean(losses), tdError, chosenQ }
}

export interface DqnUpdateParts extends Pick<
  ResolvedOptions,
  'gamma' | 'doubleQ' | 'loss' | 'huberDelta' | 'maxGradNorm'
> {
  /** Learns; must be folded (`refold`) as it is, and is again after the update. */
  readonly network: Network
  /** Folded copy that targets are computed with; stays as it is. */
  readonly target: Network
  readonly optimizer: Optimizer
  readonly encoder: Pick<ObservationEncoder, 'encode' | 'spec'>
}

/** One gradient step on a minibatch, as a program: target forward, loss, gradients, clipping, optimizer, fold. */
export function dqnUpdate(parts: DqnUpdateParts) {
  const { network, target, optimizer, encoder, gamma, doubleQ, maxGradNorm } = parts
  const perRow = (dtype: 'float32' | 'int32') => ({ shape: [-1], dtype }) as const
  return compile(
    ({ obs, actions, rewards, nextObs, terminated, ...scalars }) => {
      const next = encoder.encode(nextObs)
      const nextQOnline = doubleQ ? network.applyFolded(next) : undefined
      const targets = tdTarget(
        { rewards, terminated, nextQ: target.apply(next), nextQOnline },
        gamma,
      ) // [B]
      const { outputs, gradients } = gradientsOf(network.parameters, () =>
        tdLoss(network.applyFolded(encoder.encode(obs)), actions, targets, parts),
      )
      const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
      optimizer.apply(gradients, scalars, factor)
      network.refold()
      return { loss: outputs.loss, meanQ: tf.mean(outputs.chosenQ), gradNorm: norm }
    },
    {
      inputs: {
        obs: encoder.spec,
        actions: perRow('int32'),
        rewards: perRow('float32'),
        nextObs: encoder.spec,
        terminated: perRow('float32'),
        ...optimizerInputs,
      },
    },
  )
}

function checkOptions({
  batchSize,
  bufferSize,
  learningStarts,
}: z.output<typeof dqnOptions>): void {
  if (batchSize > bufferSize) {
    throw new RangeError(
      `batchSize is ${batchSize}, but bufferSize is ${bufferSize}: a batch does not fit; enlarge bufferSize`,
    )
  }
  if (learningStarts > bufferSize) {
    throw new RangeError(
      `learningStarts is ${learningStarts}, but bufferSize is ${bufferSize}: what was gathered would be overwritten; ` +
        'enlarge bufferSize',
    )
  }
}
