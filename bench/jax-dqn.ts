/**
 * The DQN update of `agents/dqn.ts` written for jax-js (npm: @jax-js/jax), the fastest rival in JavaScript: the whole
 * update is one jitted function, with what ours does (target forward, gradients by its own autodiff, their norm,
 * Adam, folding the weights that act), from typed arrays to typed arrays.
 *
 * jax-js counts references: a function consumes its arguments, and `.ref` keeps one alive for another use. Its
 * convolution takes images as [B, channels, height, width], so ours are turned once, outside the clock.
 */
import { jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import type { DqnBatch } from './data.ts'

type Arr = np.Array
/** `{ v, g, b }` or `{ w, b }` of each layer; v and w are [in, out], or [out, in, height, width] for convolutions. */
type Params = Record<string, Arr>[]

/** One variable on the host, laid out as ours are. */
interface HostVariable {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array
}
type HostLayers = readonly (readonly HostVariable[])[]

export interface JaxDqnOptions {
  /** [n], or [height, width, channels]. */
  readonly inputShape: readonly number[]
  readonly actions: number
  readonly batchSize: number
  readonly layers: HostLayers
  /** Of the target network: plain weights. */
  readonly targetLayers: HostLayers
  readonly gamma: number
  readonly learningRate: number
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8] as const

/** What goes into an update besides what learns. */
type StepInputs = {
  target: Params
  obs: Arr
  actions: Arr
  rewards: Arr
  nextObs: Arr
  terminated: Arr
  stepSize: Arr
  momentCorrection: Arr
}

/** What an update replaces. */
type Learner = { params: Params; m: Params; v: Params }

/** @returns `update`, which makes one gradient step and returns its loss */
export function jaxDqn(options: JaxDqnOptions) {
  const { inputShape, batchSize, learningRate } = options
  const [input, toLayout] = imageLayout(inputShape)
  const step = jit(dqnStep(options))
  const params = paramsFrom(options.layers, inputShape)
  const target = paramsFrom(options.targetLayers, inputShape)
  let learner: Learner = { params, m: zerosLike(params), v: zerosLike(params) }
  let t = 0

  const update = (batch: DqnBatch): number => {
    t++
    const { loss, meanQ, gradNorm, acting, ...next } = step(learner, {
      target: tree.ref(target),
      obs: np.array(toLayout(batch.obs)).reshape([batchSize, ...input]),
      actions: np.array(batch.actions),
      rewards: np.array(batch.rewards),
      nextObs: np.array(toLayout(batch.nextObs)).reshape([batchSize, ...input]),
      terminated: np.array(batch.terminated),
      stepSize: scalar(learningRate / (1 - BETA1 ** t)),
      momentCorrection: scalar(1 / (1 - BETA2 ** t)),
    })
    learner = next
    tree.dispose(acting)
    meanQ.dataSync()
    gradNorm.dataSync()
    return loss.item()
  }
  const dispose = () => {
    tree.dispose(target)
    tree.dispose(learner)
    step.dispose()
  }
  return { update, dispose }
}

function dqnStep({ gamma, actions: numActions }: JaxDqnOptions) {
  return ({ params, m, v }: Learner, inputs: StepInputs) => {
    const { stepSize, momentCorrection } = inputs
    const nextV = np.max(apply(inputs.target, inputs.nextObs), 1) // [B]
    const discount = inputs.terminated.mul(-gamma).add(gamma) // γ (1 − terminated)
    const targets = inputs.rewards.add(discount.mul(nextV))
    const chosen = nn.oneHot(inputs.actions, numActions) // [B, A]
    const [[loss, meanQ], gradients] = valueAndGrad(tdLoss, { hasAux: true })(
      tree.ref(params),
      inputs.obs,
      chosen,
      targets,
    )
    const gradNorm = globalNorm(tree.ref(gradients))
    const newM = zip(m, tree.ref(gradients), (old, g) => decay(old, BETA1, g))
    const newV = zip(v, gradients, (old, g) => decay(old, BETA2, np.square(g)))
    const steps = zip(tree.ref(newM), tree.ref(newV), (first, second) => {
      const root = np.sqrt(second.mul(momentCorrection.ref)).add(EPSILON)
      return first.div(root).mul(stepSize.ref)
    })
    const updated = zip(params, steps, (p, change) => p.sub(change))
    tree.dispose([stepSize, momentCorrection])
    const acting = fold(tree.ref(updated))
    return { params: updated, m: newM, v: newV, loss, meanQ, gradNorm, acting }
  }
}

/** @returns the mean squared error, and as auxiliary output the mean of the chosen Q(s, a) */
function tdLoss(params: Params, obs: Arr, chosen: Arr, targets: Arr): [Arr, Arr] {
  const chosenQ = np.sum(apply(fold(params), obs).mul(chosen), 1) // [B]
  return [np.mean(np.square(chosenQ.ref.sub(targets))), np.mean(chosenQ)]
}

/** ReLU layers, the last one without; an image meets convolutions first and is flattened after them. */
function apply(layers: Params, x: Arr): Arr {
  return layers.reduce((h, layer, i) => {
    const y = affine(h, layer['w']!, layer['b']!)
    return i < layers.length - 1 ? nn.relu(y) : y
  }, x)
}

function affine(x: Arr, w: Arr, b: Arr): Arr {
  if (w.ndim === 4) return lax.conv(x, w, [1, 1], 'VALID').add(b.reshape([1, -1, 1, 1]))
  const rows = x.ndim === 2 ? x : x.reshape([x.shape[0]!, -1])
  return np.matmul(rows, w).add(b)
}

/** Plain weights: w = g v / ‖v‖. */
function fold(layers: Params): Params {
  return layers.map(({ v, g, w, b }) => {
    if (!v || !g) return { w: w!, b: b! }
    const isConvolution = v.ndim === 4
    const norm = np.sqrt(np.sum(np.square(v.ref), isConvolution ? [1, 2, 3] : 0)) // [out]
    const scale = g.div(norm)
    return { w: v.mul(isConvolution ? scale.reshape([-1, 1, 1, 1]) : scale), b: b! }
  })
}

function globalNorm(gradients: Params): Arr {
  const squares = tree.leaves<Arr>(gradients).map((gradient) => np.sum(np.square(gradient)))
  return np.sqrt(squares.reduce((sum, square) => sum.add(square)))
}

/** rate · old + (1 − rate) · value */
function decay(old: Arr, rate: number, value: Arr): Arr {
  return old.mul(rate).add(value.mul(1 - rate))
}

function zip(left: Params, right: Params, fn: (a: Arr, b: Arr) => Arr): Params {
  return left.map((layer, i) =>
    Object.fromEntries(Object.entries(layer).map(([name, a]) => [name, fn(a, right[i]![name]!)])),
  )
}

function zerosLike(params: Params): Params {
  return params.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, a]) => [name, np.zeros(a.shape)])),
  )
}

