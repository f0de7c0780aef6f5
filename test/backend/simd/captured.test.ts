/** A program that was recorded computes, bit for bit, what the same function computes run by run. */

import * as tf from '@tensorflow/tfjs-core'
import { Box, Discrete, MultiDiscrete } from 'gymnasium-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { a2cUpdate, dqnUpdate, ppoUpdate, pqnUpdate } from '../../../agents/index.ts'
import {
  compile,
  type NumericArray,
  type Program,
  type Signature,
  useBackend,
} from '../../../src/backend/index.ts'
import {
  ActorCritic,
  createActorCritic,
  createOptimizer,
  logProbabilities,
  minatarConv,
  mlp,
  type NetworkFactory,
  type Normalization,
  type Optimizer,
  type OptimizerOptions,
  qHead,
  qNetwork,
} from '../../../src/nn/index.ts'
import { distributionOf } from '../../../src/policies/index.ts'
import { Rng } from '../../../src/rng.ts'
import { normals } from '../../helpers/tensors.ts'
import { expectBits } from './comparison.ts'

/** Whether programs record; otherwise `compile` runs them on simd as it does on other backends. */
const recording = vi.hoisted(() => ({ on: true }))
vi.mock('../../../src/backend/capture.ts', () => ({
  isCapturing: (backend: object) => recording.on && 'program' in backend,
}))

const UPDATES = 200
const LEARNING_RATE = 1e-3

beforeAll(() => useBackend('simd'))
afterAll(() => useBackend('cpu'))

/** A program and the variables that it reads and writes. */
interface Subject {
  readonly run: (inputs: Record<string, NumericArray>) => Record<string, Float32Array>
  readonly variables: Readonly<Record<string, tf.Variable>>
  readonly optimizer?: Optimizer
  readonly dispose: () => void
}

/**
 * Two equal subjects, one recorded and one run eagerly, given the same inputs: every output of every run and every
 * variable in the end are equal to the bit.
 */
function expectCapturedEqualsEager(
  make: () => Subject,
  inputsOf: (i: number) => Record<string, NumericArray>,
  runs = UPDATES,
): void {
  const [captured, eager] = [make(), make()]
  const before = valuesOf(captured)
  for (let i = 0; i < runs; i++) {
    const inputs = inputsOf(i)
    const outputs = [captured, eager].map((subject, which) => {
      const scalars = subject.optimizer?.nextScalars(LEARNING_RATE) ?? {}
      recording.on = which === 0
      return subject.run({ ...inputs, ...scalars })
    })
    recording.on = true
    for (const [name, values] of Object.entries(outputs[0]!)) {
      expect(values.every(Number.isFinite), `${name} of run ${i} is finite`).toBe(true)
      expectBits(values, outputs[1]![name]!, `${name} of run ${i}`)
    }
  }
  const [got, want] = [valuesOf(captured), valuesOf(eager)]
  for (const [name, values] of Object.entries(want)) expectBits(got[name]!, values, name)
  if (captured.optimizer) expect(got).not.toEqual(before)
  captured.dispose()
  eager.dispose()
}

function valuesOf({ variables, optimizer }: Subject): Record<string, Float32Array> {
  const all = { ...variables, ...optimizer?.state }
  return Object.fromEntries(
    Object.entries(all).map(([name, variable]) => [name, variable.dataSync() as Float32Array]),
  )
}

function subjectOf<S extends Signature, O extends string>(
  program: Program<S, O>,
  parts: Omit<Subject, 'run' | 'dispose'>,
): Subject {
  return {
    ...parts,
    run: program as Subject['run'],
    dispose: () => tf.dispose([Object.values(parts.variables), parts.optimizer?.state ?? {}]),
  }
}

const prefixed = (prefix: string, variables: Readonly<Record<string, tf.Variable>>) =>
  Object.fromEntries(Object.entries(variables).map(([name, v]) => [`${prefix}/${name}`, v]))

const asTheyAre = (inputShape: readonly number[]) => ({
  spec: { shape: [-1, ...inputShape], dtype: 'float32' } as const,
  encode: (raw: tf.Tensor) => raw,
})

interface DqnCase {
  readonly name: string
  readonly factory: NetworkFactory
  readonly inputShape: readonly number[]
  readonly actions: number
  readonly batchSize: number
}

