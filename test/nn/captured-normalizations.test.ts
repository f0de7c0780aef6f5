/** A recorded update computes, bit for bit, what it computes run by run, under each normalization. */

import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { compile } from '../../src/backend/index.ts'
import {
  clipByGlobalNorm,
  createOptimizer,
  gradientsOf,
  type Network,
  type Optimizer,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { batchOf, CASES, make, valuesOf } from '../helpers/networks.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

describeOn(['simd'], 'captured updates', () => {
  const settings = [
    ...CASES.map((one) => ({ ...one, projection: false })),
    ...CASES.filter(({ normalization }) => normalization !== 'none').map((one) => ({
      ...one,
      projection: true,
    })),
  ]

  test.each(settings)(
    'equal eager ones: $name, $normalization, projection $projection',
    ({ factory, ...options }) => {
      const network = make(factory, options)
      network.initializeFromData(batchOf(options.inputShape, 32, 'initialization'))
      const optimizer = createOptimizer(network.parameters, { name: 'adam' })
      const target = network.foldedCopy()
      const update = updateOf(network, target, options.inputShape, optimizer)
      const rng = new Rng('batches')
      const size = options.inputShape.reduce((product, length) => product * length, 1)
      const before = valuesOf({ ...network.parameters, ...network.state })
      const acted = Array.from({ length: 20 }, () => {
        const inputs = { x: normals(rng, 8 * size), y: normals(rng, 8 * 3) }
        return update({ ...inputs, ...optimizer.nextScalars(0.01) }).acting // verifies itself
      })
      expect(acted.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true)
      const after = valuesOf({ ...network.parameters, ...network.state })
      for (const [name, values] of Object.entries(before))
        expect(after[name], name).not.toEqual(values)
      const x = batchOf(options.inputShape, 5, 'x')
      expectNear(hostOf(network.applyFolded(x)), hostOf(network.apply(x)), 2e-5, 'folded')
      expectNear(hostOf(target.applyFolded(x)), hostOf(network.apply(x)), 2e-5, 'target')
      update.dispose()
      for (const part of [network, target, optimizer]) part.dispose()
    },
  )

  function updateOf(
    network: Network,
    target: Network,
    inputShape: readonly number[],
    optimizer: Optimizer,
  ) {
    return compile(
      ({ x, y, ...scalars }) => {
        const { outputs, gradients } = gradientsOf(network.parameters, () => ({
          loss: tf.mean(tf.square(tf.sub(network.applyTraining(x), y))),
        }))
        const { factor } = clipByGlobalNorm(gradients, 10)
        optimizer.apply(gradients, scalars, factor)
        network.project()
        network.refold()
        target.followFolded(network, 1)
        target.refold()
        return { loss: outputs.loss, acting: network.applyFolded(x) }
      },
      {
        inputs: {
          x: { shape: [-1, ...inputShape], dtype: 'float32' },
          y: { shape: [-1, 3], dtype: 'float32' },
          ...optimizer.inputs,
        },
        verify: true,
      },
    )
  }
})
