/**
 * What observations look like to a network, as data: which numbers are scaled by what, which are one-hot, and where
 * frames lie. nn/observations.ts makes tensor operations of it; `wn-rl/act`, which has no tensors, its own.
 */
import type { Box, DType, Space } from 'gymnasium-js'

/** What all layouts have. */
interface LayoutBase {
  /** Shape of one observation as buffers hold it. */
  readonly shape: readonly number[]
  /** Numbers in one observation, and the bytes that a buffer takes for each. */
  readonly size: number
  readonly bytesPerElement: number
  /** Shape of one network input. */
  readonly inputShape: readonly number[]
}

/** Numbers: x ↦ (x − center) / divisor, entry by entry; then the frames of a stack become channels. */
export interface NumbersLayout extends LayoutBase {
  readonly kind: 'numbers'
  /** [size] */
  readonly centers: readonly number[]
  /** [size] */
  readonly divisors: readonly number[]
  /** [frames, positions, channels] → [positions, frames · channels]; undefined where frames stay where they are. */
  readonly framesLast: readonly [frames: number, positions: number, channels: number] | undefined
}

/** Categories: column i is one of `sizes[i]` numbers from `starts[i]` on, one-hot; the columns side by side. */
export interface CategoriesLayout extends LayoutBase {
  readonly kind: 'categories'
  readonly sizes: readonly number[]
  readonly starts: readonly number[]
}

export type ObservationLayout = NumbersLayout | CategoriesLayout

/**
 * The layout of an observation space.
 *
 * Box: with `scale` true each bounded entry is mapped from [low, high] to [−1, 1] (or, if its low is 0, to [0, 1])
 * and unbounded entries pass as they are; a list of numbers divides each entry by its number. Discrete and
 * MultiDiscrete: one-hot. MultiBinary: 0 and 1.
 *
 * @param frameStack above 1: so many frames lie along the first axis of a Box (`FrameStack`); those of images become
 *   channels, oldest first, which convolutions want last
 * @throws TypeError for Dict, Tuple and other spaces, with the remedy; RangeError for a list of another length
 */
export function observationLayout(
  space: Space,
  scale: boolean | readonly number[],
  frameStack = 1,
): ObservationLayout {
  if (frameStack > 1 && (space.kind !== 'box' || space.shape[0] !== frameStack)) {
    throw new RangeError(
      `frameStack is ${frameStack}, but observations of ${space.toString()} do not start with so many frames; ` +
        'wrap the environment in FrameStack, or leave frameStack out',
    )
  }
  switch (space.kind) {
    case 'box':
      return boxLayout(space, scale, frameStack)
    case 'multi-binary':
      return {
        ...numbers(space.shape, 1),
        centers: filled(space.size, 0),
        divisors: filled(space.size, 1),
      }
    case 'discrete':
      return categories([], [space.n], [space.start])
    case 'multi-discrete':
      return categories([space.nvec.length], space.nvec, filled(space.nvec.length, 0))
    case 'dict':
    case 'tuple':
      throw new TypeError(
        `env: observations of ${space.toString()} cannot be given to a network; ` +
          'flatten them into a Box in the environment or in a wrapper',
      )
  }
}

function boxLayout(
  space: Box<DType>,
  scale: boolean | readonly number[],
  frameStack: number,
): NumbersLayout {
  const layout = {
    ...numbers(space.shape, space.low.BYTES_PER_ELEMENT),
    ...boxScaling(space, scale),
  }
  if (frameStack === 1 || space.shape.length < 3) return layout
  const [frames, height, width, channels = 1] = space.shape as [number, number, number, number?]
  const inputShape = [height, width, frames * channels]
  return { ...layout, inputShape, framesLast: [frames, height * width, channels] }
}

/** Beyond this, scaling to the bounds would leave nothing of the observation. */
const LARGEST_BOUND = 1e6

function boxScaling(
  space: Box<DType>,
  scale: boolean | readonly number[],
): Pick<NumbersLayout, 'centers' | 'divisors'> {
  const lows = Array.from(space.low, Number)
  const highs = Array.from(space.high, Number)
  if (typeof scale !== 'boolean') {
    if (scale.length !== space.size) {
      throw new RangeError(
        `scaleObservations has ${scale.length} numbers, but an observation has ${space.size}; give one for each`,
      )
    }
    return { centers: filled(space.size, 0), divisors: scale }
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

function numbers(shape: readonly number[], bytesPerElement: number) {
  const size = shape.reduce((product, length) => product * length, 1)
  const kind = 'numbers' as const
  return { kind, shape, size, bytesPerElement, inputShape: shape, framesLast: undefined }
}

function categories(
  shape: readonly number[],
  sizes: readonly number[],
  starts: readonly number[],
): CategoriesLayout {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const bytesPerElement = Int32Array.BYTES_PER_ELEMENT
  const size = sizes.length
  return { kind: 'categories', shape, size, bytesPerElement, inputShape: [total], sizes, starts }
}

function filled(length: number, value: number): number[] {
  return new Array<number>(length).fill(value)
}
