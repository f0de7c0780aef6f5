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
 * 4. The clipping range stays constant unless told; the paper lowers it with the learning rate on Atari.
 * 5. Optionally an update stops when the policy has moved far (`targetKl`), and values are clipped (`valueClip`).
 * 6. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 */
import * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import { compile, NUMBERS, SCALAR, type TensorSpec } from '../src/backend/index.ts'
import { Minibatches, normalizeAdvantages } from '../src/buffers/index.ts'
import * as nn from '../src/nn/index.ts'
import {
  type ActionDistribution,
  type ActionSpace,
  requireActionSpace,
} from '../src/policies/index.ts'
import * as training from '../src/training/index.ts'
import { count, flag, fraction, type Schedule, scheduledPositive } from '../src/training/index.ts'

/** An update stops at so many times `targetKl` (OpenAI Spinning Up, Stable-Baselines3). */
const KL_TOLERANCE = 1.5

/** Options of PPO: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const ppoOptions = z.strictObject({
  ...training.commonOptions({
    learningRate: [3e-4, 'Schulman et al. 2017'],
    optimizer: [{ name: 'adam', epsilon: 1e-5 }, 'adam (ε 1e-5, as ppo2)'],
    maxGradNorm: [0.5, 'ppo2'],
    network: 'two of 64 tanh units each (Schulman et al. 2017)',
    numEnvs: 8,
  }),
  ...training.actorCriticOptions,
  gaeLambda: fraction(0.95, 'λ of GAE, from 0 to 1; default 0.95 (Schulman et al. 2017)'),
  numSteps: count(128, 'steps of each environment per rollout; default 128 (the paper, Atari)'),
  epochs: count(4, 'times that an update goes through its rollout; default 4 (ppo2)'),
  batchSize: count(256, 'timesteps in a minibatch; default 256 (the paper, Atari)'),
  clip: scheduledPositive(0.2, 'how far from 1 a ratio may profit; default 0.2 (the paper)'),
  targetKl: training.positiveOrNone(
    'an update stops after the minibatch whose estimated KL divergence from the policy that acted is over 1.5 ' +
      'times this, nats; null for no limit',
  ),
  normalizeAdvantages: flag(
    true,
    'give the advantages of each minibatch mean 0 and standard deviation 1',
  ),
})

export type PpoOptions = z.input<typeof ppoOptions>
type Parts = training.AlgorithmParts<typeof ppoOptions, ActionSpace>

/**
 * The losses of PPO: loss = policyLoss + vfCoef · valueLoss − entCoef · mean entropy, with the clipped surrogate.
 *
 * @param batch.logProb [B] of the actions, batch.entropy [B] and batch.values [B]: of what learns
 * @param batch.oldLogProb [B], batch.oldValues [B]: of the policy and critic that acted; values for `valueClip` only
 * @param batch.advantages [B], batch.returns [B]; no gradient flows through them
 * @param options.valueClip in units of return, or null for none
 * @returns scalars, and ratio [B]
 */
export function ppoLoss(
  batch: Readonly<
    Record<'logProb' | 'entropy' | 'values' | 'oldLogProb' | 'advantages' | 'returns', tf.Tensor>
  > & { readonly oldValues?: tf.Tensor | undefined },
  options: {
    readonly clip: number | tf.Tensor
    readonly valueClip: number | null
    readonly vfCoef: number
    readonly entCoef: number | tf.Tensor
  },
) {
  const { oldValues } = batch
  const { valueClip, vfCoef, entCoef } = options
  const clipping = oldValues && valueClip !== null ? { oldValues, range: valueClip } : undefined
  const surrogate = nn.clippedSurrogate(
    batch.logProb,
    batch.oldLogProb,
    batch.advantages,
    options.clip,
  )
  const valueLoss = nn.valueLossOf(batch.values, batch.returns, clipping)
  const entropy = tf.mean(batch.entropy)
  const losses = tf.add(surrogate.policyLoss, tf.mul(valueLoss, vfCoef))
  return { ...surrogate, loss: tf.sub(losses, tf.mul(entropy, entCoef)), valueLoss, entropy }
}

export interface PpoUpdateParts {
  /** Learns; must be folded (`refold`) as it is, and is again after the update. */
  readonly network: nn.ActorCritic
  readonly distribution: ActionDistribution
  /** Of the network's parameters. */
  readonly optimizer: nn.Optimizer
  readonly encoder: Pick<nn.ObservationEncoder, 'encode' | 'spec'>
  /** Where it is no number, batches have a scalar `clip`. */
  readonly clip: Schedule
  readonly vfCoef: number
  readonly maxGradNorm: number | null
  /** With it, batches have `oldValues`. */
  readonly valueClip: number | null
  /** Whether batches have `masks` of legal actions; false unless told. */
  readonly masked?: boolean
}

