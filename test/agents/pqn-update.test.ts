/** What an update of PQN learns from a rollout, in numbers worked out by hand: Q(λ) targets, the loss, steps of RAdam. */
import * as tf from '@tensorflow/tfjs-core'
import { Discrete, type ResetArgs, Wrapper } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { Pqn, pqnLoss, pqnUpdate } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import type { Metrics } from '../../src/logging/index.ts'
import { createOptimizer, mlp } from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { type Game, GameEnv } from '../helpers/environments.ts'
import { numericalGradient } from '../helpers/reference.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

/**
 * Three episodes, of states that come once each: 0, 1 and the time limit in 4; 2, 3 and the end in 5; 6 and, where the
 * rollout ends, 5. Rewards are those of leaving a state.
 */
function threeEpisodes(): Game {
  const starts = [0, 2, 6]
  let episode = 0
  const next = [1, 4, 3, 5, 5, 5, 5]
  const rewards = [1, 2, 1, 4, 0, 0, 0]
  return {
    observationSpace: new Discrete(7),
    actionSpace: new Discrete(3),
    start: () => starts[episode++]!,
    observe: (state) => state,
    play: (state) => ({
      state: next[state]!,
      reward: rewards[state]!,
      terminated: state === 3,
      truncated: state === 1,
    }),
  }
}

/** In states 1, 4 and 5 the second action is illegal. */
class Masked extends Wrapper<number, number> {
  constructor() {
    super(new GameEnv(threeEpisodes()) as never)
  }

  override reset(args?: ResetArgs) {
    const { obs } = super.reset(args)
    return { obs, info: maskOf(obs) }
  }

  override step(action: number) {
    const result = super.step(action)
    return { ...result, info: maskOf(result.obs) }
  }
}

const maskOf = (state: number) => ({ actionMask: [1, [1, 4, 5].includes(state) ? 0 : 1, 1] })

/** Q(s, a); where the second action is illegal it looks best. */
const Q = [
  [2, 1, 0],
  [0, 8, 4],
  [0, 3, 1],
  [5, 0, 1],
  [2, 16, 6],
  [0, 32, 10],
  [1, 0, 2],
]

