/** A policy and a value as one network: names, what each head computes, and parameters that no layer applies. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, useBackend } from '../../src/backend/index.ts'
import {
  type ActorCritic,
  createActorCritic,
  createOptimizer,
  gaussianTerms,
  gradientsOf,
  minimize,
  mlp,
  type Normalization,
  NORMALIZATIONS,
} from '../../src/nn/index.ts'
import { assignVariables, readVariables } from '../../src/training/index.ts'
import { Rng } from '../../src/rng.ts'
import { batchOf, valuesOf } from '../helpers/networks.ts'
import { numericalGradient } from '../helpers/reference.ts'
import { computed, expectNear, hostOf, normals } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

const LOG_STD = [-0.5, 0.25]

interface Made {
  readonly sharedTrunk: boolean
  readonly normalization?: Normalization
  readonly seed?: string
}

/** Two means, whose log standard deviations are held, and a value, of [B, 4]. */
function make({ sharedTrunk, normalization = 'weight', seed = 'networks' }: Made): ActorCritic {
  const logStd = tf.tidy(() => tf.variable(tf.tensor1d(LOG_STD)))
  return createActorCritic(mlp([6, 5], 'tanh'), {
    inputShape: [4],
    outputs: 2,
    policyOutputScale: 0.1,
    normalization,
    sharedTrunk,
    actionParameters: { logStd },
    rng: new Rng(seed),
  })
}

const x = () => batchOf([4], 9, 'x')
const logStdOf = ({ parameters }: Pick<ActorCritic, 'parameters'>) => parameters['policy/logStd']!

