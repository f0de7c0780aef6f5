/** Replays the recorded numbers of value losses, replay and policies (kinds of losses.json and policy_gradient.json). */

import * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import { ppoLoss } from '../../agents/index.ts'
import {
  importanceWeights,
  normalizeAdvantages,
  nStepReturn,
  power,
  priorityOf,
  stratifiedMass,
  SumTree,
} from '../../src/buffers/index.ts'
import {
  bestActions,
  categoricalTerms,
  crossEntropy,
  discountedTarget,
  dueling,
  gaussianTerms,
  pickDistribution,
  projectedDistribution,
  quantileHuber,
  quantileMeans,
  quantileTargets,
  squashedGaussian,
  weightedMean,
  weightedTdLoss,
} from '../../src/nn/index.ts'
import { hostOf } from '../helpers/tensors.ts'
import { type GoldenCase, type GoldenTensor } from './nn-golden.ts'

const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1)

export const lossCases = {
  td_loss: replayTdLoss,
  dueling: replayDueling,
  n_step: replayNStep,
  per_weights: replayWeights,
  sum_tree: replaySumTree,
  c51: replayC51,
  qr_dqn: replayQrDqn,
}

export const policyCases = {
  ppo_loss: replayPpoLoss,
  gaussian: replayGaussian,
  squashed_gaussian: replaySquashedGaussian,
}

function replayTdLoss(recorded: GoldenCase): void {
  const { gamma, loss, delta, double } = recorded.hyper(
    z.object({
      gamma: z.number(),
      loss: z.enum(['mse', 'huber']),
      delta: z.number(),
      double: flag,
    }),
  )
  const actions = tensor(recorded.input('action'), 'int32')
  const targets = discountedTarget({
    rewards: tensor(recorded.input('reward')),
    discounts: discountsOf(recorded, gamma),
    nextQ: tensor(recorded.input('nextQ')),
    nextQOnline: double ? tensor(recorded.input('nextQOnline')) : undefined,
  })
  const weights = recorded.has('weight') ? tensor(recorded.input('weight')) : undefined
  const ours = (q: tf.Tensor) =>
    weightedTdLoss(q, actions, targets, { loss, huberDelta: delta }, weights)
  const q = tensor(recorded.input('q'))
  recorded.check({
    tdTarget: hostOf(targets),
    tdError: hostOf(ours(q).tdError),
    loss: hostOf(ours(q).loss),
    dq: hostOf(tf.grad((q: tf.Tensor) => ours(q).loss)(q)),
  })
}

function replayDueling(recorded: GoldenCase): void {
  const inputs = [tensor(recorded.input('value')), tensor(recorded.input('advantage'))] as const
  const dq = tensor(recorded.input('dq'))
  const [dValue, dAdvantage] = tf.grads((value, advantage) =>
    tf.sum(tf.mul(dueling(value, advantage), dq)),
  )([...inputs])
  recorded.check({
    q: hostOf(dueling(...inputs)),
    dValue: hostOf(dValue!),
    dAdvantage: hostOf(dAdvantage!),
  })
}

function replayNStep(recorded: GoldenCase): void {
  const { gamma, n } = recorded.hyper(z.object({ gamma: z.number(), n: z.number() }))
  const data = (name: string) => recorded.input(name).data
  const steps = {
    rewards: data('reward'),
    terminated: data('terminated'),
    truncated: data('truncated'),
  }
  const next = (t: number) => (t + 1 < steps.rewards.length ? t + 1 : -1)
  const found = Array.from(steps.rewards, (_, t) =>
    nStepReturn(steps, t, n, gamma, next, { rewards: 0, discount: 0, steps: 0, last: 0 }),
  )
  recorded.checkDouble({
    nStepReturn: found.map((one) => one.rewards + one.discount * data('nextValue')[one.last]!),
    discount: found.map(({ discount }) => discount),
    steps: found.map(({ steps }) => steps),
  })
}

function replayWeights(recorded: GoldenCase): void {
  const hyper = z.object({ alpha: z.number(), beta: z.number(), eps: z.number() })
  const { alpha, beta, eps } = recorded.hyper(hyper)
  const priority = recorded.input('tdError').data.map((error) => priorityOf(error, eps))
  const masses = priority.map((p) => power(p, alpha))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  const probability = masses.map((mass) => mass / total)
  const ofBatch = Float64Array.from(recorded.input('batch').data, (i) => probability[i]!)
  const weights = (smallest?: number) =>
    importanceWeights(ofBatch, priority.length, beta, new Float64Array(ofBatch.length), smallest)
  recorded.checkDouble({
    priority,
    probability,
    weightOfBatchByBatchMax: weights(),
    weightOfBatchByBufferMax: weights(Math.min(...probability)),
  })
}

function replaySumTree(recorded: GoldenCase): void {
  const priority = recorded.input('priority').data
  const tree = new SumTree(priority.length)
  for (const [i, p] of priority.entries()) tree.set(i, p)
  const mass = recorded
    .input('uniform')
    .data.map((u, k, all) => stratifiedMass(k, u, all.length, tree.total))
  recorded.checkDouble({ total: tree.total, mass, index: mass.map((one) => tree.find(one)) })
}

