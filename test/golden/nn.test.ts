/**
 * Replays the recorded numbers of layers, optimizers, losses and whole updates. Kinds that belong to later issues
 * stand in `LATER` and appear as todo.
 */

import * as tf from '@tensorflow/tfjs-core'
import { Discrete } from 'gymnasium-js'
import { describe } from 'vitest'
import * as z from 'zod'
import { a2cLoss, a2cUpdate, dqnUpdate } from '../../agents/index.ts'
import { generalizedAdvantages, normalizeAdvantages } from '../../src/buffers/index.ts'
import {
  ActorCritic,
  AffineLayer,
  clipByGlobalNorm,
  categoricalTerms,
  columnNorms,
  createOptimizer,
  dense,
  discountedTarget,
  gradientsOf,
  type LayerSpec,
  type Network,
  networkFrom,
  type OptimizerOptions,
  weightedTdLoss,
} from '../../src/nn/index.ts'
import { distributionOf } from '../../src/policies/index.ts'
import { Rng } from '../../src/rng.ts'
import { describeOn, expectNear, foldedInDouble, hostOf } from '../helpers/tensors.ts'
import {
  describeCases,
  golden,
  type GoldenCase,
  type GoldenTensor,
  type Tree,
} from './nn-golden.ts'
import { lossCases, policyCases } from './nn-losses.ts'
import { normalizerReplays } from './nn-normalizers.ts'
import { replayStatistics } from './statistics.ts'

/** Recorded for issues to come: nothing replays these yet. */
const LATER = {
  recurrent: ['wn_lstm'],
}

const flag = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1)
const activation = z.enum(['relu', 'tanh', 'none'])
const layersSchema = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('dense'), activation }),
    z.strictObject({ type: z.literal('conv2d'), stride: z.number(), activation }),
    z.strictObject({ type: z.literal('flatten') }),
  ]),
)
type RecordedLayer = z.output<typeof layersSchema>[number]

const layerParameters = z.strictObject({ v: golden, g: golden, b: golden })
type LayerParameters = z.output<typeof layerParameters>

describeOn(['simd', 'cpu', 'wasm'], 'golden numbers', () => {
  describeCases('weight_norm_dense.json', { dense: replayDense })
  describeCases('data_dependent_init.json', {
    mlp: replayInitialization,
    single: replayInitialization,
    conv_net: replayInitialization,
  })
  describeCases('optimizers.json', {
    sgd: (recorded) => replayOptimizer(recorded, { name: 'sgd' }, []),
    sgd_momentum: (recorded) => {
      const hyper = recorded.hyper(
        z.object({ momentum: z.number(), nesterov: flag.default(false) }),
      )
      replayOptimizer(recorded, { name: 'sgd', ...hyper }, ['velocity'])
    },
    adam: (recorded) => replayOptimizer(recorded, adamOptions('adam', recorded), ['m', 'v']),
    adamax: (recorded) => replayOptimizer(recorded, adamOptions('adamax', recorded), ['m', 'u']),
    rmsprop_torch: (recorded) => replayRmsProp(recorded, 'outside'),
    rmsprop_tf: (recorded) => replayRmsProp(recorded, 'inside'),
  })
  describeCases('losses.json', lossCases)
  describeCases('policy_gradient.json', {
    ...policyCases,
    a2c_loss: replayA2cLoss,
    gae: replayAdvantages,
  })
  describeCases('full_update_mlp.json', { dqn_mlp: replayDqnUpdates })
  describeCases('full_update_a2c.json', { a2c_mlp: replayA2cUpdates })
})

// The wasm backend of tfjs has no Conv2DBackpropFilter.
describeOn(['cpu'], 'golden numbers of convolutions', () => {
  describeCases('weight_norm_conv2d.json', { conv2d: replayConv2d })
  describeCases('full_update_conv.json', { dqn_conv: replayDqnUpdates })
})

