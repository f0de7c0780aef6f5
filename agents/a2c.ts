/**
 * A2C: synchronous advantage actor-critic, here with weight-normalized networks.
 *
 * Source: Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning" (arXiv 1602.01783), in its
 * synchronous form; GAE(λ): Schulman et al. 2016 (arXiv 1506.02438); weight normalization: Salimans & Kingma 2016
 * (arXiv 1602.07868).
 *
 * Differences from the paper:
 * 1. Environments step together and one update uses them all; nothing is asynchronous.
 * 2. Weights are normalized and initialized from data: a warm-up under a uniformly random policy, counted in the
 *    budget. The policy head starts with logits of standard deviation 0.1, so that the first policy is near-uniform.
 * 3. Policy and value have networks of their own, as in Stable-Baselines3; the paper shares all but the heads.
 * 4. RMSProp as PyTorch has it, ε outside the root and statistics from 0.
 * 5. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
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
  tensorFrom,
  useCpuUntilChosen,
} from '../src/backend/index.ts'
import { normalizeAdvantages, RolloutBuffer } from '../src/buffers/index.ts'
import {
  clipByGlobalNorm,
  createOptimizer,
  entropyOf,
  gradientsOf,
  type LayerReport,
  logProbabilities,
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
  loadAgentModel,
  type LoadOptions,
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
  withPrefixes,
  yieldToEventLoop,
} from '../src/training/index.ts'

/** Options of A2C: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const a2cOptions = z.strictObject({
  ...commonOptions,
  learningRate: commonOptions.learningRate
    .default(7e-4)
    .describe('step size of the optimizer; default 7e-4 (Stable-Baselines3)'),
  learningRateSchedule: commonOptions.learningRateSchedule.default('constant'),
  optimizer: commonOptions.optimizer
    .default({ name: 'rmsprop' })
    .describe(
      'adam, adamax, rmsprop or sgd, or { name, … } with its coefficients; default rmsprop (α 0.99, ε 1e-5)',
    ),
  maxGradNorm: commonOptions.maxGradNorm
    .default(0.5)
    .describe(
      'limit of the gradient norm over both networks, or null for none; default 0.5 (Stable-Baselines3)',
    ),
  gamma: commonOptions.gamma.default(0.99),
  normalization: commonOptions.normalization.default('weight'),
  network: commonOptions.network
    .optional()
    .describe(
      'hidden layers of each network; default two of 64 tanh units (Stable-Baselines3), or a convolution for images',
    ),
  scaleObservations: commonOptions.scaleObservations.default(true),
  numEnvs: commonOptions.numEnvs
    .optional()
    .describe('copies made of an environment factory, stepped together; default 8'),
  logInterval: commonOptions.logInterval.default(1000),
  numSteps: z
    .int()
    .min(1)
    .default(5)
    .describe('steps of each environment per update; default 5 (Mnih et al. 2016)'),
  gaeLambda: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('λ of GAE, from 0 to 1; 1: n-step returns'),
  entCoef: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of the entropy bonus, nats; default 0 (Stable-Baselines3)'),
  vfCoef: z
    .number()
    .min(0)
    .default(0.5)
    .describe('weight of the value loss; default 0.5 (Stable-Baselines3)'),
  normalizeAdvantages: z
    .boolean()
    .default(false)
    .describe('give the advantages of each update mean 0 and standard deviation 1'),
  policyOutputScale: z
    .number()
    .positive()
    .default(0.1)
    .describe(
      'initial standard deviation of the logits; near-uniform policies need it well below 1',
    ),
  initializationSteps: z
    .int()
    .min(2)
    .default(512)
    .describe(
      'timesteps of random play that weights are initialized from; none without weight normalization',
    ),
})

export type A2cOptions = z.input<typeof a2cOptions>
/** Every option resolved. */
type ResolvedOptions = z.output<typeof a2cOptions> & { readonly network: NetworkFactory }

/** Made once: acting allocates nothing. */
const MOST_LIKELY = { deterministic: true }

const UPDATE_METRICS = [
  'losses/policy_loss',
  'losses/value_loss',
  'losses/entropy',
  'losses/grad_norm',
] as const

/** Every metric that A2C reports while it learns, besides those of episodes. */
export const a2cMetrics = [...UPDATE_METRICS, 'charts/learning_rate'] as const

