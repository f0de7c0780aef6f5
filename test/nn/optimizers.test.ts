import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { compile } from '../../src/backend/index.ts'
import { createOptimizer, minimize, mlp, type OptimizerOptions } from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { valuesOf } from '../helpers/networks.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

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
  [{ name: 'radam' }, ['m/p', 'v/p']],
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

/** RAdam as algorithm 2 of Liu et al. 2020 has it, in double precision. @returns p after each step */
function radamByHand(
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  learningRate: (t: number) => number,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 },
) {
  const threshold = 5
  const most = 2 / (1 - beta2) - 1 // ρ∞
  const p = [...start]
  const m = start.map(() => 0)
  const v = start.map(() => 0)
  const isRectified: boolean[] = []
  const path = gradients.map((gradient, k) => {
    const t = k + 1
    const length = most - (2 * t * beta2 ** t) / (1 - beta2 ** t) // ρ_t
    const r = Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length))
    isRectified.push(length >= threshold)
    for (const [i, g] of gradient.entries()) {
      m[i] = beta1 * m[i]! + (1 - beta1) * g
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g
      const mean = m[i] / (1 - beta1 ** t)
      const root = Math.sqrt(v[i] / (1 - beta2 ** t))
      const direction = length >= threshold ? (r * mean) / (root + epsilon) : mean
      p[i]! -= learningRate(t) * direction
    }
    return [...p]
  })
  return { path, isRectified }
}

