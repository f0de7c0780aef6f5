/**
 * PQN: parallelized Q-learning. No replay buffer and no target network: many environments, Q(λ) targets from short
 * rollouts, and normalized layers that keep the updates stable.
 *
 * Source: Gallici et al. 2024, "Simplifying deep temporal difference learning" (arXiv 2407.04811), and the authors' code
 * (purejaxql), whose settings the defaults are; Peng & Williams 1996, "Incremental multi-step Q-learning", for Q(λ);
 * RAdam: Liu et al. 2020 (arXiv 1908.03265).
 *
 * Differences from the paper:
 * 1. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 * 2. With `normalization: weight` (the paper has layer normalization, the default here) weights are initialized from
 *    data: a warm-up of random play, counted in the budget.
 * 3. Observations are scaled to their bounds; the paper normalizes them by running statistics in some environments.
 * 4. Exploration: ε falls with the timesteps, not with the updates.
 * 5. 16 environments unless told, which meet any round number of timesteps; the paper's 128 are in MinAtar's preset.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Discrete } from 'gymnasium-js'
import * as z from 'zod'
import { compile, INDICES, NUMBERS } from '../src/backend/index.ts'
import { Minibatches } from '../src/buffers/index.ts'
import * as nn from '../src/nn/index.ts'
import { EpsilonGreedy } from '../src/policies/index.ts'
import * as training from '../src/training/index.ts'
import { count, fraction } from '../src/training/index.ts'

/** Options of PQN: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const pqnOptions = z.strictObject({
  ...training.commonOptions({
    learningRate: [5e-4, 'Gallici et al. 2024, MinAtar'],
    learningRateSchedule: 'linear',
    optimizer: ['radam', 'radam (Gallici et al. 2024)'],
    maxGradNorm: [10, 'Gallici et al. 2024'],
    normalization: 'layer',
    network: 'two of 128 units (purejaxql)',
    numEnvs: 16,
  }),
  ...training.explorationOptions([0.1, 'Gallici et al. 2024']),
  ...training.rolloutOptions,
  lambda: fraction(
    0.65,
    'λ of Q(λ): 0 for one step, 1 for whole returns; default 0.65 (the paper)',
  ),
  numSteps: count(32, 'steps of each environment per rollout; default 32 (the paper)'),
  epochs: count(2, 'times that an update goes through its rollout; default 2 (the paper)'),
  batchSize: count(128, 'timesteps in a minibatch; default 128 (the paper)'),
})

export type PqnOptions = z.input<typeof pqnOptions>
type Parts = training.AlgorithmParts<typeof pqnOptions, Discrete>

/** The network that learns, and how it acts. */
function networks(parts: Parts) {
  const { options, actionSpace, encoder, rng } = parts
  const network = options.network({
    ...training.normalizationOf(options),
    inputShape: encoder.inputShape,
    outputs: actionSpace.n,
    outputScale: 1,
    rng: rng.stream('init'),
  })
  const optimizer = nn.createOptimizer(network.parameters, options.optimizer)
  const values = (x: tf.Tensor) => network.applyFolded(x)
  const policy = new EpsilonGreedy(parts, values, options.epsilonStart)
  return { network, optimizer, policy }
}

/**
 * ½ mean (Q(s, a) − G)², G the λ-return of the rollout.
 *
 * @param q [B, A]
 * @param actions [B] int32
 * @param targets [B]; no gradient flows through them
 * @returns loss, a scalar, and chosenQ [B]
 */
export function pqnLoss(q: tf.Tensor, actions: tf.Tensor, targets: tf.Tensor) {
  const chosenQ = nn.pick(q, actions) // [B, A] → [B]
  return { loss: tf.mul(0.5, tf.mean(tf.square(tf.sub(chosenQ, targets)))), chosenQ }
}

export interface PqnUpdateParts {
  /** Learns; must be folded (`refold`) as it is, and is again after the update. */
  readonly network: nn.Network
  readonly optimizer: nn.Optimizer
  readonly encoder: Pick<nn.ObservationEncoder, 'encode' | 'spec'>
  readonly maxGradNorm: number | null
}

