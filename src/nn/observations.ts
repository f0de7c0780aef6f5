/**
 * From observations as environments give them to the float tensors that networks take.
 *
 * Buffers keep observations in their own dtype (an integer for a Discrete space, a byte for a pixel); the layout
 * (observation-layout.ts) says what they look like to a network: numbers scaled to their bounds, categories one-hot.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Space } from 'gymnasium-js'
import { oneHot } from './losses.ts'
import {
  type CategoriesLayout,
  type NumbersLayout,
  observationLayout,
  type ObservationLayout,
} from './observation-layout.ts'
import type { TensorSpec } from '../backend/index.ts'

export interface ObservationEncoder extends Pick<
  ObservationLayout,
  'shape' | 'size' | 'bytesPerElement' | 'inputShape'
> {
  /** The program input for a batch of raw observations. */
  readonly spec: TensorSpec
  /** @param raw [B, ...shape] @returns float32 [B, ...inputShape] */
  encode(raw: tf.Tensor): tf.Tensor
}

/**
 * The encoder for an observation space.
 *
 * @param scale, frameStack as `observationLayout` takes them
 * @throws TypeError for Dict, Tuple and other spaces, with the remedy; RangeError for a list of another length
 */
export function observationEncoder(
  space: Space,
  scale: boolean | readonly number[],
  frameStack = 1,
): ObservationEncoder {
  const layout = observationLayout(space, scale, frameStack)
  const { shape, size, bytesPerElement, inputShape } = layout
  const isNumbers = layout.kind === 'numbers'
  return {
    shape,
    size,
    bytesPerElement,
    inputShape,
    spec: { shape: [-1, ...shape], dtype: isNumbers ? 'float32' : 'int32' },
    encode: (raw) => (isNumbers ? encodeNumbers(layout, raw) : encodeCategories(layout, raw)),
  }
}

function encodeNumbers(layout: NumbersLayout, raw: tf.Tensor): tf.Tensor {
  const { shape, centers, divisors, framesLast } = layout
  const centered = centers.every((c) => c === 0) ? raw : tf.sub(raw, constant(centers, shape))
  const scaled = divisors.every((d) => d === 1)
    ? centered
    : tf.div(centered, constant(divisors, shape))
  if (!framesLast) return scaled
  const batch = raw.shape[0]
  const frames = tf.reshape(scaled, [batch, ...framesLast]) // [B, n, positions, channels]
  return tf.reshape(tf.transpose(frames, [0, 2, 1, 3]), [batch, ...layout.inputShape])
}

function encodeCategories({ shape, sizes, starts }: CategoriesLayout, raw: tf.Tensor): tf.Tensor {
  const columns = sizes.map((size, i) => {
    const column = shape.length === 0 ? raw : tf.slice(raw, [0, i], [-1, 1])
    const index = tf.sub(tf.reshape(column, [-1]), tf.scalar(starts[i]!, 'int32'))
    return oneHot(index, size)
  })
  return columns.length === 1 ? columns[0]! : tf.concat(columns, 1)
}

/** A scalar where all entries agree, so that images need no constant of their size. */
function constant(values: readonly number[], shape: readonly number[]): tf.Tensor {
  const first = values[0] ?? 0
  return values.every((value) => value === first)
    ? tf.scalar(first)
    : tf.tensor(Float32Array.from(values), [...shape])
}
