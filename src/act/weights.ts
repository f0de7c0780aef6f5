/**
 * The weights of a model file, folded as nn/ folds them for acting, on the host: every step is one rounding to float32
 * per number, sums over k ascending, so that the bits are those of the kernels.
 *
 * Which layers form w and which are scaled afterwards follows nn/weights.ts, what normalizations add nn/normalizers.ts.
 */
import type { HostTensors } from '../storage/safetensors.ts'
import { BATCH_EPSILON, LARGE_LAYER, type Normalization } from '../nn/layer-spec.ts'

const { fround, sqrt } = Math

/** What a layer computes between its input and its activation: x · w, times `scale`, standardized by `gamma`, plus b. */
export interface FoldedWeights {
  readonly w: Float32Array
  /** [out] that x · w is multiplied with. */
  readonly scale?: Float32Array
  /** [out] of a layer normalization. */
  readonly gamma?: Float32Array
  /** [out]; what a layer normalization adds, where there is one. */
  readonly b: Float32Array
}

/** Tensors of a model, each handed out once and checked. */
export class WeightReader {
  readonly #tensors: HostTensors
  readonly #source: string
  readonly #read = new Set<string>()

  /** @param source names the file in errors */
  constructor(tensors: HostTensors, source: string) {
    this.#tensors = tensors
    this.#source = source
  }

  /** @throws Error if there is no such tensor, or it has another shape */
  take(name: string, shape: readonly number[]): Float32Array {
    const tensor = Object.hasOwn(this.#tensors, name) ? this.#tensors[name] : undefined
    if (!tensor) throw new Error(`${this.#source} lacks tensor "${name}"`)
    if (String(tensor.shape) !== String(shape)) {
      throw new Error(
        `${this.#source}: tensor "${name}" has shape [${tensor.shape.join(', ')}], the network's has [${shape.join(', ')}]`,
      )
    }
    this.#read.add(name)
    return tensor.data
  }

  /** @throws Error if there are tensors that nobody took */
  requireAllTaken(): void {
    const unknown = Object.keys(this.#tensors).find((name) => !this.#read.has(name))
    if (unknown !== undefined)
      throw new Error(`${this.#source} has a tensor "${unknown}" that this network has not`)
  }
}

/**
 * The folded weights of one layer.
 *
 * @param prefix of the names of its tensors: `policy/0/`
 * @param shape of its weights, [..., out]
 */
export function foldedWeights(
  reader: WeightReader,
  prefix: string,
  shape: readonly number[],
  normalization: Normalization,
): FoldedWeights {
  const take = (name: string) => reader.take(prefix + name, shape.slice(-1))
  const w = () => reader.take(`${prefix}w`, shape)
  switch (normalization) {
    case 'none':
      return { w: w(), b: take('b') }
    case 'weight':
      return { ...weightNormalized(reader, prefix, shape), b: take('b') }
    case 'mean-only-batch': {
      const mean = take('runningMean')
      return {
        ...weightNormalized(reader, prefix, shape),
        b: take('b').map((b, unit) => b - mean[unit]!),
      }
    }
    case 'batch':
      return batchNormalized(w(), take)
    case 'layer':
      return { w: w(), gamma: take('gamma'), b: take('beta') }
  }
}

/** g v / ‖v‖ or, of a large dense layer, v and g / ‖v‖. */
function weightNormalized(
  reader: WeightReader,
  prefix: string,
  shape: readonly number[],
): Pick<FoldedWeights, 'w' | 'scale'> {
  const v = reader.take(`${prefix}v`, shape)
  const g = reader.take(`${prefix}g`, shape.slice(-1))
  const scale = columnNorms(v, g.length).map((norm, unit) => g[unit]! / norm)
  const isDense = shape.length === 2
  return isDense && v.length >= LARGE_LAYER ? { w: v, scale } : { w: scaled(v, scale) }
}

/** With scale = γ/√(σ² + ε): w · scale, and β − μ · scale. */
function batchNormalized(w: Float32Array, take: (name: string) => Float32Array): FoldedWeights {
  const [gamma, beta, mean] = [take('gamma'), take('beta'), take('runningMean')]
  const epsilon = fround(BATCH_EPSILON)
  const scale = take('runningVariance').map(
    (variance, unit) => gamma[unit]! / fround(sqrt(fround(variance + epsilon))),
  )
  return { w: scaled(w, scale), b: beta.map((b, unit) => b - fround(mean[unit]! * scale[unit]!)) }
}

/** ‖v‖ per unit. @param v [..., units] */
function columnNorms(v: Float32Array, units: number): Float32Array {
  const squares = new Float32Array(units)
  for (let at = 0; at < v.length; at += units)
    for (let unit = 0; unit < units; unit++) squares[unit]! += fround(v[at + unit]! * v[at + unit]!)
  return squares.map(sqrt)
}

/** w times a number per unit. */
function scaled(w: Float32Array, scale: Float32Array): Float32Array {
  const result = new Float32Array(w.length)
  for (let at = 0; at < w.length; at += scale.length)
    for (let unit = 0; unit < scale.length; unit++) result[at + unit] = w[at + unit]! * scale[unit]!
  return result
}
