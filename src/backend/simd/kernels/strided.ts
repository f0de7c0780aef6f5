/** Kernels that copy numbers from one walk through memory to another: slices, transpositions, tiles, padding, … */
import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { float } from '../instruction.ts'
import { isFloat, kernel, read, sizeOf, write } from '../register.ts'

/** Axes that a record has room for, after neighbours that lie alike have been joined. */
const MAX_AXES = 6
/** Sources of one concatenation; more are concatenated in groups. */
const MAX_PIECES = 9

/** An axis of a copy: its size, and how many numbers apart its entries are in the source and in the target. */
interface Axis {
  readonly size: number
  readonly from: number
  readonly to: number
}

/**
 * A dense tensor copied from a tensor's numbers.
 *
 * @param sizes of the axes to walk along, whose product is the shape's
 * @param strides of those axes in x, in numbers; 0 repeats, below 0 goes back
 * @param offset of the first number in x
 * @returns undefined where the walk is too complicated
 */
export function strided(
  backend: SimdBackend,
  x: TensorInfo,
  shape: readonly number[],
  { sizes, strides, offset = 0 }: Readonly<{ sizes: number[]; strides: number[]; offset?: number }>,
): TensorInfo | undefined {
  const to = denseStrides(sizes)
  const table = tableOf(sizes.map((size, i) => ({ size, from: strides[i]!, to: to[i]! })))
  if (!table) return undefined
  const y = backend.output(shape, 'float32')
  const from = { kind: 'read', data: backend.dataOf(x.dataId), offset: 4 * offset } as const
  backend.emit('OP_STRIDED_COPY', from, write(backend, y), ...table)
  return y
}

/** The tensor with axes of size 1 repeated so that it has that shape. */
export function broadcastTo(
  backend: SimdBackend,
  x: TensorInfo,
  shape: readonly number[],
): TensorInfo | undefined {
  const missing = shape.length - x.shape.length
  const own = denseStrides(x.shape)
  const strides = shape.map((_, i) =>
    i < missing || x.shape[i - missing] === 1 ? 0 : own[i - missing]!,
  )
  return strided(backend, x, shape, { sizes: [...shape], strides })
}

/** The tensor with axis perm[i] as its axis i. */
export function permuted(
  backend: SimdBackend,
  x: TensorInfo,
  perm: readonly number[],
): TensorInfo | undefined {
  const own = denseStrides(x.shape)
  const sizes = perm.map((axis) => x.shape[axis]!)
  return strided(backend, x, sizes, { sizes, strides: perm.map((axis) => own[axis]!) })
}

kernel('Transpose', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  if (!isFloat(x)) return undefined
  const perm = attrs['perm'] as number[]
  if (x.shape.length !== 2 || perm[0] !== 1) return permuted(backend, x, perm)
  const [rows, cols] = x.shape as [number, number]
  const y = backend.output([cols, rows], 'float32')
  backend.emit('OP_TRANSPOSE', read(backend, x), write(backend, y), rows, cols)
  return y
})

kernel('Slice', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  if (!isFloat(x)) return undefined
  const { begin, size } = attrs as Record<'begin' | 'size', number[]>
  const [from, sizes] = slice_util.parseSliceParams(x, begin, size) as [number[], number[]]
  slice_util.assertParamsValid(x, from, sizes)
  return slice(backend, x, from, sizes)
})

kernel('StridedSlice', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  const { begin, end, strides } = attrs as Record<'begin' | 'end' | 'strides', number[]>
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map(
    (name) => attrs[name] as number,
  ) as [number, number, number, number, number]
  const info = slice_util.sliceInfo(x.shape, begin, end, strides, ...masks)
  const sizes = slice_util.computeOutShape(info.begin, info.end, info.strides)
  // An alias is left to the cpu backend.
  if (!isFloat(x) || info.isIdentity || sizeOf(sizes) !== sizeOf(info.finalShape)) return undefined
  const own = denseStrides(x.shape)
  return strided(backend, x, info.finalShape, {
    sizes,
    strides: own.map((stride, i) => stride * info.strides[i]!),
    offset: dot(info.begin, own),
  })
})

kernel('Unpack', ({ backend, inputs, attrs }) => {
  const x = inputs['value']!
  if (!isFloat(x)) return undefined
  const axis = util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!
  const shape = x.shape.filter((_, i) => i !== axis)
  return parts(backend, x, axis, new Array<number>(x.shape[axis]!).fill(1), () => shape)
})

kernel('SplitV', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  if (!isFloat(x)) return undefined
  const axis = util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!
  const sizes = backend_util.prepareSplitSize(
    x,
    attrs['numOrSizeSplits'] as number | number[],
    axis,
  )
  return parts(backend, x, axis, sizes, (size) => x.shape.with(axis, size))
})

kernel('Tile', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  if (!isFloat(x)) return undefined
  const reps = attrs['reps'] as number[]
  const own = denseStrides(x.shape)
  return strided(
    backend,
    x,
    x.shape.map((size, i) => size * reps[i]!),
    {
      sizes: x.shape.flatMap((size, i) => [reps[i]!, size]),
      strides: own.flatMap((stride) => [0, stride]),
    },
  )
})

kernel('Reverse', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  if (!isFloat(x) || x.shape.length === 0) return undefined
  const axes = util.parseAxisParam(attrs['dims'] as number | number[], x.shape)
  const own = denseStrides(x.shape)
  return strided(backend, x, x.shape, {
    sizes: x.shape,
    strides: own.map((stride, i) => (axes.includes(i) ? -stride : stride)),
    offset: axes.reduce((sum, i) => sum + (x.shape[i]! - 1) * own[i]!, 0),
  })
})

