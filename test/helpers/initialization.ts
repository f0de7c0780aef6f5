/** What data-dependent initialization promises, checked on the batch that it saw. */

import type * as tf from '@tensorflow/tfjs-core'
import { AffineLayer, type Network } from '../../src/nn/index.ts'
import { columnMoments, expectNear, foldedInDouble, hostOf } from './tensors.ts'

/**
 * Every unit's pre-activation has mean 0 and the standard deviation 1 (the last layer: `outputScale`) within 1e-3 on
 * the batch x, and the effective weights are g v / ‖v‖.
 */
export function expectInitialized(network: Network, x: tf.Tensor, outputScale: number): void {
  let h = x
  for (const [i, layer] of network.layers.entries()) {
    if (layer instanceof AffineLayer) {
      const scale = i === network.layers.length - 1 ? outputScale : 1
      const { g, v } = layer.variables
      const units = g!.size
      const { mean, variance } = columnMoments(hostOf(layer.preActivation(h)), units)
      expectNear(mean, new Float64Array(units), 1e-3 * scale, `layer ${i}: mean`)
      const wanted = new Float64Array(units).fill(1)
      expectNear(
        variance.map((one) => one / scale ** 2),
        wanted,
        1e-3,
        `layer ${i}: variance`,
      )
      const folded = foldedInDouble(hostOf(v!), hostOf(g!))
      expectNear(hostOf(layer.weights()), folded, 1e-6, `layer ${i}: weights`)
      expectNear(hostOf(layer.foldedCopy().weights()), folded, 1e-6, `layer ${i}: folded copy`)
    }
    h = layer.apply(h)
  }
}
