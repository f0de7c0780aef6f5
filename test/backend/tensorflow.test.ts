/** Updates on TensorFlow against cpu; left out where `wn-rl setup tensorflow` has not run. */
import * as tf from '@tensorflow/tfjs-core'
import { Discrete } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { a2cUpdate } from '../../agents/index.ts'
import { prepareUpdate, type Update } from '../../runs/backends/update.ts'
import { differenceBetween } from '../../cli/doctor/trial.ts'
import { tensorFrom, useBackend } from '../../src/backend/index.ts'
import {
  ActorCritic,
  createOptimizer,
  minatarConv,
  mlp,
  type NetworkFactory,
} from '../../src/nn/index.ts'
import { distributionOf } from '../../src/policies/index.ts'
import { Rng } from '../../src/rng.ts'
import { normals } from '../helpers/tensors.ts'

/** Largest difference of losses, gradients and parameters, as a share of the largest number of their kind. */
const TOLERANCE = 1e-4
const DENSE = { network: mlp([120, 84]), inputShape: [4] }
const CONV = { network: minatarConv(), inputShape: [10, 10, 4] }
const BATCH = 8
const LEARNING_RATE = 0.1

const reason = await useBackend('tensorflow').then(
  () => undefined,
  (error: unknown) => String(error),
)

describe.skipIf(reason !== undefined)(`tensorflow (${reason ?? 'set up'})`, () => {
  test.each([
    ['dense', DENSE],
    ['conv', CONV],
  ])("makes cpu's DQN updates, %s", async (_, shape) => {
    const prepare = () => prepareUpdate({ ...shape, batch: BATCH, optimizer: 'sgd' })
    expect(await differenceBetween('cpu', 'tensorflow', prepare)).toBeLessThan(TOLERANCE)
  })

  test.each([
    ['dense', DENSE],
    ['conv', CONV],
  ])("makes cpu's A2C updates, %s", async (_, { network, inputShape }) => {
    const prepare = () => prepareA2c(network, inputShape)
    expect(await differenceBetween('cpu', 'tensorflow', prepare)).toBeLessThan(TOLERANCE)
  })

  test('agrees with cpu on the loss of Adam too', async () => {
    const losses = async () => {
      const update = await prepareUpdate({ ...DENSE, batch: BATCH, optimizer: 'adam' })
      const found: number[] = []
      for (let i = 0; i < 5; i++) found.push(await update.step())
      update.dispose()
      return found
    }
    await useBackend('cpu')
    const expected = await losses()
    await useBackend('tensorflow')
    for (const [i, loss] of (await losses()).entries())
      expect(Math.abs(loss / expected[i]! - 1)).toBeLessThan(TOLERANCE)
  })

  test('says what it runs on, and leaks no tensors over 100 updates', async () => {
    expect((await useBackend('tensorflow')).device).toMatch(
      /^TensorFlow 2\.\d+\.\d+ on the [CG]PU$/,
    )
    const update = await prepareUpdate({ ...DENSE, batch: BATCH, optimizer: 'adam' })
    await update.step()
    const { numTensors } = tf.memory()
    for (let i = 0; i < 100; i++) await update.step()
    expect(tf.memory().numTensors).toBe(numTensors)
    update.dispose()
  })

  test('leaves simd its numbers', async () => {
    const prepare = () => prepareUpdate({ ...DENSE, batch: BATCH, optimizer: 'adam' })
    expect(await differenceBetween('simd', 'simd', prepare)).toBe(0)
    expect(await differenceBetween('cpu', 'simd', prepare)).toBeLessThan(0.01)
  })
})

/** An A2C update of two networks from one seed, with SGD, so that the parameters tell of the gradients. */
function prepareA2c(factory: NetworkFactory, inputShape: readonly number[]): Update {
  const rng = new Rng('a2c')
  const size = inputShape.reduce((product, length) => product * length, 1)
  const obs = normals(rng, BATCH * size)
  const make = (outputs: number, outputScale: number) => {
    const network = factory({ inputShape, outputs, outputScale, normalization: 'weight', rng })
    tf.tidy(() => network.initializeFromData(tensorFrom(obs, [BATCH, ...inputShape], 'float32')))
    return network
  }
  const network = new ActorCritic({ policy: make(3, 0.1), value: make(1, 1) })
  const { parameters } = network
  const optimizer = createOptimizer(parameters, { name: 'sgd' })
  const update = a2cUpdate({
    network,
    distribution: distributionOf(new Discrete(3), { logStdInit: 0, scaleActions: true }),
    optimizer,
    encoder: { spec: { shape: [-1, ...inputShape], dtype: 'float32' }, encode: (raw) => raw },
    vfCoef: 0.5,
    maxGradNorm: 0.5,
  })
  const batch = {
    obs,
    actions: Int32Array.from({ length: BATCH }, () => rng.randInt(0, 3)),
    advantages: normals(rng, BATCH),
    returns: normals(rng, BATCH),
    entCoef: Float32Array.of(0.01),
  }
  return {
    step: () =>
      Promise.resolve(update({ ...batch, ...optimizer.nextScalars(LEARNING_RATE) }).loss[0]!),
    parameters: () =>
      Promise.resolve(
        Object.fromEntries(
          Object.entries(parameters).map(([name, variable]) => [
            name,
            Float32Array.from(variable.dataSync<'float32'>()),
          ]),
        ),
      ),
    dispose: () => {
      update.dispose()
      for (const part of [network, optimizer]) part.dispose()
    },
  }
}
