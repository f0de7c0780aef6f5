/**
 * PPO: proximal policy optimization with a clipped surrogate, here with weight-normalized networks.
 *
 * Source: Schulman et al. 2017, "Proximal policy optimization algorithms" (arXiv 1707.06347), and the authors' own code
 * (OpenAI Baselines, ppo2), whose details the results depend on; GAE(λ): Schulman et al. 2016 (arXiv 1506.02438).
 *
 * Differences from the paper:
 * 1. Weights are normalized and initialized from data, as in A2C: a warm-up under a uniformly random policy, counted in
 *    the budget; the policy head starts small.
 * 2. Advantages are normalized in each minibatch, as in ppo2; the paper does not say.
 * 3. Policy and value have networks of their own by default, so the weights of their losses matter only where gradients
 *    are clipped together; with `sharedTrunk` as the paper has it for Atari.
 * 4. The clipping range stays constant; the paper lowers it with the learning rate on Atari.
 * 5. Optionally an update stops when the policy has moved far (`targetKl`), and values are clipped (`valueClip`).
 * 6. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 *
 * Its gradient step is in ppo/update.ts; what it shares with A2C, acting and collecting rollouts, is in actor-critic/.
 */
import type { Env, Space } from 'gymnasium-js'
import type { ActionArray } from 'gymnasium-js/vector'
import * as z from 'zod'
import { atOnce, type Awaitable, type NumericArray, readsByWaiting } from '../src/backend/index.ts'
import { gatherRows, normalizeAdvantages, shuffledBatches } from '../src/buffers/index.ts'
import type { Network } from '../src/nn/index.ts'
import type { Seed } from '../src/rng.ts'
import type { CheckpointState } from '../src/state.ts'
import {
  type AgentConfig,
  commonOptions,
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
import { logProbsOf, ppoUpdate } from './ppo/update.ts'

/** Options of PPO: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const ppoOptions = z.strictObject({
  ...actorCriticOptions,
  learningRate: commonOptions.learningRate
    .default(3e-4)
    .describe('step size of the optimizer; default 3e-4 (Schulman et al. 2017)'),
  optimizer: commonOptions.optimizer
    .default({ name: 'adam', epsilon: 1e-5 })
    .describe(
      'adam, adamax, rmsprop or sgd, or { name, … } with its coefficients; default adam (ε 1e-5, as ppo2)',
    ),
  gaeLambda: actorCriticOptions.gaeLambda
    .default(0.95)
    .describe('λ of GAE, from 0 to 1; default 0.95 (Schulman et al. 2017)'),
  numSteps: z
    .int()
    .min(1)
    .default(128)
    .describe('steps of each environment per rollout; default 128 (Schulman et al. 2017, Atari)'),
  epochs: z
    .int()
    .min(1)
    .default(4)
    .describe('times that an update goes through its rollout; default 4 (ppo2)'),
  batchSize: z
    .int()
    .min(1)
    .default(256)
    .describe('timesteps in a minibatch; default 256 (Schulman et al. 2017, Atari)'),
  clip: z
    .number()
    .positive()
    .default(0.2)
    .describe('how far from 1 a ratio of probabilities may profit; default 0.2 (the paper)'),
  targetKl: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'an update stops after the minibatch whose estimated KL divergence from the policy that acted is over 1.5 ' +
        'times this, nats; null for no limit',
    ),
  normalizeAdvantages: z
    .boolean()
    .default(true)
    .describe('give the advantages of each minibatch mean 0 and standard deviation 1'),
})

export type PpoOptions = z.input<typeof ppoOptions>
type ParsedOptions = z.output<typeof ppoOptions>

/** Made once: acting allocates nothing. */
const MOST_LIKELY = { deterministic: true }
/** An update stops at so many times `targetKl` (OpenAI Spinning Up, Stable-Baselines3). */
const KL_TOLERANCE = 1.5

const UPDATE_METRICS = [
  'losses/policy_loss',
  'losses/value_loss',
  'losses/entropy',
  'losses/grad_norm',
  'losses/approx_kl',
  'losses/clip_fraction',
] as const

/** Every metric that PPO reports while it learns, besides those of episodes. */
export const ppoMetrics = [...UPDATE_METRICS, ...LEARNER_METRICS] as const

/**
 * @example
 * const agent = new Ppo({ env: () => make('Pendulum-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 100_000 })
 * agent.act(obs, { deterministic: true })
 */
export class Ppo implements LearningAgent {
  readonly #learner: Learner<ParsedOptions>
  readonly #pending = new PendingReports<keyof Losses>()
  readonly #programs: Programs
  /** The same for rollouts in which some actions were illegal. */
  readonly #maskedPrograms: Programs

  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  constructor(config: AgentConfig<PpoOptions>) {
    const { env: _env, spaces: _spaces, seed: _seed, ...given } = config
    const options = parseOptions(ppoOptions, given)
    this.#learner = new Learner({
      name: 'ppo',
      title: 'PPO',
      config,
      options,
      updateMetrics: UPDATE_METRICS,
      pending: this.#pending,
      streams: ['minibatches'],
    })
    const programsOf = (isMasked: boolean): Programs => {
      const parts = { ...options, ...this.#learner.updateParts, isMasked }
      return { update: ppoUpdate(parts), logProbs: logProbsOf(parts) }
    }
    this.#programs = programsOf(false)
    this.#maskedPrograms = programsOf(true)
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

  /** Some epochs of minibatches of a rollout, until the policy has moved too far from the one that acted. */
  async #learnFrom({ rollout, masks, advantages, returns, ...now }: Experience): Promise<void> {
    const { epochs, batchSize, targetKl, entCoefEnd, valueClip } = this.options
    const { optimizer, encoder, distribution, streams } = this.#learner
    const { update, logProbs } = masks ? this.#maskedPrograms : this.#programs
    const rows = rollout.rewards.length
    const { obs, actions } = rollout
    const legal = masks && { masks }
    const { logProbs: oldLogProbs } = await logProbs.run({ obs, actions, ...legal })
    const limit = targetKl === null ? Infinity : KL_TOLERANCE * targetKl

    for (let epoch = 0, kl = 0; epoch < epochs && kl <= limit; epoch++) {
      for (const chosen of shuffledBatches(rows, batchSize, streams['minibatches']!)) {
        const of = <A extends Column>(column: A, size = 1): A => gather(column, chosen, size)
        const ofBatch = of(advantages)
        const batch = {
          obs: of(obs, encoder.size),
          actions: of(actions, distribution.actionSize),
          advantages: this.options.normalizeAdvantages ? normalizeAdvantages(ofBatch) : ofBatch,
          returns: of(returns),
          oldLogProbs: of(oldLogProbs),
          ...(valueClip !== null && { oldValues: of(rollout.values) }),
          ...(masks && { masks: of(masks, distribution.maskSize) }),
        }
        const scalars = {
          ...optimizer.nextScalars(now.learningRate),
          ...(entCoefEnd !== undefined && { entCoef: Float32Array.of(now.entCoef) }),
        }
        const inputs = { ...batch, ...scalars }
        if (readsByWaiting() && targetKl === null) {
          // Nothing depends on what it finds: that is heard of later.
          await this.#pending.add(update.later(inputs), (result) => {
            hear(firstOf(result), now, batch)
          })
          continue
        }
        const result = update.run(inputs)
        const found = firstOf(result instanceof Promise ? await result : result)
        hear(found, now, batch)
        kl = found['KL divergence']
        if (kl > limit) break
      }
    }
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
  static async load(location: ModelLocation, options: LoadOptions = {}): Promise<Ppo> {
    const { model, location: source, config } = await loadAgentModel(location, 'ppo', options)
    const agent = new Ppo(config)
    agent.#learner.restore(model, source)
    return agent
  }

  dispose(): void {
    this.#learner.dispose()
    for (const { update, logProbs } of [this.#programs, this.#maskedPrograms]) {
      update.dispose()
      logProbs.dispose()
    }
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

interface Programs {
  readonly update: ReturnType<typeof ppoUpdate>
  readonly logProbs: ReturnType<typeof logProbsOf>
}

type Column = NumericArray

/** Rows of so many numbers each, in an array of their own. */
function gather<A extends Column>(column: A, rows: Int32Array, size: number): A {
  const ArrayType = column.constructor as new (length: number) => A
  return gatherRows(column as never, rows, size, new ArrayType(rows.length * size) as never)
}

type Losses = ReturnType<ReturnType<typeof ppoUpdate>>

/** Takes note of what an update found. @throws TrainingTrouble if it is not finite */
function hear(
  found: ReturnType<typeof firstOf>,
  { moment, report }: Pick<Experience, 'moment' | 'report'>,
  batch: Readonly<Record<'advantages', NumericArray>>,
): void {
  requireFinite(found, moment, { rows: batch.advantages.length, batch })
  report({
    'losses/policy_loss': found['policy loss'],
    'losses/value_loss': found['value loss'],
    'losses/entropy': found.entropy,
    'losses/grad_norm': found['gradient norm'],
    'losses/approx_kl': found['KL divergence'],
    'losses/clip_fraction': found['clip fraction'],
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
    'KL divergence': result.approxKl[0]!,
    'clip fraction': result.clipFraction[0]!,
  }
}
