/**
 * DQN: deep Q-learning with experience replay and a target network, here with weight-normalized networks, and the
 * extensions of Rainbow but noisy networks.
 *
 * Source: Mnih et al. 2015, "Human-level control through deep reinforcement learning" (Nature 518, 529); Hessel et al.
 * 2018, "Rainbow" (arXiv 1710.02298). Weight normalization: Salimans & Kingma 2016 (arXiv 1602.07868).
 *
 * Differences from them:
 * 1. Weights are normalized and initialized from a batch of what was gathered before learning starts.
 * 2. The loss is the mean squared error, without clipping, unless `loss` is "huber"; the optimizer is Adam.
 * 3. A truncated episode bootstraps from its final observation; only termination stops bootstrapping.
 * 4. Importance weights of prioritized replay are divided by the largest of the batch.
 *
 * What outputs mean with `dueling` and `distribution`, and the loss of each: src/nn/q-heads.ts.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Discrete } from 'gymnasium-js'
import * as z from 'zod'
import { compile, INDICES, NUMBERS, type TensorSpec } from '../src/backend/index.ts'
import * as buffers from '../src/buffers/index.ts'
import * as nn from '../src/nn/index.ts'
import { EpsilonGreedy } from '../src/policies/index.ts'
import * as training from '../src/training/index.ts'
import { anyNumber, choice, count, flag, linearSchedule, positive } from '../src/training/index.ts'

/** Options of DQN: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const dqnOptions = z.strictObject({
  ...training.commonOptions({
    learningRate: [2.5e-4, 'CleanRL'],
    optimizer: ['adam', 'adam'],
    maxGradNorm: [10, 'Stable-Baselines3'],
    network: 'two of 120 and 84 units (CleanRL)',
    numEnvs: 1,
  }),
  ...training.replayOptions({ bufferSize: 5e4, batchSize: [128, 'CleanRL'], learningStarts: 1e3 }),
  ...training.explorationOptions([0.5, 'CleanRL']),
  trainFrequency: count(10, 'timesteps between updates; default 10 (CleanRL)'),
  targetUpdateInterval: count(500, 'timesteps between moves of the target network (CleanRL)'),
  tau: positive(1, 'Polyak coefficient of such a move, above 0 and at most 1; 1 copies', 1),
  doubleQ: flag(false, 'choose the next action by the online network (van Hasselt et al. 2016)'),
  dueling: flag(false, 'value and advantages apart, Q = V + A − mean A (Wang et al. 2016)'),
  nSteps: count(1, 'timesteps of reward in a target; 3 in Rainbow'),
  prioritizedReplay: training.prioritizedReplayOption,
  distribution: choice(
    ['none', 'c51', 'quantile'],
    'what is learned of returns: means, fixed atoms (Bellemare et al. 2017), quantiles (Dabney et al. 2018)',
  ),
  atoms: count(51, 'atoms of c51, or number of quantiles', 2),
  vMin: anyNumber(-10, 'least atom of c51, in units of return'),
  vMax: anyNumber(10, 'greatest atom of c51, in units of return'),
  frameStack: count(1, 'frames along the first axis of an observation, each kept once in replay'),
  loss: choice(['mse', 'huber'], 'of the TD error, mse without ½; distributions have their own'),
  huberDelta: positive(1, 'where Huber, or the quantile loss, turns linear, in units of reward'),
})

export type DqnOptions = z.input<typeof dqnOptions>
type Parts = training.AlgorithmParts<typeof dqnOptions, Discrete>

/** @throws RangeError for options that do not fit each other */
function check(options: z.output<typeof dqnOptions>): void {
  const { distribution, vMin, vMax } = options
  training.checkReplayOptions(options)
  if (distribution === 'c51' && vMin >= vMax)
    throw new RangeError(`vMin is ${vMin}, but vMax is ${vMax}; give a vMin below it`)
}

/** The network that learns, its target, and how it acts. */
function networks(parts: Parts) {
  const { options, actionSpace, encoder, rng } = parts
  const head = nn.qHead(actionSpace.n, options)
  const network = nn.qNetwork(head, options.network, {
    ...training.normalizationOf(options),
    inputShape: encoder.inputShape,
    outputScale: 1,
    rng: rng.stream('init'),
  })
  const target = network.foldedCopy()
  const optimizer = nn.createOptimizer(network.parameters, options.optimizer)
  const values = (x: tf.Tensor) => head.values(network.applyFolded(x))
  const policy = new EpsilonGreedy(parts, values, options.epsilonStart)
  return { network, target, optimizer, policy }
}

/** What learns (folded, as it is again after the update) from targets of a folded copy, which stays as it is. */
export interface DqnUpdateParts extends nn.QHeadOptions {
  readonly network: nn.Network
  readonly target: nn.Network
  readonly optimizer: nn.Optimizer
  readonly encoder: Pick<nn.ObservationEncoder, 'encode' | 'spec'>
  /** A. */
  readonly actions: number
  readonly doubleQ: boolean
  readonly maxGradNorm: number | null
  /** Whether batches come with `nextMask`; false unless told. */
  readonly masked?: boolean
  /** Whether batches come with importance `weights`, and `errors` [B] are asked for; false unless told. */
  readonly prioritized?: boolean
}

