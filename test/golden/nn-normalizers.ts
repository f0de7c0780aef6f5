/** Replays the recorded numbers of normalizations by statistics: batch, mean-only batch and layer. */

import * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import { AffineLayer, gradientsOf, layerNorm, type Normalizer } from '../../src/nn/index.ts'
import { batchNormalizer, meanOnlyNormalizer } from '../../src/nn/normalizers.ts'
import { batchMoments } from '../../src/nn/statistics.ts'
import { hostOf } from '../helpers/tensors.ts'
import type { GoldenCase } from './nn-golden.ts'

export const normalizerReplays = {
  batch_norm_train: (recorded: GoldenCase) => replayBatchNorm(recorded, true),
  batch_norm_infer: (recorded: GoldenCase) => replayBatchNorm(recorded, false),
  mean_only_batch_norm_train: (recorded: GoldenCase) => replayMeanOnly(recorded, true),
  mean_only_batch_norm_infer: (recorded: GoldenCase) => replayMeanOnly(recorded, false),
  layer_norm: replayLayerNorm,
}

function replayBatchNorm(recorded: GoldenCase, training: boolean): void {
  const hyper = recorded.hyper(z.object({ eps: z.number(), momentum: z.number() }))
  const affine = { gamma: variable(recorded, 'gamma'), beta: variable(recorded, 'beta') }
  const normalizer = batchNormalizer(affine, hyper.momentum, hyper.eps)
  startFromRecorded(normalizer, recorded)
  const map = (x: tf.Tensor, tracks: boolean) =>
    training ? normalizer.train(x, tracks) : normalizer.infer(x)
  const { y, gradients, dx } = backward(recorded, affine, map)
  recorded.check({ y, dx, dGamma: gradients('gamma'), dBeta: gradients('beta') })
  if (!training) return
  const { mean, variance } = batchMoments(tensor(recorded, 'x'))
  const { runningMean, runningVariance } = normalizer.state
  recorded.check({
    mean: hostOf(mean),
    var: hostOf(variance),
    runningMean: hostOf(runningMean!),
    runningVar: hostOf(runningVariance!),
  })
}

/** Through a layer, dense or convolutional, with weight-normalized weights. */
function replayMeanOnly(recorded: GoldenCase, training: boolean): void {
  const { momentum, stride } = recorded.hyper(
    z.object({ momentum: z.number(), stride: z.number() }),
  )
  const isProduct = recorded.input('v').shape.length === 2
  const variables = {
    v: variable(recorded, 'v'),
    g: variable(recorded, 'g'),
    b: variable(recorded, 'b'),
  }
  const normalizer = meanOnlyNormalizer(variables.b, momentum)
  startFromRecorded(normalizer, recorded)
  const linear = (x: tf.Tensor, w: tf.Tensor) =>
    isProduct ? tf.matMul(x, w) : tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid')
  const layer = new AffineLayer({
    linear,
    isProduct,
    kernels: [],
    variables,
    normalizer,
    activation: 'none',
    outputScale: 1,
  })
  const map = (x: tf.Tensor, tracks: boolean) =>
    training ? layer.applyTraining(x, tracks) : layer.apply(x)
  const { y, gradients, dx } = backward(recorded, variables, map)
  recorded.check({ y, dx, dv: gradients('v'), dg: gradients('g'), db: gradients('b') })
  if (!training) return
  const t = linear(tensor(recorded, 'x'), layer.weights())
  recorded.check({
    mean: hostOf(batchMoments(t).mean),
    runningMean: hostOf(normalizer.state['runningMean']!),
  })
}

function replayLayerNorm(recorded: GoldenCase): void {
  const { eps, axes } = recorded.hyper(z.object({ eps: z.number(), axes: z.array(z.number()) }))
  const affine = { gamma: variable(recorded, 'gamma'), beta: variable(recorded, 'beta') }
  const { y, gradients, dx } = backward(recorded, affine, (x) => layerNorm(x, affine, eps, axes))
  recorded.check({ y, dx, dGamma: gradients('gamma'), dBeta: gradients('beta') })
}

/** The map's values and gradients for the recorded x and dy; running statistics follow x once. */
function backward(
  recorded: GoldenCase,
  variables: Readonly<Record<string, tf.Variable>>,
  map: (x: tf.Tensor, tracks: boolean) => tf.Tensor,
) {
  const [x, dy] = [tensor(recorded, 'x'), tensor(recorded, 'dy')]
  const dx = tf.grad((at: tf.Tensor) => tf.sum(tf.mul(map(at, false), dy)))(x)
  const { outputs, gradients } = gradientsOf(variables, () => {
    const y = map(x, true)
    return { loss: tf.sum(tf.mul(y, dy)), y }
  })
  return {
    y: hostOf(outputs.y),
    dx: hostOf(dx),
    gradients: (name: string) => hostOf(gradients[name]!),
  }
}

function startFromRecorded({ state }: Normalizer, recorded: GoldenCase): void {
  state['runningMean']!.assign(tensor(recorded, 'runningMean'))
  if (recorded.has('runningVar')) state['runningVariance']?.assign(tensor(recorded, 'runningVar'))
}

function variable(recorded: GoldenCase, name: string): tf.Variable {
  return tf.variable(tensor(recorded, name))
}

function tensor(recorded: GoldenCase, name: string): tf.Tensor {
  const { data, shape } = recorded.input(name)
  return tf.tensor(Float32Array.from(data), [...shape])
}