// Convolutions are among them.
describeOn(['simd', 'cpu'], 'golden numbers of normalizations', () => {
  describeCases('normalizers.json', normalizerReplays)
})

describeOn(['cpu'], 'golden numbers for later issues', () => {
  describeCases('recurrent.json', {}, LATER.recurrent)
})

describe('golden numbers on the host', () => {
  describeCases('statistics.json', replayStatistics)
})

const plainLayer = { normalization: 'weight', activation: 'none', rng: new Rng(0) } as const
const noEncoder = (shape: readonly number[]) => ({
  spec: { shape: [-1, ...shape.slice(1)], dtype: 'float32' as const },
  encode: (raw: tf.Tensor) => raw,
})

function replayDense(recorded: GoldenCase): void {
  const [inputs, units] = recorded.input('v').shape
  replayLayer(recorded, dense(inputs!, units!, plainLayer))
}

/** `conv2d` makes square windows only and the recorded ones are not all square, so the layer is put together here. */
function replayConv2d(recorded: GoldenCase): void {
  const { stride } = recorded.hyper(z.object({ stride: z.number() }))
  const variables = {
    v: tf.variable(tf.zeros([...recorded.input('v').shape])),
    g: tf.variable(tf.zeros([...recorded.input('g').shape])),
    b: tf.variable(tf.zeros([...recorded.input('b').shape])),
  }
  const linear = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid')
  const layer = {
    linear,
    variables,
    activation: 'none',
    outputScale: 1,
    kernels: [],
    isProduct: false,
  } as const
  replayLayer(recorded, new AffineLayer(layer))
}

function replayLayer(recorded: GoldenCase, layer: AffineLayer): void {
  for (const [name, variable] of Object.entries(layer.variables)) {
    variable.assign(tensor(recorded.input(name)))
  }
  const x = tensor(recorded.input('x'))
  const dy = tensor(recorded.input('dy'))
  const { outputs, gradients } = gradientsOf(layer.variables, () => {
    const y = layer.apply(x)
    return { loss: tf.sum(tf.mul(y, dy)), y }
  })
  const dx = tf.grad((input: tf.Tensor) => tf.sum(tf.mul(layer.apply(input), dy)))(x)
  const v = recorded.input('v').data
  const w = hostOf(layer.weights())
  const dv = hostOf(gradients['v']!)
  const units = recorded.input('g').data.length
  const dot = columnSums(dv, units, (value, i) => value * v[i]!)
  const norms = (values: Float64Array) =>
    columnSums(values, units, (value) => value ** 2).map(Math.sqrt)
  recorded.check({
    normV: hostOf(columnNorms(layer.variables['v']!)),
    w,
    y: hostOf(outputs.y),
    dx: hostOf(dx),
    dg: hostOf(gradients['g']!),
    db: hostOf(gradients['b']!),
    dv,
    normDv: norms(dv),
    dvDotV: relativeDots(recorded, dot, norms(dv), norms(v)),
  })
}