/**
 * A gradient step: y = r + γᵐ max_a Q_target(s′, a), or what the options make of it, and down the gradient of the
 * distance between Q(s, a) and y.
 */
export function dqnUpdate(parts: DqnUpdateParts) {
  const { network, target, optimizer, encoder, actions } = parts
  const head = nn.qHead(actions, parts)
  const nextMask: TensorSpec = { shape: [-1, actions], dtype: 'float32' }
  const inputs = {
    obs: encoder.spec,
    actions: INDICES,
    rewards: NUMBERS,
    nextObs: encoder.spec,
    discounts: NUMBERS,
    ...(parts.masked && { nextMask }),
    ...(parts.prioritized && { weights: NUMBERS }),
    ...optimizer.inputs,
  }
  return compile(
    ({ obs, actions: chosen, nextObs, weights, ...rest }) => {
      const encoded = encoder.encode(nextObs)
      const nextOnline = parts.doubleQ ? network.applyFolded(encoded) : undefined
      const targets = head.targets({ ...rest, next: target.apply(encoded), nextOnline }) // [B, …]
      const step = nn.minimize(network, optimizer, rest, parts.maxGradNorm, () =>
        head.loss(network.applyTraining(encoder.encode(obs)), chosen, targets, weights),
      )
      const { loss, chosenQ, errors, gradNorm } = step
      const found = { loss, meanQ: tf.mean(chosenQ), gradNorm }
      return parts.prioritized
        ? { ...found, errors }
        : (found as typeof found & { errors: tf.Tensor })
    },
    { inputs },
  )
}

/** What only learning needs, and the loop. */
function learner(
  parts: Parts & ReturnType<typeof networks>,
  { obsLike, hasMasks: masked }: training.LearnerStart,
): training.Learner {
  const { options, rng, network, target, optimizer, policy } = parts
  const { batchSize, prioritizedReplay } = options
  const actions = parts.actionSpace.n
  const numActions = masked ? actions : undefined
  const replay = buffers.createReplay(options, { ...parts, obsLike, numActions })
  const prioritized = replay instanceof buffers.PrioritizedReplayBuffer
  const prioritize = prioritized
    ? ({ errors }: Record<'errors', Float32Array>) => replay.updateSampled(errors)
    : undefined
  const betaStart = prioritizedReplay ? prioritizedReplay.beta : 1
  const sampling = rng.stream('replay')
  const update = dqnUpdate({ ...options, ...parts, actions, masked, prioritized })
  const sync = compile(() => (target.followFolded(network, options.tau), {}), { inputs: {} })

  async function learn(run: training.Learning): Promise<void> {
    for await (const { obs, masks } of run.timesteps()) {
      policy.epsilon = training.epsilonAt(options, run.from, run.totalTimesteps)
      const epsilon = run.isInitialized ? policy.epsilon : 1
      const chosen = await policy.explore(obs, masks, epsilon)
      const stepping = run.step(policy.toEnv(chosen)) // collect
      const step = stepping instanceof Promise ? await stepping : stepping
      replay.add(obs, chosen, step) // store

      if (replay.size >= options.learningStarts) {
        await run.initialize(() =>
          replay.observations(options.initializationBatch, rng.stream('initialization')),
        )
        const updates = run.due(options.trainFrequency) * options.gradientSteps
        if (updates > 0) policy.lookAhead(run.obs)
        for (let i = 0; i < updates; i++) {
          const beta = linearSchedule(betaStart, 1, 1, run.progress)
          const batch = replay.sample(batchSize, sampling, beta) // sample
          await run.update(update, batch, optimizer.nextScalars(run.learningRate), prioritize)
        }
        for (let i = run.due(options.targetUpdateInterval); i > 0; i--) sync({}) // sync the target
      }
      await run.log({ 'charts/epsilon': policy.epsilon }, batchSize, replay)
    }
  }
  const truncate = () => replay.truncate()
  return { parts: { replay, sampling }, programs: [update, sync], learn, truncate }
}

/**
 * @example
 * const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
 * await agent.learn({ totalTimesteps: 50_000 })
 * agent.act(obs, { deterministic: true })
 */
export const Dqn = training.defineAgent({
  name: 'dqn',
  title: 'DQN',
  summary: 'deep Q-learning with replay and a target network',
  options: dqnOptions,
  defaults: { numEnvs: 1, network: nn.mlp([120, 84]) },
  metrics: { loss: 'losses/td_loss', meanQ: 'losses/q_values', gradNorm: 'losses/grad_norm' },
  charts: ['charts/epsilon'],
  requireActions: training.requireDiscreteActions,
  warmUp: ({ learningStarts }) => ({ option: 'learningStarts', timesteps: learningStarts }),
  check,
  create(parts) {
    const made = networks(parts)
    const { network, target, optimizer, policy } = made
    return {
      network,
      policy,
      parts: { target, optimizer },
      face: { network, qValues: policy.qValues.bind(policy) },
      isInitialized: false,
      follow: () => tf.tidy(() => target.followFolded(network, 1)),
      loaded: () => void (policy.epsilon = parts.options.epsilonEnd),
      memory: training.replayMemory,
      learner: (start) => learner({ ...parts, ...made }, start),
    }
  },
})
export type Dqn = InstanceType<typeof Dqn>
