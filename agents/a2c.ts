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
 * 3. Policy and value have networks of their own, as in Stable-Baselines3; the paper shares all but the heads, as
 *    `sharedTrunk` does.
 * 4. RMSProp as PyTorch has it, ε outside the root and statistics from 0.
 * 5. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 * 6. The deviations of continuous actions do not depend on the state; the paper's do, and its actions come from an LSTM.
 *
 * Its loss and gradient step are in a2c/update.ts; what it shares with PPO, acting and collecting rollouts, is in
 * actor-critic/.
 */
import type { Env, Space } from 'gymnasium-js'
import type { ActionArray } from 'gymnasium-js/vector'
import * as z from 'zod'
import { atOnce, type Awaitable, type NumericArray, readsByWaiting } from '../src/backend/index.ts'
import { normalizeAdvantages } from '../src/buffers/index.ts'
import type { Network } from '../src/nn/index.ts'
import type { Seed } from '../src/rng.ts'
import type { CheckpointState } from '../src/state.ts'
import {
  type AgentConfig,
  commonOptions,
  copiesOf,
  type LearningAgent,
  type LearnOptions,
  loadAgentModel,
  type LoadOptions,
  type ModelLocation,
  parseOptions,
  PendingReports,
  requireFinite,
} from '../src/training/index.ts'
import {
  type ActionSpace,
  type ActOptions,
  actorCriticOptions,
  type Experience,
  type Initialization,
  Learner,
  LEARNER_METRICS,
  type Resolved,
} from './actor-critic/index.ts'
import { a2cUpdate } from './a2c/update.ts'

/** Options of A2C: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const a2cOptions = z.strictObject({
  ...actorCriticOptions,
  learningRate: commonOptions.learningRate
    .default(7e-4)
    .describe('step size of the optimizer; default 7e-4 (Stable-Baselines3)'),
  optimizer: commonOptions.optimizer
    .default({ name: 'rmsprop' })
    .describe(
      'adam, adamax, rmsprop or sgd, or { name, … } with its coefficients; default rmsprop (α 0.99, ε 1e-5)',
    ),
  numSteps: z
    .int()
    .min(1)
    .default(5)
    .describe('steps of each environment per update; default 5 (Mnih et al. 2016)'),
  normalizeAdvantages: z
    .boolean()
    .default(false)
    .describe('give the advantages of each update mean 0 and standard deviation 1'),
})

export type A2cOptions = z.input<typeof a2cOptions>
type ParsedOptions = z.output<typeof a2cOptions>

/** Made once: acting allocates nothing. */
const MOST_LIKELY = { deterministic: true }

const UPDATE_METRICS = [
  'losses/policy_loss',
  'losses/value_loss',
  'losses/entropy',
  'losses/grad_norm',
] as const

/** Every metric that A2C reports while it learns, besides those of episodes. */
export const a2cMetrics = [...UPDATE_METRICS, ...LEARNER_METRICS] as const

/**
 * @example
 * const agent = new A2c({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 100_000 })
 * agent.act(obs, { deterministic: true })
 */