describe('a rollout of five steps, worked out on paper', () => {
  // γ = λ = ½, ε = 0, so that the best legal action is taken. G = r + γ ((1 − λ) max Q(s′) + λ G′), from the back:
  //   6: the rollout ends in 5, whose best legal action is worth 10      G = 0 + ½ · 10             = 5
  //   3: terminates                                                      G = 4
  //   2: goes on in 3, worth 5                                           G = 1 + ½ (½ · 5 + ½ · 4)  = 3.25
  //   1: cut off in 4, whose best legal action is worth 6                G = 2 + ½ · 6              = 5
  //   0: goes on in 1, whose best legal action is worth 4                G = 1 + ½ (½ · 4 + ½ · 5)  = 3.25
  // Q − G of the actions taken: 2 − 3.25 = −1.25, 4 − 5 = −1, 3 − 3.25 = −0.25, 5 − 4 = 1, 2 − 5 = −3.
  const taken = [
    { state: 0, action: 0, error: -1.25 },
    { state: 1, action: 2, error: -1 },
    { state: 2, action: 1, error: -0.25 },
    { state: 3, action: 0, error: 1 },
    { state: 6, action: 2, error: -3 },
  ]

  const learned = async () => {
    const agent = new Pqn({
      env: () => new Masked(),
      numEnvs: 1,
      network: mlp([]), // Q(s, a) = w[s, a] + b[a], as observations are one-hot
      normalization: 'none',
      optimizer: 'sgd',
      learningRate: 1,
      learningRateSchedule: 'constant',
      maxGradNorm: null,
      gamma: 0.5,
      lambda: 0.5,
      numSteps: 5,
      batchSize: 5,
      epochs: 1,
      epsilonStart: 0,
      epsilonEnd: 0,
      logInterval: 5,
    })
    const { '1/w': w, '1/b': b } = agent.network.parameters
    tf.tidy(() => {
      w!.assign(tf.tensor2d(Q))
      b!.assign(tf.zeros([3]))
      agent.network.refold()
    })
    const rows: Metrics[] = []
    const onMetrics = (_: number, row: Metrics) => void rows.push(row)
    await agent.learn({ totalTimesteps: 5, callbacks: [{ onMetrics }] })
    const after = { w: hostOf(w!), b: hostOf(b!) }
    agent.dispose()
    return { ...after, row: rows[0]! }
  }

  test('its targets are those of Q(λ): weights move by (G − Q) / 5, and no others move', async () => {
    const { w, b } = await learned()
    const want = Float64Array.from(Q.flat())
    for (const { state, action, error } of taken) want[3 * state + action]! -= error / 5
    expectNear(w, want, 1e-6)
    expectNear(b, [0.05, 0.05, 0.8], 1e-6) // −(−1.25 + 1) / 5, 0.25 / 5, (1 + 3) / 5
  })

  test('its loss is half the mean of the squared errors', async () => {
    const { row } = await learned()
    // ½ (1.5625 + 1 + 0.0625 + 1 + 9) / 5, (2 + 4 + 3 + 5 + 2) / 5, and of the gradient the squares above / 25 and of b.
    expect(row['losses/td_loss']).toBeCloseTo(1.2625, 6)
    expect(row['losses/q_values']).toBeCloseTo(3.2, 6)
    expect(row['losses/grad_norm']).toBeCloseTo(Math.sqrt(0.505 + 0.0025 + 0.0025 + 0.64), 6)
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'the loss', () => {
  test('and its gradient are those on paper', () => {
    // Chosen: 2 and 3; errors −2 and 2; ½ (4 + 4) / 2 = 2; the gradient is the error / 2.
    const lossOf = (q: tf.Tensor) =>
      pqnLoss(q, tf.tensor1d([1, 0], 'int32'), tf.tensor1d([4, 1])).loss as tf.Scalar
    const q = tf.tensor2d([
      [1, 2],
      [3, 4],
    ])
    const { value, grad } = tf.valueAndGrad(lossOf)(q)
    expectNear(hostOf(value), [2], 1e-6)
    expectNear(hostOf(grad), [0, -1, 1, 0], 1e-6)
  })
})

describe('updates by RAdam', () => {
  const [inputs, units, actions, rows] = [2, 3, 2, 4]
  const rng = new Rng('radam')
  const batch = {
    obs: normals(rng, rows * inputs),
    actions: Int32Array.of(0, 1, 1, 0),
    targets: normals(rng, rows),
  }
  const LEARNING_RATE = 0.02
  const MAX_NORM = 0.1 // below what the gradient is, so that it is clipped
  const names = ['1/w', '1/gamma', '1/beta', '2/w', '2/b'] as const
  const sizes = [inputs * units, units, units, units * actions, actions]

  /** ½ mean (Q − G)² in double precision. @param flat all parameters, in the order of `names` */
  function lossOf(flat: Float64Array): number {
    let from = 0
    const [w, gamma, beta, out, b] = sizes.map((size) => flat.subarray(from, (from += size)))
    const errors = Array.from({ length: rows }, (_, row) => {
      const z = Array.from({ length: units }, (_, j) =>
        [0, 1].reduce((sum, i) => sum + batch.obs[row * inputs + i]! * w![i * units + j]!, 0),
      )
      const mean = z.reduce((sum, x) => sum + x, 0) / units
      const variance = z.reduce((sum, x) => sum + (x - mean) ** 2, 0) / units
      const hidden = z.map((x, j) =>
        Math.tanh(((x - mean) / Math.sqrt(variance + 1e-5)) * gamma![j]! + beta![j]!),
      )
      const action = batch.actions[row]!
      const q = hidden.reduce((sum, x, j) => sum + x * out![j * actions + action]!, b![action]!)
      return q - batch.targets[row]!
    })
    return errors.reduce((sum, error) => sum + error ** 2, 0) / (2 * rows)
  }

  /** Liu et al. 2020, algorithm 2, with Adam's constants: the step of moments m and v at t. */
  function radamStep(m: number, v: number, t: number): number {
    const [beta1, beta2] = [0.9, 0.999]
    const most = 2 / (1 - beta2) - 1
    const length = most - (2 * t * beta2 ** t) / (1 - beta2 ** t)
    const momentum = m / (1 - beta1 ** t)
    if (length < 5) return LEARNING_RATE * momentum
    const ratio = ((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length)
    const scale = Math.sqrt(v / (1 - beta2 ** t)) + 1e-8
    return (LEARNING_RATE * Math.sqrt(ratio) * momentum) / scale
  }

  test('of a tiny network are those of double precision, plain at first, rectified from the sixth on', () => {
    const network = mlp(
      [units],
      'tanh',
    )({
      inputShape: [inputs],
      outputs: actions,
      outputScale: 1,
      normalization: 'layer',
      rng: new Rng('tiny'),
    })
    tf.tidy(() => {
      network.refold()
    })
    const optimizer = createOptimizer(network.parameters, { name: 'radam' })
    const encoder = {
      spec: { shape: [-1, inputs], dtype: 'float32' } as const,
      encode: (raw: tf.Tensor) => raw,
    }
    const update = pqnUpdate({ network, optimizer, encoder, maxGradNorm: MAX_NORM })
    expect(Object.keys(network.parameters).toSorted()).toEqual([...names].toSorted())
    const flatten = () =>
      Float64Array.from(names.flatMap((name) => [...hostOf(network.parameters[name]!)]))

    const flat = flatten()
    const [m, v] = [new Float64Array(flat.length), new Float64Array(flat.length)]
    for (let t = 1; t <= 8; t++) {
      const gradient = numericalGradient(lossOf, flat)
      const norm = Math.hypot(...gradient)
      expect(norm).toBeGreaterThan(MAX_NORM)
      const found = update({ ...batch, ...optimizer.nextScalars(LEARNING_RATE) })
      expectNear([found.loss[0]!, found.gradNorm[0]!], [lossOf(flat), norm], 1e-5)
      for (const [i, whole] of gradient.entries()) {
        const g = (whole * MAX_NORM) / norm
        m[i] = 0.9 * m[i]! + 0.1 * g
        v[i] = 0.999 * v[i]! + 0.001 * g * g
        flat[i]! -= radamStep(m[i], v[i], t)
      }
      expectNear(flatten(), flat, 1e-5, `parameters after update ${t}`)
    }
    for (const part of [update, network, optimizer]) part.dispose()
  })
})
