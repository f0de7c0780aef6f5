/** Kernels that move numbers: one-hot, transposition, rows by index. */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { kernel, read, sizeOf, write } from '../register.ts'

kernel('OneHot', ({ backend, inputs, attrs }) => {
  const indices = inputs['indices']!
  const { depth, onValue, offValue } = attrs as Record<'depth' | 'onValue' | 'offValue', number>
  const isPlain = onValue === 1 && offValue === 0 && (attrs['dtype'] ?? 'int32') === 'int32'
  if (indices.dtype !== 'int32' || !isPlain) return undefined
  const y = backend.output([...indices.shape, depth], 'int32')
  backend.emit(
    'OP_ONE_HOT',
    read(backend, indices),
    write(backend, y),
    sizeOf(indices.shape),
    depth,
  )
  return y
})

kernel('Transpose', ({ backend, inputs, attrs }) => {
  const x = inputs['x']!
  const perm = attrs['perm'] as number[]
  if (x.dtype !== 'float32' || x.shape.length !== 2 || perm[0] !== 1) return undefined
  const [rows, cols] = x.shape as [number, number]
  const y = backend.output([cols, rows], 'float32')
  backend.emit('OP_TRANSPOSE', read(backend, x), write(backend, y), rows, cols)
  return y
})

kernel('GatherV2', ({ backend, inputs, attrs }) => {
  const { x, indices } = inputs as Record<'x' | 'indices', TensorInfo>
  const { axis, batchDims } = attrs as Record<'axis' | 'batchDims', number>
  if (x.dtype !== 'float32' || indices.dtype !== 'int32' || axis !== 0 || batchDims !== 0)
    return undefined
  const [rows, ...rowShape] = x.shape as [number, ...number[]]
  const values = backend.dataOf(indices.dataId).values as ArrayLike<number>
  // tfjs refuses indices out of range by an error, which a kernel in memory cannot throw.
  if (backend.recorder || Array.from(values).some((index) => index < 0 || index >= rows))
    return undefined
  const y = backend.output([...indices.shape, ...rowShape], 'float32')
  backend.emit(
    'OP_GATHER_ROWS',
    read(backend, x),
    read(backend, indices),
    write(backend, y),
    sizeOf(indices.shape),
    rows,
    sizeOf(rowShape),
  )
  return y
})
