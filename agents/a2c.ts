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
 */
import * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import { compile, NUMBERS, SCALAR, type TensorSpec } from '../src/backend/index.ts'
import { normalizeAdvantages } from '../src/buffers/index.ts'
import * as nn from '../src/nn/index.ts'
import {
  type ActionDistribution,
  type ActionSpace,
  requireActionSpace,
} from '../src/policies/index.ts'
import * as training from '../src/training/index.ts'
import { count, flag } from '../src/training/index.ts'

/** Options of A2C: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const a2cOptions = z.strictObject({
  ...training.commonOptions({
    learningRate: [7e-4, 'Stable-Baselines3'],
    optimizer: ['rmsprop', 'rmsprop (α 0.99, ε 1e-5)'],
    maxGradNorm: [0.5, 'Stable-Baselines3'],
    network: 'two of 64 tanh units each (Stable-Baselines3)',
    numEnvs: 8,
  }),
  ...training.actorCriticOptions,
  numSteps: count(5, 'steps of each environment per update; default 5 (Mnih et al. 2016)'),
  normalizeAdvantages: flag(
    false,
    'give the advantages of each update mean 0 and standard deviation 1',
  ),
})

export type A2cOptions = z.input<typeof a2cOptions>
type Parts = training.AlgorithmParts<typeof a2cOptions, ActionSpace>

/**
 * The losses of A2C: with A the advantages and R the returns, means over the batch of
 * policyLoss = −log π(a|s) · A, valueLoss = (V − R)² (or clipped, see `valueLossOf`), entropy = H(π(·|s)), and
 * loss = policyLoss + vfCoef · valueLoss − entCoef · entropy.
 *
 * @param batch.logProb [B] of the actions, and batch.entropy [B] of the policy, nats
 * @param batch.values [B], batch.oldValues [B] those of the rollout; needed for `valueClip` only
 * @param batch.advantages [B], batch.returns [B]; no gradient flows through them
 * @param options.valueClip in units of return; null or undefined for none
 * @returns scalars
 */
export function a2cLoss(
  batch: Readonly<
    Record<'logProb' | 'entropy' | 'values' | 'advantages' | 'returns', tf.Tensor>
  > & {
    readonly oldValues?: tf.Tensor | undefined
  },
  options: {
    readonly vfCoef: number
    readonly entCoef: number | tf.Tensor
    readonly valueClip?: number | null | undefined
  },
) {
  const { oldValues } = batch
  const range = options.valueClip ?? undefined
  const clipping = oldValues && range !== undefined ? { oldValues, range } : undefined
  const policyLoss = tf.neg(tf.mean(tf.mul(batch.logProb, batch.advantages)))
  const valueLoss = nn.valueLossOf(batch.values, batch.returns, clipping)
  const entropy = tf.mean(batch.entropy)
  const bonus = tf.mul(entropy, options.entCoef)
  const loss = tf.sub(tf.add(policyLoss, tf.mul(valueLoss, options.vfCoef)), bonus)
  return { loss, policyLoss, valueLoss, entropy }
}

export interface A2cUpdateParts {
  /** Learns; must be folded (`refold`) as it is, and is again after the update. */
  readonly network: nn.ActorCritic
  readonly distribution: ActionDistribution
  /** Of the network's parameters. */
  readonly optimizer: nn.Optimizer
  readonly encoder: Pick<nn.ObservationEncoder, 'encode' | 'spec'>
  readonly vfCoef: number
  readonly maxGradNorm: number | null
  /** With it, batches have `oldValues`. */
  readonly valueClip?: number | null
  /** Whether batches have `masks` of legal actions; false unless told. */
  readonly masked?: boolean
}

/** A gradient step on a rollout: one clipping over all networks. */
export function a2cUpdate(parts: A2cUpdateParts) {
  const { network, distribution, optimizer, encoder, maxGradNorm, valueClip = null } = parts
  const masks: TensorSpec = { shape: [-1, distribution.maskSize], dtype: 'float32' }
  const inputs = {
    obs: encoder.spec,
    actions: distribution.spec,
    advantages: NUMBERS,
    returns: NUMBERS,
    ...(valueClip !== null && { oldValues: NUMBERS }),
    ...(parts.masked && { masks }),
    entCoef: SCALAR,
    ...optimizer.inputs,
  }
  return compile(
    ({ obs, actions, masks: legal, entCoef, ...rest }) => {
      const x = encoder.encode(obs)
      return nn.minimize(network, optimizer, rest, maxGradNorm, () => {
        const { policy, values } = network.trainingOutputs(x)
        const terms = distribution.terms(policy, actions, legal)
        return a2cLoss({ ...rest, ...terms, values }, { ...parts, entCoef })
      })
    },
    { inputs },
  )
}

/** What only learning needs, and the loop. */
function learner(
  { options, encoder, ...parts }: Parts & training.ActorCriticParts,
  { obsLike, numEnvs, hasMasks: masked }: training.LearnerStart,
): training.Learner {
  const { distribution, optimizer, policy } = parts
  const { gamma, gaeLambda } = options
  const stored = { numEnvs, obsSize: encoder.size, obsLike }
  const rollouts = training.actorCriticRollouts(options, distribution, stored)
  const update = a2cUpdate({ ...options, ...parts, encoder, masked })

  async function learn(run: training.Learning): Promise<void> {
    for await (const rollout of run.rollouts(rollouts, policy)) {
      if (run.isInitialized) {
        const values = policy.valuesAsync.bind(policy)
        const estimates = await training.advantagesOf(rollout, run, values, gamma, gaeLambda)
        const { advantages } = estimates
        if (options.normalizeAdvantages) normalizeAdvantages(advantages, advantages)
        const { obs, actions, masks, values: oldValues } = rollout
        const batch = { obs, actions, masks, oldValues, ...estimates }
        const scalars = {
          ...training.scheduledInputs(options, run.progress),
          ...optimizer.nextScalars(run.learningRate),
        }
        await run.update(update, batch, scalars)
      } else await run.initialize(() => rollout.obs)
      await run.log({}, rollout.rows, rollout)
    }
  }
  const truncate: training.Learner['truncate'] = (obs) => rollouts.truncate(obs)
  return { parts: { rollouts }, programs: [update], learn, truncate }
}

/**
 * @example
 * const agent = new A2c({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 100_000 })
 * agent.act(obs, { deterministic: true })
 */
export const A2c = training.defineAgent({
  name: 'a2c',
  title: 'A2C',
  summary: 'synchronous advantage actor-critic',
  options: a2cOptions,
  older: training.olderActorCriticOptions,
  defaults: { numEnvs: 8, network: nn.mlp([64, 64], 'tanh') },
  metrics: {
    policyLoss: 'losses/policy_loss',
    valueLoss: 'losses/value_loss',
    entropy: 'losses/entropy',
    gradNorm: 'losses/grad_norm',
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
export type A2c = InstanceType<typeof A2c>
