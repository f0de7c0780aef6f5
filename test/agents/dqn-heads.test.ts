/** What DQN's outputs mean, by hand: targets and losses of values, atoms and quantiles. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { qHead, type QHeadOptions } from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

const MSE = { loss: 'mse', huberDelta: 1 } as const
const HEADS: readonly QHeadOptions[] = [
  MSE,
  { ...MSE, dueling: true },
  { ...MSE, distribution: 'c51', atoms: 5, vMin: -2, vMax: 2 },
  { ...MSE, distribution: 'c51', atoms: 5, vMin: -2, vMax: 2, dueling: true },
  { ...MSE, distribution: 'quantile', atoms: 4 },
  { ...MSE, distribution: 'quantile', atoms: 4, dueling: true },
]

describeOn(['simd', 'cpu', 'wasm'], 'values', () => {
  const outcome = (terminated: readonly number[]) => ({
    rewards: tf.tensor1d([1, 1, 1]),
    discounts: tf.tensor1d(terminated.map((flag) => (1 - flag) * 0.5)),
    next: tf.tensor2d([
      [2, 4],
      [10, 6],
      [-3, -5],
    ]),
  })
  const head = qHead(2, MSE)

  test('bootstrap from the best next action unless the episode terminated', () => {
    expectNear(hostOf(head.targets(outcome([0, 1, 0]))), [3, 1, -0.5], 1e-6)
  })

  test('with double Q-learning are chosen by the online network and judged by the target network', () => {
    const nextOnline = tf.tensor2d([
      [9, 0],
      [0, 9],
      [0, 9],
    ])
    const targets = head.targets({ ...outcome([0, 0, 1]), nextOnline })
    expectNear(hostOf(targets), [1 + 0.5 * 2, 1 + 0.5 * 6, 1], 1e-6)
  })

  test('have the mean over the batch as loss, each row times its weight', () => {
    const q = tf.tensor2d([
      [1, 5],
      [2, 0],
    ])
    const lossOf = (loss: 'mse' | 'huber', weights?: tf.Tensor) =>
      qHead(2, { loss, huberDelta: 1 }).loss(
        q,
        tf.tensor1d([1, 0], 'int32'),
        tf.tensor1d([2, 2.5]),
        weights,
      )
    expectNear(hostOf(lossOf('mse').errors), [3, -0.5], 1e-6)
    expectNear(hostOf(lossOf('mse').chosenQ), [5, 2], 1e-6)
    expectNear(hostOf(lossOf('mse').loss), [(9 + 0.25) / 2], 1e-6)
    expectNear(hostOf(lossOf('huber').loss), [(2.5 + 0.125) / 2], 1e-6)
    expectNear(hostOf(lossOf('mse', tf.tensor1d([0.5, 1])).loss), [(4.5 + 0.25) / 2], 1e-6)
  })

  test('of dueling streams are V + A − mean A', () => {
    const dueling = qHead(3, { ...MSE, dueling: true })
    expect(dueling.outputs).toBe(4)
    expectNear(hostOf(dueling.values(tf.tensor2d([[10, 1, 2, 6]]))), [8, 9, 13], 1e-6)
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'distributions', () => {
  test('of atoms have their mean as value, and a shifted one as target', () => {
    const head = qHead(1, { ...MSE, distribution: 'c51', atoms: 3, vMin: 0, vMax: 2 })
    const half = tf.tensor2d([[0, 0, -100]]) // half at 0, half at 1
    expectNear(hostOf(head.values(half)), [0.5], 1e-6)
    const outcome = { rewards: tf.tensor1d([1]), discounts: tf.tensor1d([0.5]), next: half }
    // r + γz: half at 1, half at 1.5, which goes half to 1 and half to 2.
    const targets = head.targets(outcome)
    expectNear(hostOf(targets), [0, 0.75, 0.25], 1e-6)
    const { errors, chosenQ } = head.loss(half, tf.tensor1d([0], 'int32'), targets, undefined)
    expectNear(hostOf(chosenQ), [0.5], 1e-6)
    expectNear(hostOf(errors), [0.75 * Math.log(2) + 0.25 * (100 + Math.log(2))], 1e-5)
  })

  test('of quantiles have their mean as value, and move whole', () => {
    const head = qHead(2, { ...MSE, distribution: 'quantile', atoms: 2 })
    const outputs = tf.tensor2d([[0, 2, 3, 5]])
    expectNear(hostOf(head.values(outputs)), [1, 4], 1e-6)
    const outcome = { rewards: tf.tensor1d([1]), discounts: tf.tensor1d([0.5]), next: outputs }
    expectNear(hostOf(head.targets(outcome)), [2.5, 3.5], 1e-6)
  })
})

describe.each(HEADS)('with %j', (options) => {
  const [rows, actions] = [6, 3]
  const head = qHead(actions, options)
  const rng = new Rng('heads')
  const outputs = (): tf.Tensor2D =>
    tf.tensor2d(normals(rng, rows * head.outputs), [rows, head.outputs])

  /** The mean return that each target says. */
  const meansOf = (targets: tf.Tensor) => {
    if (targets.rank === 1) return hostOf(targets)
    if (options.distribution === 'quantile') return hostOf(tf.mean(targets, 1))
    return hostOf(tf.sum(tf.mul(targets, tf.tensor1d([-2, -1, 0, 1, 2])), 1))
  }

  test.each([false, true])('illegal actions never enter a target (double: %s)', (double) => {
    const [next, nextOnline] = [outputs(), double ? outputs() : undefined]
    const outcome = { rewards: tf.zeros([rows]), discounts: tf.fill([rows], 0.5), next, nextOnline }
    // Legal is the worst action of those who choose: without the mask it would be in no target.
    const values = hostOf(head.values(nextOnline ?? next))
    const worst = Array.from({ length: rows }, (_, i) => {
      const row = values.slice(i * actions, (i + 1) * actions)
      return row.indexOf(Math.min(...row))
    })
    const nextMask = tf.tensor2d(worst.map((w) => [0, 1, 2].map((a) => Number(a === w))))
    const judged = hostOf(head.values(next))
    const want = worst.map((w, i) => 0.5 * judged[i * actions + w]!)
    expectNear(meansOf(head.targets({ ...outcome, nextMask })), want, 1e-5)
    const unmasked = hostOf(head.targets(outcome))
    expect(hostOf(head.targets({ ...outcome, nextMask }))).not.toEqual(unmasked)
    const all = tf.ones([rows, actions])
    expect(hostOf(head.targets({ ...outcome, nextMask: all }))).toEqual(unmasked)
  })

  test('the network has as many outputs as the head takes apart', () => {
    const q = head.values(outputs())
    expect(q.shape).toEqual([rows, actions])
  })
})