const MLP: DqnCase = {
  name: 'mlp',
  factory: mlp([24, 17]),
  inputShape: [4],
  actions: 2,
  batchSize: 32,
}
const CONV: DqnCase = {
  name: 'conv',
  factory: minatarConv(),
  inputShape: [10, 10, 4],
  actions: 6,
  batchSize: 8,
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

interface DqnSettings {
  readonly normalization: Normalization
  readonly optimizer: OptimizerOptions
  readonly maxGradNorm: number | null
  readonly doubleQ: boolean
  readonly loss: 'mse' | 'huber'
  readonly dueling?: boolean
  readonly distribution?: 'c51' | 'quantile'
  readonly masked?: boolean
  readonly prioritized?: boolean
  readonly projection?: boolean
}

const DQN_DEFAULTS: DqnSettings = {
  normalization: 'weight',
  optimizer: { name: 'adam' },
  maxGradNorm: 10,
  doubleQ: false,
  loss: 'mse',
}

function dqnSubject({ factory, inputShape, actions }: DqnCase, settings: DqnSettings): Subject {
  const make = (seed: string) =>
    qNetwork(qHead(actions, { ...settings, huberDelta: 1 }), factory, {
      inputShape,
      outputScale: 1,
      normalization: settings.normalization,
      projection: settings.projection,
      rng: new Rng(seed),
    })
  const [network, other] = [make('online'), make('target')]
  const target = other.foldedCopy()
  other.dispose()
  const optimizer = createOptimizer(network.parameters, settings.optimizer)
  const program = dqnUpdate({
    ...settings,
    network,
    target,
    optimizer,
    encoder: asTheyAre(inputShape),
    actions,
    huberDelta: 1,
  })
  const variables = {
    ...prefixed('network', network.parameters),
    ...prefixed('statistics', network.state),
    ...prefixed('folded', network.folded),
    ...prefixed('target', target.parameters),
  }
  return subjectOf(program, { variables, optimizer })
}

function dqnBatches({ inputShape, actions, batchSize }: DqnCase) {
  const rng = new Rng('batches')
  return () => ({
    obs: normals(rng, batchSize * sizeOf(inputShape)),
    actions: Int32Array.from({ length: batchSize }, () => rng.randInt(0, actions)),
    rewards: normals(rng, batchSize),
    nextObs: normals(rng, batchSize * sizeOf(inputShape)),
    discounts: Float32Array.from({ length: batchSize }, () => 0.99 * Number(rng.randInt(0, 5) > 0)),
    nextMask: Uint8Array.from({ length: batchSize * actions }, (_, i) =>
      Number(i % actions === 0 || rng.randInt(0, 2) === 0),
    ),
    weights: Float32Array.from({ length: batchSize }, () => rng.random()),
  })
}

test('a captured function runs once, an eager one at every call', () => {
  let runs = 0
  const program = compile(({ x }) => (runs++, { y: tf.mul(x, 2) }), {
    inputs: { x: { shape: [1], dtype: 'float32' } },
  })
  const calls = () => {
    for (const value of [1, 2, 3])
      expect(program({ x: Float32Array.of(value) }).y[0]).toBe(2 * value)
    return runs
  }
  expect(calls()).toBe(1)
  recording.on = false
  expect(calls()).toBe(4)
  recording.on = true
})

describe(`${UPDATES} captured updates equal eager ones`, () => {
  test.each(
    [MLP, CONV].flatMap((dqnCase) =>
      (['weight', 'none'] as const).map((normalization) => ({ ...dqnCase, normalization })),
    ),
  )('of DQN, $name, $normalization', (dqnCase) => {
    const { normalization } = dqnCase
    expectCapturedEqualsEager(
      () => dqnSubject(dqnCase, { ...DQN_DEFAULTS, normalization }),
      dqnBatches(dqnCase),
    )
  })

  test.each<Partial<DqnSettings>>([
    { doubleQ: true },
    { loss: 'huber' },
    { maxGradNorm: null },
    { maxGradNorm: 0.01 },
    { dueling: true },
    { distribution: 'c51' },
    { distribution: 'quantile' },
    { distribution: 'c51', dueling: true, doubleQ: true, prioritized: true, masked: true },
    { distribution: 'quantile', dueling: true, doubleQ: true, prioritized: true, masked: true },
    { masked: true, prioritized: true, projection: true },
    { normalization: 'batch', projection: true },
    { normalization: 'mean-only-batch' },
    { normalization: 'layer' },
    { optimizer: { name: 'adamax' } },
    { optimizer: { name: 'rmsprop' } },
    { optimizer: { name: 'rmsprop', centered: true } },
    { optimizer: { name: 'rmsprop', epsilonPlacement: 'inside' } },
    { optimizer: { name: 'sgd' } },
    { optimizer: { name: 'sgd', momentum: 0.9 } },
    { optimizer: { name: 'sgd', momentum: 0.9, nesterov: true } },
  ])('of DQN with %j', (settings) => {
    expectCapturedEqualsEager(
      () => dqnSubject(MLP, { ...DQN_DEFAULTS, ...settings }),
      dqnBatches(MLP),
    )
  })

  test.each(
    [
      { name: 'mlp', factory: mlp([24, 17], 'tanh'), inputShape: [4] },
      { name: 'conv', factory: minatarConv(), inputShape: [10, 10, 4] },
    ].flatMap((one) =>
      (['weight', 'none'] as const).map((normalization) => ({ ...one, normalization })),
    ),
  )('of A2C, $name, $normalization', ({ factory, inputShape, normalization }) => {
    const rng = new Rng('rollouts')
    const rows = 20
    const inputs = () => ({
      obs: normals(rng, rows * sizeOf(inputShape)),
      actions: Int32Array.from({ length: rows }, () => rng.randInt(0, 3)),
      advantages: normals(rng, rows),
      returns: normals(rng, rows),
      entCoef: Float32Array.of(rng.random() / 100),
    })
    expectCapturedEqualsEager(() => {
      const make = (seed: string, outputs: number, outputScale: number) =>
        factory({ inputShape, outputs, outputScale, normalization, rng: new Rng(seed) })
      const network = new ActorCritic({
        policy: make('policy', 3, 0.1),
        value: make('value', 1, 1),
      })
      const optimizer = createOptimizer(network.parameters, { name: 'rmsprop' })
      const program = a2cUpdate({
        network,
        distribution: distributionOf(new Discrete(3), { logStdInit: 0, scaleActions: true }),
        optimizer,
        encoder: asTheyAre(inputShape),
        vfCoef: 0.5,
        maxGradNorm: 0.5,
      })
      const variables = {
        ...prefixed('learning', network.parameters),
        ...prefixed('folded', network.folded),
      }
      return subjectOf(program, { variables, optimizer })
    }, inputs)
  })
})

describe('captured updates of PQN equal eager ones', () => {
  test.each([
    { ...MLP, normalization: 'layer' },
    { ...MLP, normalization: 'weight' },
    { ...MLP, normalization: 'batch' },
    { ...CONV, normalization: 'layer' },
  ] as const)('$name, $normalization', ({ normalization, ...game }) => {
    const rng = new Rng('minibatches')
    const inputs = () => ({
      obs: normals(rng, game.batchSize * sizeOf(game.inputShape)),
      actions: Int32Array.from({ length: game.batchSize }, () => rng.randInt(0, game.actions)),
      targets: normals(rng, game.batchSize),
    })
    expectCapturedEqualsEager(() => {
      const network = game.factory({
        inputShape: game.inputShape,
        outputs: game.actions,
        outputScale: 1,
        normalization,
        rng: new Rng('pqn'),
      })
      // Steps before the sixth take RAdam's other branch.
      const optimizer = createOptimizer(network.parameters, { name: 'radam' })
      const encoder = asTheyAre(game.inputShape)
      const program = pqnUpdate({ network, optimizer, encoder, maxGradNorm: 1 })
      const variables = {
        ...prefixed('network', network.parameters),
        ...prefixed('statistics', network.state),
        ...prefixed('folded', network.folded),
      }
      return subjectOf(program, { variables, optimizer })
    }, inputs)
  })
})

describe('captured updates of PPO equal eager ones', () => {
  test.each([
    { actions: 'a choice', space: new Discrete(3), normalization: 'weight', projection: true },
    { actions: 'masked choices', space: new MultiDiscrete([3, 2]), normalization: 'none' },
    {
      actions: 'a Gaussian',
      space: new Box({ low: -1, high: 1, shape: [2] }),
      normalization: 'weight',
    },
    {
      actions: 'a Gaussian',
      space: new Box({ low: -1, high: 1, shape: [2] }),
      normalization: 'batch',
    },
  ] as const)('of $actions, $normalization', ({ actions, space, normalization, ...options }) => {
    const rng = new Rng('minibatches')
    const rows = 16
    const masked = actions.startsWith('masked')
    const { actionSize, maskSize, parameters } = distributionOf(space, {
      logStdInit: 0,
      scaleActions: true,
    })
    tf.dispose({ ...parameters })
    const inputs = () => ({
      obs: normals(rng, rows * 4),
      actions:
        space.kind === 'box'
          ? normals(rng, rows * actionSize)
          : Int32Array.from({ length: rows * actionSize }, () => rng.randInt(0, 2)),
      advantages: normals(rng, rows),
      returns: normals(rng, rows),
      oldValues: normals(rng, rows),
      oldLogProb: normals(rng, rows).map((x) => x / 10 - 1.5),
      entCoef: Float32Array.of(rng.random() / 100),
      // The first two actions of each choice are legal, the third one is not.
      ...(masked && {
        masks: Float32Array.from({ length: rows * maskSize }, (_, i) => Number(i % 5 !== 2)),
      }),
    })
    expectCapturedEqualsEager(() => {
      const distribution = distributionOf(space, { logStdInit: -0.5, scaleActions: true })
      const network = createActorCritic(mlp([24, 17], 'tanh'), {
        ...{ inputShape: [4], outputs: distribution.numOutputs, policyOutputScale: 0.1 },
        ...{ normalization, sharedTrunk: false, ...options },
        actionParameters: distribution.parameters,
        rng: new Rng('networks'),
      })
      const optimizer = createOptimizer(network.parameters, { name: 'adam' })
      const program = ppoUpdate({
        ...{ network, distribution, optimizer, encoder: asTheyAre([4]), masked },
        ...{ clip: 0.2, vfCoef: 0.5, maxGradNorm: 0.5, valueClip: 0.3 },
      })
      const variables = {
        ...prefixed('learning', network.parameters),
        ...prefixed('statistics', network.state),
        ...prefixed('folded', network.folded),
      }
      return subjectOf(program, { variables, optimizer })
    }, inputs)
  })
})

describe('captured programs that act equal eager ones', () => {
  const cases = [MLP, CONV].flatMap((one) => [1, 7].map((rows) => ({ ...one, rows })))

  test.each(cases)('Q(s) of $name, $rows rows', ({ factory, inputShape, actions, rows }) => {
    const rng = new Rng('act')
    expectCapturedEqualsEager(
      () => {
        const network = factory({
          inputShape,
          outputs: actions,
          outputScale: 1,
          normalization: 'weight',
          rng: new Rng(1),
        })
        const program = compile(({ obs }) => ({ q: network.applyFolded(obs) }), {
          inputs: { obs: asTheyAre(inputShape).spec },
        })
        return subjectOf(program, { variables: network.parameters })
      },
      () => ({ obs: normals(rng, rows * sizeOf(inputShape)) }),
      50,
    )
  })

  test.each(cases)(
    'probabilities of $name, $rows rows',
    ({ factory, inputShape, actions, rows }) => {
      const rng = new Rng('act')
      expectCapturedEqualsEager(
        () => {
          const make = (outputs: number) =>
            factory({
              inputShape,
              outputs,
              outputScale: 1,
              normalization: 'none',
              rng: new Rng(outputs),
            })
          const [policy, value] = [make(actions), make(1)]
          const program = compile(
            ({ obs }) => ({
              probabilities: tf.exp(logProbabilities(policy.apply(obs))),
              values: value.apply(obs),
            }),
            { inputs: { obs: asTheyAre(inputShape).spec } },
          )
          const variables = {
            ...prefixed('policy', policy.parameters),
            ...prefixed('value', value.parameters),
          }
          return subjectOf(program, { variables })
        },
        () => ({ obs: normals(rng, rows * sizeOf(inputShape)) }),
        50,
      )
    },
  )

  test.each([1, 0.05])('a target network that follows with tau %d', (tau) => {
    expectCapturedEqualsEager(
      () => {
        const make = (seed: number) =>
          MLP.factory({
            inputShape: [4],
            outputs: 2,
            outputScale: 1,
            normalization: 'weight',
            rng: new Rng(seed),
          })
        const [network, target] = [make(1), make(2).foldedCopy()]
        const program = compile(() => (target.followFolded(network, tau), {}), { inputs: {} })
        const variables = {
          ...prefixed('network', network.parameters),
          ...prefixed('target', target.parameters),
        }
        return subjectOf(program, { variables })
      },
      () => ({}),
      20,
    )
  })
})

test('operations that the cpu backend brings are replayed too', () => {
  const rng = new Rng('host')
  expectCapturedEqualsEager(
    () => {
      const program = compile(
        ({ x, i }) => {
          const rows = tf.gather(x, i)
          const padded = tf.pad(rows, [
            [1, 1],
            [0, 2],
          ])
          const { values, indices } = tf.topk(padded, 2)
          return {
            padded,
            values,
            indices,
            sums: tf.cumsum(tf.concat([x, rows], 0), 0),
            part: tf.tile(tf.slice(x, [1, 1], [2, 2]), [2, 1]),
            middle: tf.sum(tf.reshape(x, [2, 3, 4]), 1),
            least: tf.argMin(x, 0),
            larger: tf.logicalOr(tf.greater(x, 0), tf.less(x, -1)),
            outer: tf.mul(tf.reshape(x, [24, 1]), tf.tensor1d([1, 2, 3])),
          }
        },
        {
          inputs: { x: { shape: [-1, 4], dtype: 'float32' }, i: { shape: [-1], dtype: 'int32' } },
        },
      )
      return subjectOf(program, { variables: {} })
    },
    () => ({
      x: normals(rng, 24),
      i: Int32Array.from({ length: 5 }, () => rng.randInt(0, 6)),
    }),
    20,
  )
})
