/** Small networks of each shape and normalization, and batches for them. */

import * as tf from '@tensorflow/tfjs-core'
import {
  type LayerVariables,
  mlp,
  type Network,
  type NetworkFactory,
  networkFrom,
  type NetworkOptions,
  NORMALIZATIONS,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { hostOf, normals } from './tensors.ts'

export const smallConv = networkFrom([
  { type: 'conv2d', filters: 4, kernelSize: 3, stride: 1, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 5, activation: 'relu' },
])
export const SHAPES = [
  { name: 'mlp', factory: mlp([16, 8], 'tanh'), inputShape: [4] },
  { name: 'conv', factory: smallConv, inputShape: [6, 6, 2] },
] as const
export const CASES = SHAPES.flatMap((shape) =>
  NORMALIZATIONS.map((normalization) => ({ ...shape, normalization })),
)

export function make(factory: NetworkFactory, options: Partial<NetworkOptions> = {}): Network {
  const defaults = { inputShape: [4], outputs: 3, outputScale: 1, normalization: 'weight' } as const
  return factory({ ...defaults, rng: new Rng(7), ...options })
}

export function batchOf(inputShape: readonly number[], rows: number, seed: string): tf.Tensor {
  const size = inputShape.reduce((product, length) => product * length, rows)
  const values = normals(new Rng(seed), size).map((value) => 2 * value + 1)
  return tf.tensor(values, [rows, ...inputShape])
}

export const valuesOf = (variables: LayerVariables) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, hostOf(value)]))