function replayC51(recorded: GoldenCase): void {
  const { gamma, ...support } = recorded.hyper(
    z.object({ gamma: z.number(), atoms: z.number(), vMin: z.number(), vMax: z.number() }),
  )
  const projected = projectedDistribution(
    tensor(recorded.input('reward')),
    discountsOf(recorded, gamma),
    tensor(recorded.input('nextProb')),
    support,
  )
  const ours = (logits: tf.Tensor) => weightedMean(crossEntropy(projected, logits))
  const logits = tensor(recorded.input('logits'))
  recorded.check({
    projected: hostOf(projected),
    loss: hostOf(ours(logits)),
    dLogits: hostOf(tf.grad(ours)(logits)),
  })
}

function replayQrDqn(recorded: GoldenCase): void {
  const hyper = z.object({ gamma: z.number(), kappa: z.number() })
  const { gamma, kappa } = recorded.hyper(hyper)
  const next = tensor(recorded.input('nextQuantiles')) // [B, A, N]
  const best = bestActions(quantileMeans(next))
  const rewards = tensor(recorded.input('reward'))
  const target = quantileTargets(
    rewards,
    discountsOf(recorded, gamma),
    pickDistribution(next, best),
  )
  const ours = (quantiles: tf.Tensor) => weightedMean(quantileHuber(quantiles, target, kappa))
  const quantiles = tensor(recorded.input('quantiles'))
  recorded.check({
    bestAction: hostOf(best),
    target: hostOf(target),
    loss: hostOf(ours(quantiles)),
    dQuantiles: hostOf(tf.grad(ours)(quantiles)),
  })
}

function replayPpoLoss(recorded: GoldenCase): void {
  const { normalizeAdvantage, ...options } = recorded.hyper(
    z.object({
      clip: z.number(),
      vfCoef: z.number(),
      entCoef: z.number(),
      valueClip: z.number().nullable(),
      normalizeAdvantage: flag,
    }),
  )
  const given = recorded.input('advantage')
  const data = normalizeAdvantage ? normalizeAdvantages(given.data) : given.data
  const batch = {
    oldLogProb: tensor(recorded.input('oldLogProb')),
    oldValues: tensor(recorded.input('oldValues')),
    advantages: tensor({ ...given, data }),
    returns: tensor(recorded.input('returns')),
  }
  const actions = tensor(recorded.input('action'), 'int32')
  const ours = (logits: tf.Tensor, values: tf.Tensor) =>
    ppoLoss({ ...batch, ...categoricalTerms(logits, actions), values }, options)
  const at = [tensor(recorded.input('logits')), tensor(recorded.input('values'))] as const
  const [dLogits, dValues] = tf.grads((logits, values) => ours(logits, values).loss)([...at])
  const { clipFraction, ...others } = ours(...at)
  const found = Object.entries(others).map(([name, value]) => [name, hostOf(value)])
  recorded.check({
    ...(Object.fromEntries(found) as Record<string, Float64Array>),
    clipFrac: hostOf(clipFraction),
    dLogits: hostOf(dLogits!),
    dValues: hostOf(dValues!),
  })
}

function replayGaussian(recorded: GoldenCase): void {
  const actions = tensor(recorded.input('action'))
  const [dLogProb, dEntropy] = [
    tensor(recorded.input('dLogProb')),
    tensor(recorded.input('dEntropy')),
  ]
  const at = [tensor(recorded.input('mean')), tensor(recorded.input('logStd'))] as const
  const { logProb, entropy } = gaussianTerms(...at, actions)
  const [dMean, dLogStd] = tf.grads((mean, logStd) => {
    const terms = gaussianTerms(mean, logStd, actions)
    return tf.sum(tf.add(tf.mul(terms.logProb, dLogProb), tf.mul(terms.entropy, dEntropy)))
  })([...at])
  recorded.check({
    logProb: hostOf(logProb),
    entropy: hostOf(entropy),
    dMean: hostOf(dMean!),
    dLogStd: hostOf(dLogStd!),
  })
}

function replaySquashedGaussian(recorded: GoldenCase): void {
  const noise = tensor(recorded.input('noise'))
  const [dLogProb, dAction] = [
    tensor(recorded.input('dLogProb')),
    tensor(recorded.input('dAction')),
  ]
  const at = [tensor(recorded.input('mean')), tensor(recorded.input('logStd'))] as const
  const { action, logProb } = squashedGaussian(...at, noise)
  const [dMean, dLogStd] = tf.grads((mean, logStd) => {
    const drawn = squashedGaussian(mean, logStd, noise)
    const ofActions = tf.sum(tf.mul(drawn.action, dAction))
    return tf.add(tf.sum(tf.mul(drawn.logProb, dLogProb)), ofActions)
  })([...at])
  recorded.check({
    action: hostOf(action),
    logProb: hostOf(logProb),
    dMean: hostOf(dMean!),
    dLogStd: hostOf(dLogStd!),
  })
}

/** γ, or 0 where the episode terminated; truncation is there to be ignored. */
function discountsOf(recorded: GoldenCase, gamma: number): tf.Tensor {
  const terminated = recorded.input('terminated')
  return tensor({ ...terminated, data: terminated.data.map((flag) => (flag ? 0 : gamma)) })
}

function tensor(recorded: GoldenTensor, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor {
  const values =
    dtype === 'int32' ? Int32Array.from(recorded.data) : Float32Array.from(recorded.data)
  return tf.tensor(values, [...recorded.shape], dtype)
}