/** A gradient step on a minibatch. */
export function pqnUpdate({ network, optimizer, encoder, maxGradNorm }: PqnUpdateParts) {
  return compile(
    ({ obs, actions, targets, ...scalars }) => {
      const { loss, chosenQ, gradNorm } = nn.minimize(
        network,
        optimizer,
        scalars,
        maxGradNorm,
        () => pqnLoss(network.applyTraining(encoder.encode(obs)), actions, targets),
      )
      return { loss, meanQ: tf.mean(chosenQ), gradNorm }
    },
    { inputs: { obs: encoder.spec, actions: INDICES, targets: NUMBERS, ...optimizer.inputs } },
  )
}

/** What only learning needs, and the loop. */
function learner(
  { options, actionSpace, encoder, rng, ...parts }: Parts & ReturnType<typeof networks>,
  { obsLike, numEnvs, hasMasks }: training.LearnerStart,
): training.Learner {
  const { network, optimizer, policy } = parts
  const { gamma, lambda, batchSize } = options
  const numActions = hasMasks ? actionSpace.n : 0
  const stored = { numEnvs, obsSize: encoder.size, obsLike, numActions }
  const rollouts = new training.Rollouts({ ...options, ...stored })
  const minibatches = new Minibatches(batchSize)
  const shuffling = rng.stream('minibatches')
  const update = pqnUpdate({ network, optimizer, encoder, maxGradNorm: options.maxGradNorm })

  async function learn(run: training.Learning): Promise<void> {
    const explorer: Parameters<typeof run.rollouts>[1] = {
      play(obs, masks) {
        policy.epsilon = training.epsilonAt(options, run.from, run.totalTimesteps)
        return policy.play(obs, masks) // ε-greedy; the values are max_a Q
      },
      playAtRandom: policy.playAtRandom.bind(policy),
      toEnv: policy.toEnv.bind(policy),
    }
    for await (const rollout of run.rollouts(rollouts, explorer)) {
      if (run.isInitialized) {
        // With V = max_a Q the return of GAE is that of Q(λ): r + γ ((1 − λ) max Q′ + λ G′).
        const best = policy.bestValues.bind(policy)
        const { returns } = await training.advantagesOf(rollout, run, best, gamma, lambda)
        const columns = { obs: rollout.obs, actions: rollout.actions, targets: returns }
        for (let epoch = 0; epoch < options.epochs; epoch++)
          for (const batch of minibatches.epoch(columns, rollout.rows, shuffling))
            await run.update(update, batch, optimizer.nextScalars(run.learningRate))
      } else await run.initialize(() => rollout.obs)
      const rows = Math.min(batchSize, rollout.rows)
      await run.log({ 'charts/epsilon': policy.epsilon }, rows, rollout)
    }
  }
  const truncate: training.Learner['truncate'] = (obs) => rollouts.truncate(obs)
  return { parts: { rollouts, shuffling }, programs: [update], learn, truncate }
}

/**
 * @example
 * const agent = new Pqn({ env: () => make('MinAtar/Breakout'), seed: 1 })
 * await agent.learn({ totalTimesteps: 1_024_000 })
 * agent.act(obs, { deterministic: true })
 */
export const Pqn = training.defineAgent({
  name: 'pqn',
  title: 'PQN',
  summary: 'parallelized Q-learning, Q(λ) without replay and target network',
  options: pqnOptions,
  defaults: { numEnvs: 16, network: nn.mlp([128, 128]) },
  metrics: { loss: 'losses/td_loss', meanQ: 'losses/q_values', gradNorm: 'losses/grad_norm' },
  charts: ['charts/epsilon'],
  requireActions: training.requireDiscreteActions,
  warmUp: training.rolloutWarmUp,
  create(parts) {
    const made = networks(parts)
    const { network, optimizer, policy } = made
    return {
      network,
      policy,
      parts: { optimizer },
      face: { network, qValues: policy.qValues.bind(policy) },
      isInitialized: !network.fitsData,
      loaded: () => void (policy.epsilon = parts.options.epsilonEnd),
      memory: training.rolloutMemory,
      learner: (start) => learner({ ...parts, ...made }, start),
    }
  },
})
export type Pqn = InstanceType<typeof Pqn>
