import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { compile } from '../../src/backend/index.ts'
import { createOptimizer, type OptimizerOptions } from '../../src/nn/index.ts'
import { describeOn, expectNear, hostOf } from '../helpers/tensors.ts'

/** One parameter (2 numbers), and a program that steps it with a given gradient. */
function setUp(options: OptimizerOptions) {
  const p = tf.variable(tf.tensor1d([1, -2]))
  const optimizer = createOptimizer({ p }, options)
  const program = compile(
    ({ gradient, ...scalars }) => (optimizer.apply({ p: gradient }, scalars), {}),
    { inputs: { gradient: { shape: [2], dtype: 'float32' }, ...optimizer.inputs } },
  )
  const step = (gradient: readonly number[], learningRate: number) => {
    program({ gradient: Float32Array.from(gradient), ...optimizer.nextScalars(learningRate) })
  }
  return { p, optimizer, step }
}

const ALL: readonly [OptimizerOptions, string[]][] = [
  [{ name: 'sgd' }, []],
  [{ name: 'sgd', momentum: 0.9 }, ['velocity/p']],
  [{ name: 'adam' }, ['m/p', 'v/p']],
  [{ name: 'adamax' }, ['m/p', 'u/p']],
  [{ name: 'rmsprop' }, ['ms/p']],
  [{ name: 'rmsprop', centered: true }, ['ms/p', 'mg/p']],
]

describeOn(['simd', 'cpu', 'wasm'], 'optimizers', () => {
  test.each(ALL)('%o keeps its moments as named state', (options, names) => {
    const { optimizer } = setUp(options)
    expect(Object.keys(optimizer.state)).toEqual(names)
    expect(optimizer.stepCount).toBe(0)
  })

  test.each(ALL)('%o goes downhill, counts its steps and leaks nothing', (options) => {
    const { p, optimizer, step } = setUp(options)
    step([1, -1], 0.01)
    const before = tf.memory().numTensors
    for (let k = 0; k < 20; k++) step([...hostOf(p)], 0.01) // of ½p²
    expect(tf.memory().numTensors).toBe(before)
    expect(optimizer.stepCount).toBe(21)
    const [first, second] = hostOf(p)
    expect(Math.abs(first!)).toBeLessThan(1)
    expect(Math.abs(second!)).toBeLessThan(2)
  })

  test('Adam starts with steps of the learning rate whatever the size of the gradient', () => {
    const { p, step } = setUp({ name: 'adam' })
    step([1e-3, -1e3], 0.1)
    expectNear(hostOf(p), [0.9, -1.9], 1e-5)
  })

  test('the learning rate of each step is its own', () => {
    const { p, step } = setUp({ name: 'sgd' })
    step([1, 1], 0.5)
    step([1, 1], 0.25)
    expectNear(hostOf(p), [0.25, -2.75], 1e-6)
  })

  test.each(ALL)('%o continues from its state', (options) => {
    const first = setUp(options)
    for (const gradient of [
      [1, 2],
      [0.5, -3],
    ])
      first.step(gradient, 0.1)
    const second = setUp(options)
    second.step([7, 7], 0.1) // recorded already, where programs are
    second.p.assign(first.p)
    second.optimizer.setState(first.optimizer.getState())
    for (const { step } of [first, second]) step([2, 0.1], 0.1)
    expect(hostOf(second.p)).toEqual(hostOf(first.p))
    expect(second.optimizer.getState()).toEqual(first.optimizer.getState())
  })

  test('a state of another rule or shape is refused, and nothing changes', () => {
    const { optimizer, step } = setUp({ name: 'adam' })
    step([1, 2], 0.1)
    const before = optimizer.getState()
    const other = setUp({ name: 'rmsprop' }).optimizer.getState()
    expect(() => optimizer.setState(other)).toThrow(/state\.rule: .*"adam", found "rmsprop"/)
    const short = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const
    const torn = { json: before.json, tensors: { ...before.tensors, 'v/p': short } }
    expect(() => optimizer.setState(torn)).toThrow(
      /tensor "v\/p": expected float32 \[2\], found float32 \[1\]/,
    )
    expect(optimizer.getState()).toEqual(before)
  })

  test('RMSProp starts its mean square at 0 with epsilon outside the root, at 1 inside', () => {
    const outside = setUp({ name: 'rmsprop', alpha: 0.75, epsilon: 0.5 })
    const inside = setUp({ name: 'rmsprop', alpha: 0.75, epsilon: 0.5, epsilonPlacement: 'inside' })
    for (const { step } of [outside, inside]) step([2, 0], 1)
    expectNear(hostOf(outside.p), [1 - 2 / (1 + 0.5), -2], 1e-6) // √(¼ · 4) = 1
    expectNear(hostOf(inside.p), [1 - 2 / Math.sqrt(0.75 + 1 + 0.5), -2], 1e-6)
  })

  test('dispose frees the state and leaves the parameters', () => {
    const before = tf.memory().numTensors
    const { p, optimizer } = setUp({ name: 'adam' })
    optimizer.dispose()
    expect(tf.memory().numTensors).toBe(before + 2) // p and the tensor that it was made from
    p.dispose()
  })
})

describeOn(['simd'], 'what has decayed', () => {
  test.each(ALL)('%o rounds away before it becomes denormal, and nothing else', (options) => {
    const { p, step } = setUp(options)
    tf.tidy(() => p.assign(tf.tensor1d([1e-30, 0.123456789])))
    for (let i = 0; i < 16; i++) step([0, 0], 0.01)
    expect([...hostOf(p)]).toEqual([0, Math.fround(0.123456789)])
  })
})