describeOn(['simd', 'cpu', 'wasm'], 'RAdam', () => {
  const gradients = Array.from({ length: 12 }, (_, k) => [Math.sin(k + 1), 3 * Math.cos(2 * k)])
  const learningRate = (t: number) => 0.1 / t

  test.each([
    [{}, 5], // ρ₅ = 4.99, ρ₆ = 5.99
    [{ beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }, 5],
    [{ beta2: 0.6 }, 12], // ρ∞ = 4: the average is never long enough
  ])(
    'with %o takes the steps worked out by hand, %i of them of the momentum alone',
    (options, n) => {
      const { path, isRectified } = radamByHand([1, -2], gradients, learningRate, options)
      expect(isRectified.filter((rectified) => !rectified)).toHaveLength(n)
      const { p, step } = setUp({ name: 'radam', ...options })
      for (const [k, gradient] of gradients.entries()) {
        step(gradient, learningRate(k + 1))
        expectNear(hostOf(p), path[k]!, 2e-6, `after step ${k + 1}`)
      }
    },
  )

  test('is Adam in the long run, and shorter-stepped before', () => {
    const taken = (name: 'adam' | 'radam', steps: number) => {
      const { p, optimizer, step } = setUp({ name })
      optimizer.stepCount = steps
      step([1, 1], 0.1)
      return 1 - hostOf(p)[0]!
    }
    expect(taken('radam', 100) / taken('adam', 100)).toBeLessThan(0.3)
    expect(taken('radam', 100_000) / taken('adam', 100_000)).toBeCloseTo(1, 5)
  })

  test('its state is not Adam’s, whose moments it has', () => {
    const { optimizer } = setUp({ name: 'adam' })
    const other = setUp({ name: 'radam' }).optimizer.getState()
    expect(() => optimizer.setState(other)).toThrow(/state\.rule: .*"adam", found "radam"/)
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'two optimizers in one program', () => {
  const RATES = { actor: 0.1, critic: 0.003 }
  type Name = keyof typeof RATES

  /** A network that learns, and the step of it that a program takes. */
  function learner(name: Name, inputPrefix: string, options: OptimizerOptions) {
    const network = mlp(
      [5],
      'tanh',
    )({
      inputShape: [3],
      outputs: 2,
      outputScale: 1,
      normalization: 'weight',
      rng: new Rng(name),
    })
    const optimizer = createOptimizer(network.parameters, options, inputPrefix)
    const step = (x: tf.Tensor, scalars: Readonly<Record<string, tf.Tensor>>) =>
      minimize(network, optimizer, scalars, 1, () => ({
        loss: tf.mean(tf.square(tf.sub(network.applyTraining(x), 1))),
      })).loss
    return { network, optimizer, step }
  }
  const adam: OptimizerOptions = { name: 'adam' }
  const rmsprop: OptimizerOptions = { name: 'rmsprop' }
  const x = { shape: [-1, 3], dtype: 'float32' } as const
  const batches = () => {
    const rng = new Rng('batches')
    return Array.from({ length: 20 }, () => normals(rng, 12))
  }
  const pair = (optionsOf: Readonly<Record<Name, OptimizerOptions>>) => ({
    actor: learner('actor', 'actor', optionsOf.actor),
    critic: learner('critic', 'critic', optionsOf.critic),
  })
  const found = ({ actor, critic }: ReturnType<typeof pair>) =>
    [actor, critic].map(({ network, optimizer }) => [
      valuesOf(network.parameters),
      optimizer.getState(),
    ])

  test.each([
    ['of one kind', { actor: adam, critic: adam }],
    ['of two kinds', { actor: adam, critic: rmsprop }],
    ['of two other kinds', { actor: { name: 'sgd', momentum: 0.9 }, critic: adam }],
  ] as const)('%s: captured, eager and in programs of their own', (_, options) => {
    const together = pair(options)
    const { actor, critic } = together
    const inputs = { x, ...actor.optimizer.inputs, ...critic.optimizer.inputs }
    expect(Object.keys(inputs)).toHaveLength(1 + 2 * 3) // none has the other's name
    const program = compile(
      (given) => ({
        actorLoss: actor.step(given['x'], given),
        criticLoss: critic.step(given['x'], given),
      }),
      { inputs: inputs, verify: true }, // run by run too, where it is captured
    )
    const apart = pair(options)
    const programOf = ({ step, optimizer }: ReturnType<typeof learner>) =>
      compile((given) => ({ loss: step(given['x'], given) }), {
        inputs: { x, ...optimizer.inputs },
      })
    const [ofActor, ofCritic] = [programOf(apart.actor), programOf(apart.critic)]
    const before = found(together)
    for (const [k, batch] of batches().entries()) {
      const shrinking = (rate: number) => rate / (k + 1)
      const scalarsOf = (parts: ReturnType<typeof pair>) => ({
        actor: parts.actor.optimizer.nextScalars(shrinking(RATES.actor)),
        critic: parts.critic.optimizer.nextScalars(shrinking(RATES.critic)),
      })
      const [one, other] = [scalarsOf(together), scalarsOf(apart)]
      const losses = program({ x: batch, ...one.actor, ...one.critic })
      expect(losses.actorLoss).toEqual(ofActor({ x: batch, ...other.actor })['loss'])
      expect(losses.criticLoss).toEqual(ofCritic({ x: batch, ...other.critic })['loss'])
    }
    expect(found(together)).toEqual(found(apart))
    expect(found(together)).not.toEqual(before)
    for (const one of [program, ofActor, ofCritic]) one.dispose()
    for (const { network, optimizer } of [together, apart].flatMap((both) => Object.values(both)))
      for (const part of [network, optimizer]) part.dispose()
  })

  test('are told apart by the names of their inputs, and by nothing in their states', () => {
    const [named, plain] = [learner('actor', 'actor', adam), learner('actor', '', adam)]
    const prefixed = Object.keys(plain.optimizer.inputs).map((name) => `actor/${name}`)
    expect(Object.keys(named.optimizer.inputs)).toEqual(prefixed)
    expect(Object.keys(named.optimizer.nextScalars(1))).toEqual(prefixed)
    plain.optimizer.nextScalars(1)
    expect(named.optimizer.getState()).toEqual(plain.optimizer.getState())
    for (const { network, optimizer } of [named, plain])
      for (const part of [network, optimizer]) part.dispose()
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
