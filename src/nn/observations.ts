/**
 * From observations as environments give them to the float tensors that networks take.
 *
 * Buffers keep observations in their own dtype (an integer for a Discrete space, a byte for a pixel); this is the
 * one place that knows what they look like to a network: numbers scaled to their bounds, categories one-hot.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Box, DType, Space } from 'gymnasium-js'
import { oneHot } from './losses.ts'
import type { TensorSpec } from '../backend/index.ts'

export interface ObservationEncoder {
  /** Shape of one observation as buffers hold it. */
  readonly shape: readonly number[]
  /** Numbers in one observation, and the bytes that a buffer takes for each. */
  readonly size: number
  readonly bytesPerElement: number
  /** Shape of one network input. */
  readonly inputShape: readonly number[]
  /** The program input for a batch of raw observations. */
  readonly spec: TensorSpec
  /** @param raw [B, ...shape] @returns float32 [B, ...inputShape] */
  encode(raw: tf.Tensor): tf.Tensor
}

/**
 * The encoder for an observation space.
 *
 * Box: with `scale` true each bounded entry is mapped from [low, high] to [−1, 1] (or, if its low is 0, to [0, 1])
 * and unbounded entries pass as they are; a list of numbers divides each entry by its number. Discrete and
 * MultiDiscrete: one-hot. MultiBinary: 0 and 1.
 *
 * @param frameStack above 1: so many frames lie along the first axis of a Box (`FrameStack`); those of images become
 *   channels, oldest first, which convolutions want last
 * @throws TypeError for Dict, Tuple and other spaces, with the remedy; RangeError for a list of another length
 */
export function observationEncoder(
  space: Space,
  scale: boolean | readonly number[],
  frameStack = 1,
): ObservationEncoder {
  if (frameStack > 1 && (space.kind !== 'box' || space.shape[0] !== frameStack)) {
    throw new RangeError(
      `frameStack is ${frameStack}, but observations of ${space.toString()} do not start with so many frames; ` +
        'wrap the environment in FrameStack, or leave frameStack out',
    )
  }
  switch (space.kind) {
    case 'box': {
      const encoder = boxEncoder(space, scale)
      return frameStack > 1 && space.shape.length >= 3 ? framesLast(encoder) : encoder
    }
    case 'multi-binary':
      return encoder(space.shape, space.shape, 'float32', 1, (raw) => raw)
    case 'discrete':
      return oneHotEncoder([], [space.n], [space.start])
    case 'multi-discrete':
      return oneHotEncoder(
        [space.nvec.length],
        space.nvec,
        space.nvec.map(() => 0),
      )
    case 'dict':
    case 'tuple':
      throw new TypeError(
        `env: observations of ${space.toString()} cannot be given to a network; ` +
          'flatten them into a Box in the environment or in a wrapper',
      )
  }
}

/** [n, height, width, channels?] → [height, width, n · channels]: the frames of a stack as channels. */
function framesLast(inner: ObservationEncoder): ObservationEncoder {
  const [frames, height, width, channels = 1] = inner.inputShape as [
    number,
    number,
    number,
    number?,
  ]
  const inputShape = [height, width, frames * channels]
  return {
    ...inner,
    inputShape,
    encode(raw) {
      const batch = raw.shape[0]
      const x = tf.reshape(inner.encode(raw), [batch, frames, height * width, channels])
      return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, ...inputShape])
    },
  }
}

/** Beyond this, scaling to the bounds would leave nothing of the observation. */
const LARGEST_BOUND = 1e6

/** x ↦ (x − center) / divisor, entry by entry. */
interface Scaling {
  readonly centers: readonly number[]
  readonly divisors: readonly number[]
}

function boxEncoder(space: Box<DType>, scale: boolean | readonly number[]): ObservationEncoder {
  const { shape } = space
  const { centers, divisors } = boxScaling(space, scale)
  return encoder(shape, shape, 'float32', space.low.BYTES_PER_ELEMENT, (raw) => {
    const centered = centers.every((c) => c === 0) ? raw : tf.sub(raw, constant(centers, shape))
    return divisors.every((d) => d === 1) ? centered : tf.div(centered, constant(divisors, shape))
  })
}

function boxScaling(space: Box<DType>, scale: boolean | readonly number[]): Scaling {
  const lows = Array.from(space.low, Number)
  const highs = Array.from(space.high, Number)
  const zeros = lows.map(() => 0)
  if (typeof scale !== 'boolean') {
    if (scale.length !== space.size) {
      throw new RangeError(
        `scaleObservations has ${scale.length} numbers, but an observation has ${space.size}; give one for each`,
      )
    }
    return { centers: zeros, divisors: scale }
  }
  const bounded = lows.map(
    (low, i) => scale && isBound(low) && isBound(highs[i]!) && low < highs[i]!,
  )
  // An interval that starts at 0, such as a pixel's, keeps its 0.
  const centers = lows.map((low, i) => (bounded[i] && low !== 0 ? (low + highs[i]!) / 2 : 0))
  return { centers, divisors: highs.map((high, i) => (bounded[i] ? high - centers[i]! : 1)) }
}

/** Whether a bound says something: many environments write "unbounded" as the largest float32. */
function isBound(value: number): boolean {
  return Math.abs(value) < LARGEST_BOUND
}

/** A scalar where all entries agree, so that images need no constant of their size. */
function constant(values: readonly number[], shape: readonly number[]): tf.Tensor {
  const first = values[0] ?? 0
  return values.every((value) => value === first)
    ? tf.scalar(first)
    : tf.tensor(Float32Array.from(values), [...shape])
}

function oneHotEncoder(
  shape: readonly number[],
  sizes: readonly number[],
  starts: readonly number[],
): ObservationEncoder {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return encoder(shape, [total], 'int32', Int32Array.BYTES_PER_ELEMENT, (raw) => {
    const columns = sizes.map((size, i) => {
      const column = shape.length === 0 ? raw : tf.slice(raw, [0, i], [-1, 1])
      const index = tf.sub(tf.reshape(column, [-1]), tf.scalar(starts[i]!, 'int32'))
      return oneHot(index, size)
    })
    return columns.length === 1 ? columns[0]! : tf.concat(columns, 1)
  })
}

function encoder(
  shape: readonly number[],
  inputShape: readonly number[],
  dtype: 'float32' | 'int32',
  bytesPerElement: number,
  encode: (raw: tf.Tensor) => tf.Tensor,
): ObservationEncoder {
  const size = shape.reduce((product, length) => product * length, 1)
  return {
    shape,
    size,
    bytesPerElement,
    inputShape,
    spec: { shape: [-1, ...shape], dtype },
    encode,
  }
}