describe.each([false, true])('an actor-critic, with a shared trunk: %s', (sharedTrunk) => {
  test('names its parameters by their part', () => {
    const network = make({ sharedTrunk })
    const own = ['v', 'g', 'b']
    const layers = (part: string, indices: readonly number[]) =>
      indices.flatMap((i) => own.map((name) => `${part}/${i}/${name}`))
    const want = sharedTrunk
      ? [
          ...layers('trunk', [1, 2]),
          ...layers('policy', [0]),
          'policy/logStd',
          ...layers('value', [0]),
        ]
      : [...layers('policy', [1, 2, 3]), 'policy/logStd', ...layers('value', [1, 2, 3])]
    expect(Object.keys(network.parameters)).toEqual(want)
    expect(Object.keys(network.policy.parameters)).toContain('logStd')
    network.dispose()
  })

  test.each(NORMALIZATIONS)('is one network of both outputs: %s', (normalization) => {
    const network = make({ sharedTrunk, normalization })
    tf.tidy(() => network.initializeFromData(batchOf([4], 32, 'initialization')))
    const { policy, values } = network.outputs(x())
    const joined = hostOf(tf.concat([policy, values], 1)) // [9, 2] and [9, 1]
    expect(hostOf(network.applyFolded(x()))).toEqual(joined)
    expectNear(hostOf(network.apply(x())), joined, 1e-5)
    expect(hostOf(network.policyOutputs(x()))).toEqual(hostOf(policy))
    expect(hostOf(network.valueOutputs(x()))).toEqual(hostOf(values))
    const h = network.trunk.apply(x())
    expectNear(hostOf(network.policy.apply(h)), hostOf(policy), 1e-5)
    expectNear(hostOf(network.value.apply(h)), hostOf(values), 1e-5)
    const state = valuesOf(network.state)
    const training = network.trainingOutputs(x())
    expect(training.values.shape).toEqual([9])
    const trained = hostOf(tf.concat([training.policy, tf.reshape(training.values, [9, 1])], 1))
    expect(hostOf(network.applyTraining(x(), false))).toEqual(trained)
    const follows = Object.keys(state).length > 0
    if (follows)
      expect(valuesOf(network.state)).not.toEqual(state) // running statistics
    else expectNear(trained, joined, 1e-5)
    network.dispose()
  })

  test('tells of the initialization of each of its layers, and of no other', () => {
    const network = make({ sharedTrunk })
    const reports = network.initializeFromData(batchOf([4], 32, 'initialization'))
    const want = sharedTrunk
      ? ['trunk/1', 'trunk/2', 'policy/0', 'value/0']
      : ['policy/1', 'policy/2', 'policy/3', 'value/1', 'value/2', 'value/3']
    expect(reports.map(({ layer }) => layer)).toEqual(want)
    network.dispose()
  })

  test('gradients reach the deviations of its actions, by the formula', () => {
    const network = make({ sharedTrunk })
    const actions = tf.tensor2d(normals(new Rng('actions'), 18), [9, 2])
    const { gradients } = gradientsOf(network.parameters, () => {
      const { policy, values } = network.trainingOutputs(x())
      const { logProb } = gaussianTerms(policy, logStdOf(network), actions)
      return { loss: tf.add(tf.mean(logProb), tf.mean(values)) }
    })
    const means = hostOf(network.policyOutputs(x()))
    const taken = hostOf(actions)
    const byHand = numericalGradient((logStd) => {
      let sum = 0
      for (const [i, mean] of means.entries()) {
        const z = (taken[i]! - mean) / Math.exp(logStd[i % 2]!)
        sum += -(z * z) / 2 - logStd[i % 2]!
      }
      return sum / 9
    }, LOG_STD)
    expectNear(hostOf(gradients['policy/logStd']!), byHand, 1e-5)
    for (const [name, gradient] of Object.entries(gradients))
      expect(hostOf(gradient).every(Number.isFinite), name).toBe(true)
    network.dispose()
  })

  test('a program moves the deviations too, and leaves its outputs to the layers', () => {
    const network = make({ sharedTrunk })
    const optimizer = createOptimizer(network.parameters, { name: 'sgd' })
    const before = hostOf(network.apply(x()))
    const program = compile(
      ({ obs, ...scalars }) =>
        minimize(network, optimizer, scalars, null, () => {
          const { policy, values } = network.trainingOutputs(obs)
          const nothing = tf.mul(tf.add(tf.sum(policy), tf.sum(values)), 0)
          return { loss: tf.add(tf.sum(logStdOf(network)), nothing) } // whose gradient is 1
        }),
      { inputs: { obs: { shape: [-1, 4], dtype: 'float32' }, ...optimizer.inputs } },
    )
    const obs = normals(new Rng('obs'), 12)
    for (const rate of [0.5, 0.25]) program({ obs, ...optimizer.nextScalars(rate) })
    expectNear(
      hostOf(logStdOf(network)),
      LOG_STD.map((value) => value - 0.75),
      1e-6,
    )
    expect(hostOf(network.apply(x()))).toEqual(before)
    for (const part of [program, optimizer, network]) part.dispose()
  })

  test('goes through model files and states with the deviations, and frees all', () => {
    const network = make({ sharedTrunk, normalization: 'batch' })
    const acts = (one: ActorCritic) => computed(() => one.applyFolded(x()))
    const before = tf.memory().numTensors
    const others = [1, 2].map((k) => make({ sharedTrunk, normalization: 'batch', seed: `${k}` }))
    tf.tidy(() => logStdOf(network).assign(tf.tensor1d([3, 4])))
    const saved = readVariables(network.variables)
    expect(saved['policy/logStd']).toEqual({ shape: [2], data: Float32Array.of(3, 4) })
    assignVariables(others[0]!.variables, saved, 'file')
    tf.tidy(() => {
      others[0]!.refold()
    })
    others[1]!.readState(network.getState())()
    const want = acts(network)
    for (const other of others) {
      expect(hostOf(logStdOf(other))).toEqual(Float64Array.of(3, 4))
      expect(acts(other)).toEqual(want)
      other.dispose()
    }
    expect(tf.memory().numTensors).toBe(before)
    network.dispose()
  })

  test('a folded copy has deviations of its own, which follow where told', () => {
    const network = make({ sharedTrunk })
    const copy = network.foldedCopy()
    expect(Object.keys(copy.parameters)).toContain('policy/logStd')
    const ofCopy = logStdOf(copy)
    const move = compile(
      ({ by }) => {
        logStdOf(network).assign(tf.add(logStdOf(network), by))
        return {}
      },
      { inputs: { by: { shape: [2], dtype: 'float32' } } },
    )
    const follow = (tau: number) =>
      tf.tidy(() => {
        copy.followFolded(network, tau)
      })
    const expectApart = (want: readonly number[]) => expectNear(hostOf(ofCopy), want, 1e-6)
    expectApart(LOG_STD)
    follow(1)
    for (let k = 0; k < 3; k++) move({ by: Float32Array.of(1, 2) }) // recorded, then replayed
    expectNear(hostOf(logStdOf(network)), [2.5, 6.25], 1e-6)
    expectApart(LOG_STD)
    follow(0.5)
    expectApart([1, 3.25])
    follow(1)
    move({ by: Float32Array.of(1, 1) })
    expectApart([2.5, 6.25])
    for (const part of [move, copy, network]) part.dispose()
  })
})