/**
 * @example
 * const agent = new A2c({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 100_000 })
 * agent.act(obs, { deterministic: true })
 */
export class A2c implements Policy {
  readonly options: ResolvedOptions
  readonly seed: Seed
  readonly observationSpace: Space
  readonly actionSpace: Discrete
  /** Makes environments for evaluation; undefined where the agent was given finished ones. */
  readonly makeEnv: (() => Env) | undefined
  /** The networks that learn. */
  readonly policy: Network
  readonly value: Network
  /** What data-dependent initialization found in each network; empty until it has run. */
  initialization: {
    readonly policy: readonly LayerReport[]
    readonly value: readonly LayerReport[]
  } = {
    policy: [],
    value: [],
  }
  /** Timesteps of experience so far. */
  globalStep = 0

  readonly #envs: VectorEnv | undefined
  readonly #rng: Rng
  readonly #exploration: Rng
  readonly #encoder: ObservationEncoder
  readonly #optimizer: Optimizer
  readonly #forward: Program<{ obs: ObservationEncoder['spec'] }, 'probabilities' | 'values'>
  readonly #forwardOfOne: SingleObservation<'probabilities' | 'values'>
  readonly #values: Program<{ obs: ObservationEncoder['spec'] }, 'values'>
  readonly #update: ReturnType<typeof a2cUpdate>
  #learning: LearningState | undefined
  /** Whether the networks have been initialized from data, or read from a file. */
  #initialized: boolean
  /** Whether no timestep is under way: then the state is whole. */
  #betweenTimesteps = true

  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  constructor(config: AgentConfig<A2cOptions>) {
    const { env: _env, spaces: _spaces, seed: _seed, ...given } = config
    const options = parseOptions(a2cOptions, given)
    const parts = prepareAgent('A2C', config, options, {
      numEnvs: 8,
      network: mlp([64, 64], 'tanh'),
    })
    this.options = { ...options, numEnvs: parts.numEnvs, network: parts.networkFactory }
    this.seed = parts.seed
    this.observationSpace = parts.observationSpace
    this.actionSpace = parts.actionSpace
    this.makeEnv = parts.makeEnv
    this.#envs = parts.envs
    this.#encoder = parts.encoder
    this.#rng = parts.rng
    this.#exploration = parts.rng.stream('exploration')
    this.#initialized = options.normalization === 'none'

    useCpuUntilChosen()
    const networkOptions = {
      inputShape: parts.encoder.inputShape,
      normalization: options.normalization,
      rng: parts.rng.stream('init'),
    }
    this.policy = parts.networkFactory({
      ...networkOptions,
      outputs: this.actionSpace.n,
      outputScale: options.policyOutputScale,
    })
    this.value = parts.networkFactory({ ...networkOptions, outputs: 1, outputScale: 1 })
    const networks = { policy: this.policy, value: this.value }
    this.#optimizer = createOptimizer(parametersOf(networks), options.optimizer)

    const { encoder } = parts
    const { policy, value } = networks
    const inputs = { obs: encoder.spec }
    this.#forward = compile(
      ({ obs }) => {
        const x = encoder.encode(obs)
        return {
          probabilities: tf.exp(logProbabilities(policy.applyFolded(x))),
          values: value.applyFolded(x),
        }
      },
      { inputs },
    )
    this.#forwardOfOne = new SingleObservation(this.#forward, encoder.size, {
      probabilities: this.actionSpace.n,
      values: 1,
    })
    this.#values = compile(({ obs }) => ({ values: value.applyFolded(encoder.encode(obs)) }), {
      inputs,
    })
    this.#update = a2cUpdate({
      ...options,
      networks,
      optimizer: this.#optimizer,
      encoder,
    })
  }

  /**
   * Learns until the agent has seen `totalTimesteps` in all; a second call with more goes on from there.
   *
   * @throws RangeError if the budget does not exceed `initializationSteps` or what was learned already;
   *   TrainingTrouble if a loss, gradient, value, observation or reward is not finite, or an environment fails
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
      const before = this.globalStep
      const warmingUp = !this.#initialized
      const rollout = (state.rollout ??= this.#nextRollout(state, totalTimesteps))

      // Collect and store: one step of a rollout of all environments under one policy; at random while warming up.
      const { actions, values } = warmingUp ? this.#playAtRandom(state.obs) : this.#play(state.obs)
      const step = stepWatched(envs, this.#toEnvActions(actions), state, this.#moment())
      this.globalStep += envs.numEnvs
      rollout.add(state.obs, actions, values, step)
      state.obs.set(step.obs)
      reportEpisodes(step, this.globalStep, listeners)

      if (rollout.full) {
        const start = this.globalStep - rollout.actions.length
        if (warmingUp) {
          this.#initializeFromData(rollout.obs)
        } else {
          // Target: advantages, bootstrapped from the value of what comes after the rollout.
          const valuesOf = (obs: ObsArray) => this.#values({ obs }).values
          const { gamma, gaeLambda } = options
          const { advantages, returns } = rollout.advantages(
            valuesOf,
            valuesOf(state.obs),
            gamma,
            gaeLambda,
          )

          // Update.
          const batch = {
            obs: rollout.obs,
            actions: rollout.actions,
            advantages: options.normalizeAdvantages ? normalizeAdvantages(advantages) : advantages,
            returns,
          }
          const learningRate = learningRateAt(options, start, totalTimesteps)
          const scalars = this.#optimizer.nextScalars(learningRate)
          const losses = firstOf(this.#update({ ...batch, ...scalars }))
          requireFinite(losses, this.#moment(), { rows: rollout.actions.length, batch })
          state.metrics.add({
            'losses/policy_loss': losses['policy loss'],
            'losses/value_loss': losses['value loss'],
            'losses/entropy': losses.entropy,
            'losses/grad_norm': losses['gradient norm'],
          })
        }
        state.rollout = undefined

        // Log.
        if (completedIntervals(start, this.globalStep, options.logInterval) > 0) {
          const learningRate = learningRateAt(options, this.globalStep, totalTimesteps)
          listeners.onMetrics(this.globalStep, {
            ...state.metrics.take(),
            'charts/learning_rate': learningRate,
          })
        }
      }
      this.#betweenTimesteps = true
      if (await listeners.onStep(this.globalStep)) stop = true
      if (shouldYield(before, this.globalStep)) await yieldToEventLoop()
    }
  }

  /**
   * All that `learn` needs to go on bit for bit: call it between timesteps, that is from a callback's `onStep`, in the
   * middle of a rollout too, or when `learn` is not running. N timesteps, `getState`, `setState` of a new agent and N
   * more give what 2N do, as long as `learn` is told the same `totalTimesteps`, which the schedules and the length of
   * the last rollout follow.
   *
   * Environments that cannot give their state: see `unsavedReason`.
   *
   * @throws Error in the middle of a timestep, and after learning was stopped there by an error
   */
  getState(): CheckpointState {
    requireBetweenTimesteps(this.#betweenTimesteps)
    const { policy, value } = this.initialization
    const json = {
      ...agentJson('a2c', this, { initialized: this.#initialized, exploration: this.#exploration }),
      initialization: { policy: reportsToJson(policy), value: reportsToJson(value) },
      learning: null,
    }
    return joinStates(json, {
      networks: { json: {}, tensors: variableTensors(parametersOf(this)) },
      optimizer: this.#optimizer.getState(),
      ...(this.#learning && { learning: this.#learningState(this.#learning) }),
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
    const names = ['networks', 'optimizer'] as const
    const parts = splitState(state, json.learning ? [...names, 'learning'] : names)
    const restore = [
      readStream(json.exploration, this.#exploration, ['exploration']),
      readVariableTensors(parts.networks, parametersOf(this)),
      this.#optimizer.readState(parts.optimizer),
    ]
    const learning = json.learning && this.#readLearningState(parts.learning, json)

    this.#learning = learning?.() // environments may still refuse, before anything else has changed
    for (const set of restore) set()
    tf.tidy(() => refold(this))
    this.#initialized = json.initialized
    this.initialization = {
      policy: reportsFromJson(json.initialization.policy),
      value: reportsFromJson(json.initialization.value),
    }
    this.globalStep = json.globalStep
    this.#betweenTimesteps = true
  }

  /** @throws RangeError if `learn` would refuse this budget */
  checkBudget(totalTimesteps: number): void {
    checkBudget(totalTimesteps, requireEnvs(this.#envs).numEnvs, this.globalStep)
    const { initializationSteps } = this.options
    if (this.#initialized || totalTimesteps > this.#warmUpSteps() * requireEnvs(this.#envs).numEnvs)
      return
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, but initializationSteps is ${initializationSteps}: nothing would be ` +
        'learned; give more timesteps or fewer for the initialization',
    )
  }

  /** Kernels that learning needs and that not every backend has. */
  get kernels(): readonly string[] {
    return this.policy.kernels
  }

  /**
   * The action for one observation.
   *
   * @param options.deterministic the most probable action; otherwise it is drawn from the policy
   */
  act(obs: NumericArray | number, options = MOST_LIKELY): number {
    const { n, start } = this.actionSpace
    const probabilities = this.#forwardOfOne.run(obs).probabilities
    const action = options.deterministic
      ? argMax(probabilities, 0, n)
      : this.#exploration.categorical(probabilities)
    return action + start
  }

  actBatch(obs: NumericArray, { deterministic }: { deterministic: boolean }): Int32Array {
    if (!deterministic) return this.#toEnvActions(this.#play(obs).actions)
    const { probabilities } = this.#forward({ obs })
    const { n } = this.actionSpace
    return this.#toEnvActions(
      Int32Array.from({ length: this.#rows(obs) }, (_, i) => argMax(probabilities, i * n, n)),
    )
  }

  /** π(a | s) of a batch of observations. @param obs [B, ...] @returns [B, A] */
  probabilities(obs: NumericArray): Float32Array {
    return this.#forward({ obs }).probabilities
  }

  /** V(s) of a batch of observations. @param obs [B, ...] @returns [B] */
  values(obs: NumericArray): Float32Array {
    return this.#values({ obs }).values
  }

  /** SHA-256 over the parameters in name order: equal for equal runs. */
  digest(): string {
    return digestOf(readVariables(parametersOf(this)))
  }

  /** Writes the model to a folder (or another store): what acting needs. */
  async save(location: ModelLocation): Promise<void> {
    await saveAgentModel(location, 'a2c', this, readVariables(parametersOf(this)))
  }

  /**
   * Reads a model that `save` wrote. Without `env` the agent acts but does not learn; with it, learning starts with
   * these weights and the timestep count of the file.
   *
   * @throws Error naming the file and the reason if it cannot be read or does not fit
   */
  static async load(location: ModelLocation, options: LoadOptions = {}): Promise<A2c> {
    const { model, location: source, config } = await loadAgentModel(location, 'a2c', options)
    const agent = new A2c(config)
    requireSameSpaces(model, agent, source)
    assignVariables(parametersOf(agent), model.tensors, source)
    agent.globalStep = model.globalStep
    agent.#startFromNetworks()
    return agent
  }

  /** Frees the tensors and closes the environments. */
  dispose(): void {
    this.policy.dispose()
    this.value.dispose()
    this.#optimizer.dispose()
    for (const program of [this.#forward, this.#values, this.#update]) program.dispose()
    this.#envs?.close()
  }

  #startLearning(envs: VectorEnv): LearningState {
    const playing = startPlaying(envs, this.#rng, this.#moment())
    const metrics = new MeanMetrics(UPDATE_METRICS)
    return { ...playing, rollouts: new Map(), rollout: undefined, metrics }
  }

  #learningState(learning: LearningState): CheckpointState {
    const { rollout, metrics } = learning
    return joinStates(
      { rollout: null },
      {
        environments: environmentState(requireEnvs(this.#envs), learning),
        metrics: metrics.getState(),
        ...(rollout && { rollout: rollout.getState() }),
      },
    )
  }

  /** Checks a state; what it returns changes the environments and nothing else. */
  #readLearningState(
    state: StatePart,
    { initialized, globalStep }: { initialized: boolean; globalStep: number },
  ): () => LearningState {
    const steps = initialized ? this.options.numSteps : this.#warmUpSteps()
    const json = readJson(learningSchema(steps), state)
    const names = ['environments', 'metrics'] as const
    const parts = splitState(state, json.rollout ? [...names, 'rollout'] : names)
    const own = { envs: requireEnvs(this.#envs), obsSize: this.#encoder.size, rng: this.#rng }
    const resume = readEnvironmentState(parts.environments, own, globalStep)
    const metrics = new MeanMetrics(UPDATE_METRICS)
    metrics.readState(parts.metrics)()
    const rollouts = new Map<number, RolloutBuffer>()
    const obs = parts.environments.tensors['obs']!.data
    const rollout = json.rollout && this.#emptyRollout({ obs, rollouts }, json.rollout.numSteps)
    rollout?.setState(parts.rollout)
    return () => {
      const { playing, abandoned } = resume()
      if (abandoned) rollout?.truncate(abandoned)
      return { ...playing, rollouts, rollout: rollout ?? undefined, metrics }
    }
  }

  #moment(): Moment {
    return { agent: 'a2c', globalStep: this.globalStep, playing: this.#learning }
  }

  /** An empty rollout, as long as what is left of the warm-up's or the budget's timesteps allows. */
  #nextRollout(state: LearningState, totalTimesteps: number): RolloutBuffer {
    const steps = this.#initialized ? this.options.numSteps : this.#warmUpSteps()
    return this.#emptyRollout(
      state,
      Math.min(steps, (totalTimesteps - this.globalStep) / requireEnvs(this.#envs).numEnvs),
    )
  }

  /** The rollout buffer of that many steps, emptied; only the warm-up and the last rollout differ in length. */
  #emptyRollout(
    { obs, rollouts }: Pick<LearningState, 'obs' | 'rollouts'>,
    numSteps: number,
  ): RolloutBuffer {
    const obsSize = this.#encoder.size
    let rollout = rollouts.get(numSteps)
    if (!rollout) {
      rollout = new RolloutBuffer({
        numSteps,
        numEnvs: obs.length / obsSize,
        obsSize,
        obsLike: obs,
      })
      rollouts.set(numSteps, rollout)
    }
    rollout.clear()
    return rollout
  }

  /** Steps of each environment that make at least `initializationSteps` timesteps together. */
  #warmUpSteps(): number {
    return Math.ceil(this.options.initializationSteps / requireEnvs(this.#envs).numEnvs)
  }

  /** Data-dependent initialization of both networks from the warm-up. @param obs [B, ...] */
  #initializeFromData(obs: ObsArray): void {
    this.initialization = tf.tidy(() => {
      const raw = tensorFrom(
        obs,
        [this.#rows(obs), ...this.#encoder.shape],
        this.#encoder.spec.dtype,
      )
      const x = this.#encoder.encode(raw)
      return { policy: this.policy.initializeFromData(x), value: this.value.initializeFromData(x) }
    })
    this.#startFromNetworks()
  }

  #startFromNetworks(): void {
    tf.tidy(() => refold(this))
    this.#initialized = true
  }

  /** Actions drawn from the policy, as indices, and the values of the observations. [N] each */
  #play(obs: NumericArray): { actions: Int32Array; values: Float32Array } {
    const { probabilities, values } = this.#forward({ obs })
    const { n } = this.actionSpace
    const batch = { obs, rows: values.length }
    const moment = this.#moment()
    requireFiniteOutputs('value', values, batch, moment)
    requireFiniteOutputs('probability of an action', probabilities, batch, moment)
    const draw = (row: number) =>
      this.#exploration.categorical(probabilities.subarray(row * n, (row + 1) * n))
    return { actions: Int32Array.from(values, (_, row) => draw(row)), values }
  }

  #playAtRandom(obs: NumericArray): { actions: Int32Array; values: Float32Array } {
    const values = new Float32Array(this.#rows(obs)) // no network to ask yet; the warm-up does not use them
    return {
      actions: Int32Array.from(values, () => this.#exploration.randInt(0, this.actionSpace.n)),
      values,
    }
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
  /** By their number of steps. */
  readonly rollouts: Map<number, RolloutBuffer>
  /** The one being filled; undefined where the next timestep begins one. */
  rollout: RolloutBuffer | undefined
  /** Of the updates since the last row of the log. */
  readonly metrics: MeanMetrics<(typeof UPDATE_METRICS)[number]>
}

const stateSchema = (agent: A2c) =>
  agentSchema('a2c', agent).extend({
    initialization: z.strictObject({ policy: reportsSchema, value: reportsSchema }),
    networks: partSchema,
    optimizer: partSchema,
    learning: partSchema.nullable(),
  })

/** A rollout in the state has begun and is not full. @param maxSteps of a rollout at that time */
const learningSchema = (maxSteps: number) =>
  z.strictObject({
    environments: partSchema,
    metrics: partSchema,
    rollout: z
      .looseObject({ numSteps: z.int().min(1).max(maxSteps), steps: z.int().min(1) })
      .refine(({ numSteps, steps }) => steps < numSteps, 'expected fewer steps than numSteps')
      .nullable(),
  })

/** The scalars of an update, by the names that people know them by. */
function firstOf(
  result: Readonly<
    Record<'loss' | 'policyLoss' | 'valueLoss' | 'entropy' | 'gradNorm', Float32Array>
  >,
) {
  return {
    loss: result.loss[0]!,
    'policy loss': result.policyLoss[0]!,
    'value loss': result.valueLoss[0]!,
    entropy: result.entropy[0]!,
    'gradient norm': result.gradNorm[0]!,
  }
}

export interface ActorCritic {
  /** [B, ...] → logits [B, A] */
  readonly policy: Network
  /** [B, ...] → [B, 1] */
  readonly value: Network
}

/**
 * The losses of A2C: with A the advantages and R the returns, means over the batch of
 * policyLoss = −log π(a|s) · A, valueLoss = (V − R)², entropy = H(π(·|s)), and
 * loss = policyLoss + vfCoef · valueLoss − entCoef · entropy.
 *
 * @param batch.logits [B, A]
 * @param batch.values [B]
 * @param batch.actions [B] int32
 * @param batch.advantages [B]; no gradient flows through them
 * @param batch.returns [B]
 * @returns scalars, and logProb [B] of the actions
 */
export function a2cLoss(
  batch: {
    readonly logits: tf.Tensor
    readonly values: tf.Tensor
    readonly actions: tf.Tensor
    readonly advantages: tf.Tensor
    readonly returns: tf.Tensor
  },
  options: { readonly vfCoef: number; readonly entCoef: number },
) {
  const logProbs = logProbabilities(batch.logits) // [B, A]
  const logProb = pick(logProbs, batch.actions) // [B]
  const policyLoss = tf.neg(tf.mean(tf.mul(logProb, batch.advantages)))
  const valueLoss = tf.mean(tf.square(tf.sub(batch.values, batch.returns)))
  const entropy = tf.mean(entropyOf(logProbs))
  const bonus = tf.mul(entropy, options.entCoef)
  const loss = tf.sub(tf.add(policyLoss, tf.mul(valueLoss, options.vfCoef)), bonus)
  return { loss, policyLoss, valueLoss, entropy, logProb }
}

export interface A2cUpdateParts {
  /** Learn; must be folded (`refold`) as they are, and are again after the update. */
  readonly networks: ActorCritic
  /** Of `parametersOf(networks)`. */
  readonly optimizer: Optimizer
  readonly encoder: Pick<ObservationEncoder, 'encode' | 'spec'>
  readonly vfCoef: number
  readonly entCoef: number
  readonly maxGradNorm: number | null
}

/** One gradient step on a rollout, as a program: losses, gradients, one clipping over both networks, optimizer, fold. */
export function a2cUpdate(parts: A2cUpdateParts) {
  const { networks, optimizer, encoder, maxGradNorm } = parts
  const parameters = parametersOf(networks)
  const perRow = (dtype: 'float32' | 'int32') => ({ shape: [-1], dtype }) as const
  return compile(
    ({ obs, actions, advantages, returns, ...scalars }) => {
      const x = encoder.encode(obs)
      const { outputs, gradients } = gradientsOf(parameters, () => {
        const values = tf.reshape(networks.value.applyFolded(x), [-1]) // [B, 1] → [B]
        return a2cLoss(
          { logits: networks.policy.applyFolded(x), values, actions, advantages, returns },
          parts,
        )
      })
      const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
      optimizer.apply(gradients, scalars, factor)
      refold(networks)
      const { loss, policyLoss, valueLoss, entropy } = outputs
      return { loss, policyLoss, valueLoss, entropy, gradNorm: norm }
    },
    {
      inputs: {
        obs: encoder.spec,
        actions: perRow('int32'),
        advantages: perRow('float32'),
        returns: perRow('float32'),
        ...optimizerInputs,
      },
    },
  )
}

/** The parameters of both networks, as `policy/…` and `value/…`. */
export function parametersOf(networks: ActorCritic): Readonly<Record<string, tf.Variable>> {
  return withPrefixes({ policy: networks.policy.parameters, value: networks.value.parameters })
}

function refold({ policy, value }: ActorCritic): void {
  policy.refold()
  value.refold()
}