kernel('PadV2', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  const paddings = attrs['paddings'] as [number, number][]
  const value = attrs['constantValue'] as number
  if (!isFloat(x) || paddings.flat().some((n) => n < 0)) return undefined
  const shape = x.shape.map((size, i) => paddings[i]![0] + size + paddings[i]![1])
  const [from, to] = [denseStrides(x.shape), denseStrides(shape)]
  const table = tableOf(x.shape.map((size, i) => ({ size, from: from[i]!, to: to[i]! })))
  if (!table) return undefined
  const y = backend.output(shape, 'float32')
  const block =
    4 *
    dot(
      paddings.map(([before]) => before),
      to,
    )
  const n = sizeOf(shape)
  const bits = float(value === 0 ? 0 : value) // the cpu backend has no padding of -0
  backend.emit('OP_PAD', read(backend, x), write(backend, y), ...table, n, bits, block)
  return y
})

kernel('Concat', ({ backend, inputs, attrs }) => {
  const tensors = Object.values(inputs) as TensorInfo[]
  const axis = util.parseAxisParam(attrs['axis'] as number, tensors[0]!.shape)[0]!
  const shapes = tensors.map(({ shape }) => shape)
  backend_util.assertParamsConsistent(shapes, axis)
  const filled = tensors.filter(({ shape }) => sizeOf(shape) > 0)
  if (filled.length < 2 || !isFloat(...tensors)) return undefined
  const shape = backend_util.computeOutShape(shapes, axis)
  const outer = sizeOf(shape.slice(0, axis))
  return concatenation(backend, filled, outer, shape)
})

kernel('Pack', ({ backend, inputs, attrs }) => {
  const tensors = Object.values(inputs) as TensorInfo[]
  const { shape } = tensors[0]!
  const isAlike = tensors.every((tensor) => util.arraysEqual(tensor.shape, shape))
  if (tensors.length < 2 || !isAlike || !isFloat(...tensors) || sizeOf(shape) === 0)
    return undefined
  const given = attrs['axis'] as number
  const axis = given < 0 ? given + shape.length + 1 : given
  const packed = [...shape.slice(0, axis), tensors.length, ...shape.slice(axis)]
  return concatenation(backend, tensors, sizeOf(shape.slice(0, axis)), packed)
})

/** Tensors side by side, as rows of so many numbers as belong to one of the `outer` entries. */
function concatenation(
  backend: SimdBackend,
  tensors: readonly TensorInfo[],
  outer: number,
  shape: readonly number[],
): TensorInfo {
  if (tensors.length > MAX_PIECES) {
    const groups: TensorInfo[] = []
    for (let at = 0; at < tensors.length; at += MAX_PIECES) {
      const group = tensors.slice(at, at + MAX_PIECES)
      const size = group.reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0)
      groups.push(concatenation(backend, group, outer, [size]))
    }
    const y = concatenation(backend, groups, outer, shape)
    for (const group of groups) backend.disposeIntermediateTensorInfo(group)
    return y
  }
  const y = backend.output(shape, 'float32')
  const rowBytes = (tensor: TensorInfo) => (4 * sizeOf(tensor.shape)) / outer
  const pieces = tensors.flatMap((tensor) => [read(backend, tensor), rowBytes(tensor)])
  backend.emit('OP_CONCAT', write(backend, y), outer, rowBytes(y), tensors.length, ...pieces)
  return y
}

function slice(
  backend: SimdBackend,
  x: TensorInfo,
  begin: readonly number[],
  sizes: readonly number[],
  shape = sizes,
): TensorInfo | undefined {
  const strides = denseStrides(x.shape)
  return strided(backend, x, shape, { sizes: [...sizes], strides, offset: dot(begin, strides) })
}

/** Slices along an axis, one after another. */
function parts(
  backend: SimdBackend,
  x: TensorInfo,
  axis: number,
  lengths: readonly number[],
  shapeOf: (length: number) => readonly number[],
): TensorInfo[] | undefined {
  const begin = x.shape.map(() => 0)
  const slices: TensorInfo[] = []
  for (const length of lengths) {
    const part = slice(backend, x, begin, x.shape.with(axis, length), shapeOf(length))
    if (!part) return undefined
    slices.push(part)
    begin[axis]! += length
  }
  return slices
}

/** What strided.ts in the kernels' module reads: sizes, strides of the source, strides of the target, in bytes. */
function tableOf(axes: readonly Axis[]): number[] | undefined {
  const joined: Axis[] = []
  for (const axis of axes) {
    const { size, from, to } = axis
    const last = joined.at(-1)
    if (last && last.from === from * size && last.to === to * size)
      joined[joined.length - 1] = { ...axis, size: last.size * size }
    else if (size !== 1) joined.push(axis)
  }
  if (joined.length > MAX_AXES) return undefined
  const none = { size: 1, from: 0, to: 0 }
  const all = [...new Array<Axis>(MAX_AXES - joined.length).fill(none), ...joined]
  return [
    ...all.map(({ size }) => size),
    ...all.map(({ from }) => 4 * from),
    ...all.map(({ to }) => 4 * to),
  ]
}

/** How many numbers apart the entries of each axis are. */
function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, i) => sizeOf(shape.slice(i + 1)))
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