/** dv · v in relation to the sizes that it is made of, as the data's description compares it. */
function relativeDots(
  recorded: GoldenCase,
  dot: Float64Array,
  normDv: Float64Array,
  normV: Float64Array,
): Float64Array {
  const x = recorded.input('x')
  const dy = recorded.input('dy')
  const g = recorded.input('g').data
  const { stride } = recorded.hyper(z.object({ stride: z.number().default(0) }))
  const dw =
    stride === 0
      ? tf.matMul(tensor(x), tensor(dy), true)
      : tf.grad((w: tf.Tensor) =>
          tf.sum(
            tf.mul(
              tf.conv2d(tensor(x) as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid'),
              tensor(dy),
            ),
          ),
        )(tensor(recorded.input('v')))
  const normDw = columnSums(hostOf(dw), g.length, (value) => value ** 2).map(Math.sqrt)
  return dot.map((value, o) => {
    const size = Math.max(normDv[o]!, (Math.abs(g[o]!) / normV[o]!) * normDw[o]!)
    return size === 0 ? value : value / (normV[o]! * size)
  })
}

function replayInitialization(recorded: GoldenCase): void {
  const { layers } = recorded.hyper(z.object({ layers: layersSchema }))
  const directions = recorded.inputs('v', z.array(golden))
  const x = tensor(recorded.input('x'))
  const network = networkOf(
    layers,
    directions.map((v) => v.shape),
    x.shape,
  )
  const affine = affineLayers(network)
  for (const [i, layer] of affine.entries()) layer.variables['v']!.assign(tensor(directions[i]!))
  const reports = network.initializeFromData(x)
  const found = reports.map(({ mean, variance }, i) => {
    const { g, b } = affine[i]!.variables
    return {
      tMean: mean,
      tVar: variance,
      g: hostOf(g!),
      b: hostOf(b!),
      ...momentsAfter(network, affine[i]!, x),
    }
  })
  recorded.check({ layers: found, y: hostOf(network.apply(x)) })
}

/** Mean and variance of a layer's pre-activations on the initialization batch. */
function momentsAfter(network: Network, layer: AffineLayer, x: tf.Tensor) {
  const before = network.layers.slice(0, network.layers.indexOf(layer))
  const t = layer.preActivation(before.reduce((h, part) => part.apply(h), x))
  const { mean, variance } = tf.moments(
    t,
    t.shape.slice(1).map((_, axis) => axis),
  )
  return { afterMeanIsZero: hostOf(mean), afterVar: hostOf(variance) }
}

function adamOptions(name: 'adam' | 'adamax', recorded: GoldenCase): OptimizerOptions {
  const hyper = z.object({ beta1: z.number(), beta2: z.number(), eps: z.number() })
  const { beta1, beta2, eps } = recorded.hyper(hyper)
  return { name, beta1, beta2, epsilon: eps }
}

function replayRmsProp(recorded: GoldenCase, epsilonPlacement: 'outside' | 'inside'): void {
  const hyper = z.object({ alpha: z.number(), eps: z.number(), centered: flag.default(false) })
  const { alpha, eps, centered } = recorded.hyper(hyper)
  const options = { name: 'rmsprop', alpha, epsilon: eps, centered, epsilonPlacement } as const
  replayOptimizer(recorded, options, centered ? ['ms', 'mg'] : ['ms'])
}

function replayOptimizer(
  recorded: GoldenCase,
  options: OptimizerOptions,
  slots: readonly string[],
): void {
  const byName = z.record(z.string(), golden)
  const { lr, maxGradNorm } = recorded.hyper(
    z.object({ lr: z.number(), maxGradNorm: z.number().optional() }),
  )
  const initial = Object.entries(recorded.inputs('params', byName))
  const parameters = Object.fromEntries(
    initial.map(([name, values]) => [name, tf.variable(tensor(values))]),
  )
  const optimizer = createOptimizer(parameters, options)
  const paramsAfter: Tree[] = []
  const norms: number[] = []
  for (const gradients of recorded.inputs('grads', z.array(byName))) {
    const given = Object.fromEntries(
      Object.entries(gradients).map(([name, values]) => [name, tensor(values)]),
    )
    const { factor, norm } = clipByGlobalNorm(given, maxGradNorm ?? null)
    optimizer.apply(given, scalarsOf(optimizer.nextScalars(lr)), factor)
    paramsAfter.push(hostOfAll(parameters))
    norms.push(hostOf(norm)[0]!)
  }
  const stateAfterLast = Object.fromEntries(
    slots.map((slot) => {
      const ofSlot = initial.map(([name]) => [name, hostOf(optimizer.state[`${slot}/${name}`]!)])
      return [slot, Object.fromEntries(ofSlot) as Tree]
    }),
  )
  recorded.check({
    paramsAfter,
    stateAfterLast,
    ...(maxGradNorm === undefined ? {} : { globalNorm: norms }),
  })
}

function replayA2cLoss(recorded: GoldenCase): void {
  const { normalizeAdvantage, ...coefficients } = recorded.hyper(
    z.object({ vfCoef: z.number(), entCoef: z.number(), normalizeAdvantage: flag }),
  )
  const given = recorded.input('advantage')
  const data = normalizeAdvantage ? normalizeAdvantages(given.data) : given.data
  const actions = tensor(recorded.input('action'), 'int32')
  const batch = {
    advantages: tensor({ ...given, data }),
    returns: tensor(recorded.input('returns')),
  }
  const logits = tensor(recorded.input('logits'))
  const values = tensor(recorded.input('values'))
  const lossOf = (logits: tf.Tensor, values: tf.Tensor) =>
    a2cLoss({ ...batch, ...categoricalTerms(logits, actions), values }, coefficients)
  const [dLogits, dValues] = tf.grads((logits, values) => lossOf(logits, values).loss)([
    logits,
    values,
  ])
  recorded.check({
    ...hostOfAll({ ...lossOf(logits, values), logProb: categoricalTerms(logits, actions).logProb }),
    ...hostOfAll({ dLogits: dLogits!, dValues: dValues! }),
  })
}

function replayAdvantages(recorded: GoldenCase): void {
  const { gamma, lambda } = recorded.hyper(z.object({ gamma: z.number(), lambda: z.number() }))
  const { advantages, returns } = generalizedAdvantages(
    {
      rewards: recorded.input('reward').data,
      values: recorded.input('value').data,
      terminated: Uint8Array.from(recorded.input('terminated').data),
      truncated: Uint8Array.from(recorded.input('truncated').data),
      finalValues: recorded.input('finalValue').data,
    },
    recorded.input('lastValue').data,
    gamma,
    lambda,
  )
  recorded.checkDouble({ advantage: advantages, returns })
  if (lambda === 1) recorded.checkDouble({ bootstrappedReturn: returns })
}

function replayDqnUpdates(recorded: GoldenCase): void {
  const hyper = recorded.hyper(
    z.object({
      layers: layersSchema,
      gamma: z.number(),
      loss: z.literal('huber'),
      delta: z.number(),
      double: flag,
      lr: z.number(),
    }),
  )
  const obs = recorded.input('obs')
  const network = recordedNetwork(
    hyper.layers,
    recorded.inputs('params', z.array(layerParameters)),
    obs,
  )
  const target = recordedNetwork(
    hyper.layers,
    recorded.inputs('target', z.array(layerParameters)),
    obs,
  ).foldedCopy()
  const optimizer = createOptimizer(network.parameters, adamOptions('adam', recorded))
  const options = { loss: hyper.loss, huberDelta: hyper.delta }
  const update = dqnUpdate({
    ...options,
    network,
    target,
    optimizer,
    encoder: noEncoder(obs.shape),
    actions: Object.values(target.parameters).at(-1)!.shape[0],
    doubleQ: hyper.double,
    maxGradNorm: null,
  })
  const data = (name: string) => recorded.input(name).data

  const next = tensor(recorded.input('nextObs'))
  const terminated = recorded.input('terminated')
  const discounts = Float32Array.from(terminated.data, (flag) => (1 - flag) * hyper.gamma)
  const targets = discountedTarget({
    rewards: tensor(recorded.input('reward')),
    discounts: tf.tensor1d(discounts),
    nextQ: target.apply(next),
    nextQOnline: hyper.double ? network.applyFolded(next) : undefined,
  })
  const { outputs, gradients } = gradientsOf(network.parameters, () => {
    const q = network.apply(tensor(obs))
    return {
      ...weightedTdLoss(q, tensor(recorded.input('action'), 'int32'), targets, options),
      q,
    }
  })
  recorded.check({
    q: hostOf(outputs.q),
    tdTarget: hostOf(targets),
    grads: byLayer(network, gradients),
  })

  const { losses, gradNorms, paramsAfter } = fiveUpdates(
    () =>
      update({
        obs: data('obs'),
        actions: data('action'),
        rewards: data('reward'),
        nextObs: data('nextObs'),
        discounts,
        ...optimizer.nextScalars(hyper.lr),
      }),
    () => byLayer(network, network.parameters),
  )
  recorded.check({ losses, gradNorms, paramsAfter })
  expectFolded(network)
}

function replayA2cUpdates(recorded: GoldenCase): void {
  const hyper = recorded.hyper(
    z.object({
      layers: layersSchema,
      vfCoef: z.number(),
      entCoef: z.number(),
      lr: z.number(),
      alpha: z.number(),
      eps: z.number(),
      maxGradNorm: z.number(),
    }),
  )
  const obs = recorded.input('obs')
  const returns = recorded.input('returns').data
  const both = z.strictObject({ policy: z.array(layerParameters), value: z.array(layerParameters) })
  const given = recorded.inputs('params', both)
  const network = new ActorCritic({
    policy: recordedNetwork(hyper.layers, given.policy, obs),
    value: recordedNetwork(hyper.layers, given.value, obs),
  })
  const optimizer = createOptimizer(network.parameters, {
    name: 'rmsprop',
    alpha: hyper.alpha,
    epsilon: hyper.eps,
  })
  const update = a2cUpdate({
    ...hyper,
    network,
    distribution: distributionOf(new Discrete(2), { logStdInit: 0, scaleActions: true }),
    optimizer,
    encoder: noEncoder(obs.shape),
  })
  /** Recomputed before each update, as the recorded advantages are. */
  const advantages = () => {
    const values = hostOf(network.value.apply(tensor(obs)))
    return returns.map((value, i) => value - values[i]!)
  }

  const { outputs, gradients } = gradientsOf(network.parameters, () => {
    const logits = network.policy.apply(tensor(obs))
    const values = tf.reshape(network.value.apply(tensor(obs)), [-1])
    const batch = {
      ...categoricalTerms(logits, tensor(recorded.input('action'), 'int32')),
      advantages: tf.tensor1d(Float32Array.from(advantages())),
      returns: tensor(recorded.input('returns')),
    }
    return { ...a2cLoss({ ...batch, values }, hyper), logits, values }
  })
  const { logits, values, policyLoss, valueLoss, entropy } = outputs
  recorded.check({
    ...hostOfAll({ logits, values, policyLoss, valueLoss, entropy }),
    grads: byNetwork(network, gradients),
  })

  const { losses, gradNorms, paramsAfter } = fiveUpdates(
    () =>
      update({
        obs: obs.data,
        actions: recorded.input('action').data,
        advantages: advantages(),
        returns,
        entCoef: Float32Array.of(hyper.entCoef),
        ...optimizer.nextScalars(hyper.lr),
      }),
    () => byNetwork(network, network.parameters),
  )
  recorded.check({ losses, gradNorms, paramsAfter })
  expectFolded(network.policy)
  expectFolded(network.value)
}

function fiveUpdates(
  update: () => { readonly loss: Float32Array; readonly gradNorm: Float32Array },
  parameters: () => Tree,
): { losses: number[]; gradNorms: number[]; paramsAfter: Record<string, Tree> } {
  const losses: number[] = []
  const gradNorms: number[] = []
  const paramsAfter: Record<string, Tree> = {}
  for (const k of [1, 2, 3, 4, 5]) {
    const { loss, gradNorm } = update()
    losses.push(loss[0]!)
    gradNorms.push(gradNorm[0]!)
    if (k === 1 || k === 2 || k === 5) paramsAfter[k] = parameters()
  }
  return { losses, gradNorms, paramsAfter }
}

/** What acts must hold g v / ‖v‖ of what was just learned. */
function expectFolded(network: Network): void {
  for (const { variables, folded } of affineLayers(network)) {
    const [v, g] = [hostOf(variables['v']!), hostOf(variables['g']!)]
    const w = folded['w'] ?? tf.mul(variables['v']!, folded['scale']!)
    expectNear(hostOf(w), foldedInDouble(v, g), 1e-6, 'w')
  }
}

function recordedNetwork(
  layers: readonly RecordedLayer[],
  parameters: readonly LayerParameters[],
  obs: GoldenTensor,
): Network {
  const network = networkOf(
    layers,
    parameters.map(({ v }) => v.shape),
    obs.shape,
  )
  for (const [i, layer] of affineLayers(network).entries()) {
    for (const name of ['v', 'g', 'b'] as const) {
      layer.variables[name]!.assign(tensor(parameters[i]![name]))
    }
  }
  network.refold()
  return network
}

/** A network of the recorded layers; the sizes come from the shapes of their directions v. */
function networkOf(
  layers: readonly RecordedLayer[],
  shapes: readonly (readonly number[])[],
  batchShape: readonly number[],
): Network {
  const sizes = shapes.map((shape) => ({ units: shape.at(-1)!, kernelSize: shape[0]! }))
  let affine = 0
  const specs = layers.map((layer): LayerSpec => {
    if (layer.type === 'flatten') return layer
    const { units, kernelSize } = sizes[affine++]!
    if (layer.type === 'dense') return { ...layer, units }
    return { ...layer, filters: units, kernelSize }
  })
  return networkFrom(specs.slice(0, -1))({
    inputShape: batchShape.slice(1),
    outputs: sizes.at(-1)!.units,
    outputScale: 1,
    normalization: 'weight',
    rng: new Rng(0),
  })
}

function affineLayers(network: Network): AffineLayer[] {
  return network.layers.filter((layer) => layer instanceof AffineLayer)
}

/** Named tensors of a network (`0/v`, …) as the data lays them out: one record per layer that has any. */
function byLayer(
  network: Network,
  tensors: Readonly<Record<string, tf.Tensor>>,
  prefix = '',
): Tree {
  return affineLayers(network).map((layer) => {
    const at = `${prefix}${network.layers.indexOf(layer)}`
    return hostOfAll({ v: tensors[`${at}/v`]!, g: tensors[`${at}/g`]!, b: tensors[`${at}/b`]! })
  })
}

function byNetwork(
  networks: { readonly policy: Network; readonly value: Network },
  tensors: Readonly<Record<string, tf.Tensor>>,
): Tree {
  return {
    policy: byLayer(networks.policy, tensors, 'policy/'),
    value: byLayer(networks.value, tensors, 'value/'),
  }
}

function tensor(recorded: GoldenTensor, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor {
  const values =
    dtype === 'int32' ? Int32Array.from(recorded.data) : Float32Array.from(recorded.data)
  return tf.tensor(values, [...recorded.shape], dtype)
}

function hostOfAll<Name extends string>(
  tensors: Readonly<Record<Name, tf.Tensor>>,
): Record<Name, Float64Array> {
  const entries = Object.entries<tf.Tensor>(tensors).map(([name, value]) => [name, hostOf(value)])
  return Object.fromEntries(entries) as Record<Name, Float64Array>
}

function scalarsOf<Name extends string>(
  arrays: Readonly<Record<Name, Float32Array>>,
): Record<Name, tf.Tensor> {
  const entries = Object.entries<Float32Array>(arrays).map(([name, [value]]) => [
    name,
    tf.scalar(value!),
  ])
  return Object.fromEntries(entries) as Record<Name, tf.Tensor>
}

/** Sums over all axes but the last. */
function columnSums(
  values: Float64Array,
  units: number,
  term: (value: number, i: number) => number,
): Float64Array {
  const sums = new Float64Array(units)
  for (const [i, value] of values.entries()) sums[i % units]! += term(value, i)
  return sums
}
