/** Kernels that set numbers, or find rows by an index: one-hot, fill, gather, scatter, sums of segments. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { float } from '../instruction.ts'
import { isFloat, type Kernel, kernel, read, sizeOf, write } from '../register.ts'

/** Axes that an index of gatherNd and scatterNd may have. */
const MAX_INDEX_RANK = 16

kernel('ZerosLike', constant(0))
kernel('OnesLike', constant(1))

kernel('OneHot', ({ backend, inputs, attrs }) => {
  const indices = inputs['indices']!
  const { depth, onValue, offValue } = attrs as Record<'depth' | 'onValue' | 'offValue', number>
  const dtype = attrs['dtype'] ?? 'int32'
  const isWhole = [onValue, offValue].every((value) => (value | 0) === value)
  if (indices.dtype !== 'int32' || (dtype !== 'float32' && (dtype !== 'int32' || !isWhole)))
    return undefined
  const bits = dtype === 'float32' ? float : (value: number) => value
  const y = backend.output([...indices.shape, depth], dtype)
  backend.emit(
    'OP_ONE_HOT',
    read(backend, indices),
    write(backend, y),
    sizeOf(indices.shape),
    depth,
    bits(onValue),
    bits(offValue),
  )
  return y
})

kernel('GatherV2', ({ backend, inputs, attrs }) => {
  const { x, indices } = inputs as Record<'x' | 'indices', TensorInfo>
  if (!isFloat(x) || indices.dtype !== 'int32') return undefined
  const axis = util.parseAxisParam(attrs['axis'] as number, x.shape)[0]!
  const rows = x.shape[axis]!
  if (!numbersOf(backend, indices).every((index) => index >= 0 && index < rows)) return undefined
  const { batchSize, outerSize, sliceSize, outputShape } =
    backend_util.segment_util.collectGatherOpShapeInfo(
      x,
      indices,
      axis,
      (attrs['batchDims'] as number | undefined) ?? 0,
    )
  const y = backend.output(outputShape, 'float32')
  backend.emit(
    'OP_GATHER',
    read(backend, x),
    read(backend, indices),
    write(backend, y),
    batchSize,
    outerSize,
    rows,
    batchSize === 0 ? 0 : sizeOf(indices.shape) / batchSize,
    sliceSize,
  )
  return y
})

kernel('GatherNd', ({ backend, inputs }) => {
  const { params, indices } = inputs as Record<'params' | 'indices', TensorInfo>
  if (!isFloat(params) || indices.dtype !== 'int32') return undefined
  const [shape, count, size, strides] = backend_util.prepareAndValidate(params, indices)
  const rows = sizeOf(params.shape) / size
  if (count === 0 || size === 0 || !arePlaces(backend, indices, strides, rows)) return undefined
  const y = backend.output(shape, 'float32')
  const operands = [read(backend, params), read(backend, indices), write(backend, y)] as const
  backend.emit('OP_GATHER_ND', ...operands, count, strides.length, rows, size, ...strides)
  return y
})

kernel('ScatterNd', ({ backend, inputs, attrs }) => {
  const { indices, updates } = inputs as Record<'indices' | 'updates', TensorInfo>
  if (!isFloat(updates) || indices.dtype !== 'int32') return undefined
  const shape = attrs['shape'] as number[]
  const info = backend_util.calculateShapes(updates, indices, shape)
  const { numUpdates, sliceSize, strides, outputSize } = info
  const rows = outputSize / sliceSize
  if (outputSize === 0 || !arePlaces(backend, indices, strides, rows)) return undefined
  const y = backend.output(shape, 'float32')
  const operands = [read(backend, indices), read(backend, updates), write(backend, y)] as const
  backend.emit(
    'OP_SCATTER_ND',
    ...operands,
    numUpdates,
    strides.length,
    rows,
    sliceSize,
    ...strides,
  )
  return y
})

kernel('UnsortedSegmentSum', ({ backend, inputs, attrs }) => {
  const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', TensorInfo>
  const numSegments = attrs['numSegments'] as number
  const [rows, ...row] = x.shape
  const isPlain = segmentIds.dtype === 'int32' && segmentIds.shape.length === 1
  if (!isFloat(x) || !isPlain || rows === undefined || numSegments === 0) return undefined
  const y = backend.output([numSegments, ...row], 'float32')
  const operands = [read(backend, x), read(backend, segmentIds), write(backend, y)] as const
  backend.emit('OP_SEGMENT_SUM', ...operands, rows, numSegments, sizeOf(row))
  return y
})

function constant(value: number): Kernel {
  return ({ backend, inputs }) => {
    const x = inputs['x']!
    if (!isFloat(x)) return undefined
    const y = backend.output(x.shape, 'float32')
    backend.emit('OP_FILL', write(backend, y), sizeOf(x.shape), float(value))
    return y
  }
}

function numbersOf(backend: SimdBackend, { dataId }: TensorInfo): number[] {
  return Array.from(backend.dataOf(dataId).values as ArrayLike<number>)
}

/**
 * Whether every index leads to a row. tfjs refuses others by an error, and the cpu backend's kernel shall raise it; a
 * program that was recorded traps.
 */
function arePlaces(
  backend: SimdBackend,
  indices: TensorInfo,
  strides: readonly number[],
  rows: number,
): boolean {
  const rank = strides.length
  if (rank === 0 || rank > MAX_INDEX_RANK) return false
  const numbers = numbersOf(backend, indices)
  for (let at = 0; at < numbers.length; at += rank) {
    const flat = strides.reduce((sum, stride, i) => sum + stride * numbers[at + i]!, 0)
    if (flat < 0 || flat >= rows) return false
  }
  return true
}