function scalar(value: number): Arr {
  return np.array(Float32Array.of(value)).reshape([])
}

/** The shape of an input for jax-js, and a batch of inputs in that layout, remembered. */
function imageLayout(
  inputShape: readonly number[],
): [number[], (values: Float32Array) => Float32Array] {
  const [height, width, channels] = inputShape
  if (height === undefined || width === undefined || channels === undefined)
    return [[...inputShape], (values) => values]
  const turned = new Map<Float32Array, Float32Array>()
  const toLayout = (values: Float32Array) => {
    const known = turned.get(values) ?? channelsFirst(values, height * width, channels)
    turned.set(values, known)
    return known
  }
  return [[channels, height, width], toLayout]
}

/** [..., pixels, channels] → [..., channels, pixels] */
function channelsFirst(values: Float32Array, pixels: number, channels: number): Float32Array {
  const image = pixels * channels
  return values.map((_, i) => {
    const [channel, pixel] = [Math.floor((i % image) / pixels), i % pixels]
    return values[i - (i % image) + pixel * channels + channel]!
  })
}

/** Our variables in the layout of jax-js. */
function paramsFrom(layers: HostLayers, inputShape: readonly number[]): Params {
  let [height = 1, width = 1] = inputShape.length === 3 ? inputShape : []
  let afterConvolution = 0 // channels that the next layer finds
  return layers.map((variables) => {
    const weights = variables.find(({ shape }) => shape.length > 1)!
    const filters = weights.shape.at(-1)!
    const pixels = height * width
    const entries = variables.map(({ name, shape, values }) => {
      if (shape.length === 4) return [name, convolutionWeights(shape, values)] as const
      const isFirstDense = shape.length === 2 && afterConvolution > 0
      const data = isFirstDense ? rowsChannelsFirst(values, pixels, afterConvolution) : values
      return [name, np.array(data.slice()).reshape([...shape])] as const
    })
    const isConvolution = weights.shape.length === 4
    if (isConvolution)
      [height, width] = [height, width].map((n) => n - weights.shape[0]! + 1) as [number, number]
    afterConvolution = isConvolution ? filters : 0
    return Object.fromEntries(entries)
  })
}

/** [height, width, in, out] → [out, in, height, width] */
function convolutionWeights(shape: readonly number[], values: Float32Array): Arr {
  return np.transpose(np.array(values.slice()).reshape([...shape]), [3, 2, 0, 1])
}

/** Rows of a dense layer that stood in the order of [pixels, channels], for inputs in [channels, pixels]. */
function rowsChannelsFirst(values: Float32Array, pixels: number, channels: number): Float32Array {
  const units = values.length / (pixels * channels)
  return values.map((_, i) => {
    const [row, unit] = [Math.floor(i / units), i % units]
    const [channel, pixel] = [Math.floor(row / pixels), row % pixels]
    return values[(pixel * channels + channel) * units + unit]!
  })
}