/** A gradient step on a minibatch: one clipping over all networks. */
export function ppoUpdate(parts: PpoUpdateParts) {
  const { network, distribution, optimizer, encoder, maxGradNorm, valueClip } = parts
  const masks: TensorSpec = { shape: [-1, distribution.maskSize], dtype: 'float32' }
  const inputs = {
    obs: encoder.spec,
    actions: distribution.spec,
    advantages: NUMBERS,
    returns: NUMBERS,
    oldLogProb: NUMBERS,
    ...(valueClip !== null && { oldValues: NUMBERS }),
    ...(parts.masked && { masks }),
    ...(typeof parts.clip !== 'number' && { clip: SCALAR }),
    entCoef: SCALAR,
    ...optimizer.inputs,
  }
  return compile(
    ({ obs, actions, masks: legal, entCoef, clip, ...rest }) => {
      const x = encoder.encode(obs)
      const { ratio: _, ...found } = nn.minimize(network, optimizer, rest, maxGradNorm, () => {
        const { policy, values } = network.trainingOutputs(x)
        const terms = distribution.terms(policy, actions, legal)
        const weights = { ...parts, entCoef, clip: clip ?? (parts.clip as number) }
        return ppoLoss({ ...rest, ...terms, values }, weights)
      })
      return found
    },
    { inputs },
  )
}

/** What only learning needs, and the loop. */
function learner(
  { options, encoder, rng, ...parts }: Parts & training.ActorCriticParts,
  { obsLike, numEnvs, hasMasks: masked }: training.LearnerStart,
): training.Learner {
  const { distribution, optimizer, policy } = parts
  const { gamma, gaeLambda, targetKl, batchSize } = options
  const stored = { numEnvs, obsSize: encoder.size, obsLike }
  const rollouts = training.actorCriticRollouts(options, distribution, stored)
  const minibatches = new Minibatches(batchSize)
  const shuffling = rng.stream('minibatches')
  const update = ppoUpdate({ ...options, ...parts, encoder, masked })
  const limit = targetKl === null ? Infinity : KL_TOLERANCE * targetKl

  async function learn(run: training.Learning): Promise<void> {
    for await (const rollout of run.rollouts(rollouts, policy)) {
      if (run.isInitialized) {
        const values = policy.valuesAsync.bind(policy)
        const estimates = await training.advantagesOf(rollout, run, values, gamma, gaeLambda)
        const { obs, actions, masks, values: oldValues, rows } = rollout
        const oldLogProb = await policy.logProbs(obs, actions, masked ? masks : undefined)
        const done = { obs, actions, oldValues, oldLogProb, ...(masked && { masks }) }
        const columns = { ...done, ...estimates }
        run.report(training.explained(oldValues, estimates.returns))
        const scheduled = training.scheduledInputs(options, run.progress)

        let kl = 0
        for (let epoch = 0; epoch < options.epochs && kl <= limit; epoch++) {
          for (const batch of minibatches.epoch(columns, rows, shuffling)) {
            if (options.normalizeAdvantages) normalizeAdvantages(batch.advantages, batch.advantages)
            const scalars = { ...scheduled, ...optimizer.nextScalars(run.learningRate) }
            const takeKl = ({ approxKl }: Record<'approxKl', Float32Array>) => (kl = approxKl[0]!)
            await run.update(update, batch, scalars, targetKl === null ? undefined : takeKl)
            if (kl > limit) break
          }
        }
      } else await run.initialize(() => rollout.obs)
      await run.log({}, Math.min(batchSize, rollout.rows), rollout)
    }
  }
  const truncate: training.Learner['truncate'] = (obs) => rollouts.truncate(obs)
  return { parts: { rollouts, shuffling }, programs: [update], learn, truncate }
}

/**
 * @example
 * const agent = new Ppo({ env: () => make('Pendulum-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 100_000 })
 * agent.act(obs, { deterministic: true })
 */
export const Ppo = training.defineAgent({
  name: 'ppo',
  title: 'PPO',
  summary: 'proximal policy optimization with a clipped surrogate',
  options: ppoOptions,
  older: training.olderActorCriticOptions,
  defaults: { numEnvs: 8, network: nn.mlp([64, 64], 'tanh') },
  metrics: {
    policyLoss: 'losses/policy_loss',
    valueLoss: 'losses/value_loss',
    entropy: 'losses/entropy',
    gradNorm: 'losses/grad_norm',
    approxKl: 'losses/approx_kl',
    clipFraction: 'losses/clip_fraction',
    explainedVariance: 'losses/explained_variance',
  },
  requireActions: requireActionSpace,
  warmUp: training.rolloutWarmUp,
  create(parts) {
    const made = training.actorCriticParts(parts)
    return {
      ...training.actorCriticAlgorithm(made),
      learner: (start) => learner({ ...parts, ...made }, start),
    }
  },
})
export type Ppo = InstanceType<typeof Ppo>