export class A2c implements LearningAgent {
  readonly #learner: Learner<ParsedOptions>
  readonly #pending = new PendingReports<keyof Losses>()
  readonly #update: ReturnType<typeof a2cUpdate>
  /** The same for rollouts in which some actions were illegal. */
  readonly #maskedUpdate: ReturnType<typeof a2cUpdate>

  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  constructor(config: AgentConfig<A2cOptions>) {
    const { env: _env, spaces: _spaces, seed: _seed, ...given } = config
    const options = parseOptions(a2cOptions, given)
    this.#learner = new Learner({
      name: 'a2c',
      title: 'A2C',
      config,
      options,
      updateMetrics: UPDATE_METRICS,
      pending: this.#pending,
    })
    this.#update = a2cUpdate({ ...options, ...this.#learner.updateParts })
    this.#maskedUpdate = a2cUpdate({ ...options, ...this.#learner.updateParts, isMasked: true })
  }

  /**
   * Learns until the agent has seen `totalTimesteps` in all; a second call with more goes on from there.
   *
   * @throws RangeError if the budget does not exceed `initializationSteps` or what was learned already;
   *   TrainingTrouble if a loss, gradient, value, observation or reward is not finite, or an environment fails
   */
  async learn(options: LearnOptions): Promise<void> {
    await this.#learner.learn(options, (experience) => this.#learnFrom(experience))
  }

  /** One gradient step on a whole rollout; where reading takes waiting, what it found is heard of later. */
  #learnFrom({ rollout, masks, advantages, returns, ...now }: Experience): Awaitable<void> {
    const { normalizeAdvantages: isNormalized } = this.options
    const batch = {
      obs: rollout.obs,
      actions: rollout.actions,
      advantages: isNormalized ? normalizeAdvantages(advantages) : advantages,
      returns,
      oldValues: rollout.values,
      ...(masks && { masks }),
    }
    const update = masks ? this.#maskedUpdate : this.#update
    const scalars = this.#learner.optimizer.nextScalars(now.learningRate)
    const inputs = { ...batch, ...scalars, entCoef: Float32Array.of(now.entCoef) }
    if (!readsByWaiting()) {
      hear(firstOf(update(inputs)), now, batch)
      return
    }
    const kept = copiesOf(batch)
    return this.#pending.add(update.later(inputs), (result) => {
      hear(firstOf(result), now, kept)
    })
  }

  async synchronize(): Promise<void> {
    await this.#learner.synchronize()
  }

  getState(): CheckpointState {
    return this.#learner.getState()
  }

  setState(state: CheckpointState): void {
    this.#learner.setState(state)
  }

  checkBudget(totalTimesteps: number): void {
    this.#learner.checkBudget(totalTimesteps)
  }

  /**
   * The action for one observation: an index for Discrete spaces, an array for others.
   *
   * @param options.deterministic the most probable action (continuous: the mean); otherwise it is drawn from the policy
   * @param options.info what the environment told beside the observation, for its `actionMask`
   */
  act(obs: NumericArray | number, options: ActOptions = MOST_LIKELY): number | ActionArray {
    return this.#learner.act(obs, options)
  }

  /** @param options.infos what the environments told beside the observations, for their `actionMask` */
  actBatch(obs: NumericArray, options: Parameters<LearningAgent['actBatch']>[1]): ActionArray {
    return atOnce(this.actBatchAsync(obs, options))
  }

  /** As `act`, on every backend: to be awaited. */
  async actAsync(obs: NumericArray | number, options: ActOptions = MOST_LIKELY) {
    return this.#learner.actAsync(obs, options)
  }

  /** As `actBatch`, on every backend: a promise where reading takes waiting. */
  actBatchAsync(
    obs: NumericArray,
    options: Parameters<LearningAgent['actBatch']>[1],
  ): Awaitable<ActionArray> {
    return this.#learner.player.actBatch(obs, options, this.#learner.exploration)
  }

  /** π(a | s), or the means of continuous actions, of a batch of observations. @param obs [B, ...] @returns [B, A] */
  probabilities(obs: NumericArray): Float32Array {
    return this.#learner.player.prepared(obs)
  }

  /** V(s) of a batch of observations. @param obs [B, ...] @returns [B] */
  values(obs: NumericArray): Float32Array {
    return this.#learner.player.values(obs)
  }

  digest(): string {
    return this.#learner.digest()
  }

  async save(location: ModelLocation): Promise<void> {
    await this.#learner.save(location)
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
    agent.#learner.restore(model, source)
    return agent
  }

  dispose(): void {
    this.#learner.dispose()
    for (const program of [this.#update, this.#maskedUpdate]) program.dispose()
  }

  get options(): Resolved<ParsedOptions> {
    return this.#learner.options
  }

  get seed(): Seed {
    return this.#learner.seed
  }

  get globalStep(): number {
    return this.#learner.globalStep
  }

  get observationSpace(): Space {
    return this.#learner.observationSpace
  }

  get actionSpace(): ActionSpace {
    return this.#learner.actionSpace
  }

  /** Makes environments for evaluation; undefined where the agent was given finished ones. */
  get makeEnv(): (() => Env) | undefined {
    return this.#learner.makeEnv
  }

  /** The networks that learn; with a shared trunk, their heads. */
  get policy(): Network {
    return this.#learner.networks.policy
  }

  get value(): Network {
    return this.#learner.networks.value
  }

  /** What data-dependent initialization found in each network; empty until it has run. */
  get initialization(): Initialization {
    return this.#learner.initialization
  }

  get kernels(): readonly string[] {
    return this.#learner.kernels
  }
}

type Losses = Readonly<
  Record<'loss' | 'policyLoss' | 'valueLoss' | 'entropy' | 'gradNorm', Float32Array>
>

/** Takes note of what an update found. @throws TrainingTrouble if it is not finite */
function hear(
  losses: ReturnType<typeof firstOf>,
  { moment, report }: Pick<Experience, 'moment' | 'report'>,
  batch: Readonly<Record<'advantages', NumericArray>>,
): void {
  requireFinite(losses, moment, { rows: batch.advantages.length, batch })
  report({
    'losses/policy_loss': losses['policy loss'],
    'losses/value_loss': losses['value loss'],
    'losses/entropy': losses.entropy,
    'losses/grad_norm': losses['gradient norm'],
  })
}

/** The scalars of an update, by the names that people know them by. */
function firstOf(result: Losses) {
  return {
    loss: result.loss[0]!,
    'policy loss': result.policyLoss[0]!,
    'value loss': result.valueLoss[0]!,
    entropy: result.entropy[0]!,
    'gradient norm': result.gradNorm[0]!,
  }
}
