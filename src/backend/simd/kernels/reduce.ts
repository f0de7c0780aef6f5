/** Reductions, arg-reductions, softmax. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { isFloat, type Kernel, kernel, read, sizeOf, write } from '../register.ts'
import { permuted } from './strided.ts'

for (const [name, operation] of Object.entries({
  Sum: 'REDUCE_SUM',
  Mean: 'REDUCE_MEAN',
  Prod: 'REDUCE_PROD',
  Max: 'REDUCE_MAX',
  Min: 'REDUCE_MIN',
})) {
  kernel(name, reduction(operation))
}
kernel('ArgMax', argReduction('ARG_MAX'))
kernel('ArgMin', argReduction('ARG_MIN'))
kernel('All', boolReduction('BOOL_ALL'))
kernel('Any', boolReduction('BOOL_ANY'))
kernel('Softmax', softmax('OP_SOFTMAX', 'logits', 'dim'))
kernel('LogSoftmax', softmax('OP_LOG_SOFTMAX', 'logits', 'axis'))

/** Over leading or trailing axes, or all; others become trailing first. */
function reduction(operation: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    // Max alone names its axes otherwise.
    const axes = normalizedAxes(
      (attrs['reductionIndices'] ?? attrs['axis']) as number | number[] | undefined,
      x.shape,
    )
    // What the mean or the maximum of nothing is, the cpu backend knows.
    if (!isFloat(x) || axes.length === 0 || sizeOf(x.shape) === 0) return undefined
    const keepDims = attrs['keepDims'] === true
    const shape = x.shape.flatMap((size, axis) =>
      !axes.includes(axis) ? [size] : keepDims ? [1] : [],
    )
    const reduced = sizeOf(axes.map((axis) => x.shape[axis]!))
    const kept = sizeOf(shape)
    const isTrailing = axes.every((axis, i) => axis === x.shape.length - axes.length + i)
    const isLeading = axes.every((axis, i) => axis === i)
    const ordered = isTrailing || isLeading ? x : withLast(backend, x, axes)
    if (!ordered) return undefined
    const y = backend.output(shape, 'float32')
    const operands = [backend.code(operation), read(backend, ordered), write(backend, y)] as const
    if (isLeading && !isTrailing) backend.emit('OP_REDUCE_OUTER', ...operands, reduced, kept)
    else backend.emit('OP_REDUCE_INNER', ...operands, kept, reduced)
    if (ordered !== x) backend.disposeIntermediateTensorInfo(ordered)
    return y
  }
}

/** All or any of booleans, over leading or trailing axes. */
function boolReduction(operation: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    const axes = normalizedAxes(attrs['axis'] as number | number[] | undefined, x.shape)
    const first = axes[0]
    if (x.dtype !== 'bool' || first === undefined || sizeOf(x.shape) === 0) return undefined
    const isDense = axes.at(-1) === first + axes.length - 1
    const isLast = first + axes.length === x.shape.length
    if (!isDense || (!isLast && first !== 0)) return undefined
    const length = sizeOf(axes.map((axis) => x.shape[axis]!))
    const kept = attrs['keepDims'] === true ? [1] : []
    const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? kept : [size]))
    const y = backend.output(shape, 'bool')
    const count = sizeOf(shape)
    const operands = [backend.code(operation), read(backend, x), write(backend, y)] as const
    const [row, step] = isLast ? [length, 1] : [1, count]
    backend.emit('OP_BOOL_REDUCE', ...operands, count, length, row, step)
    return y
  }
}

/** Over one axis. */
function argReduction(operation: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    const [axis, ...others] = normalizedAxes(attrs['axis'] as number | number[], x.shape)
    if (!isFloat(x) || axis === undefined || others.length > 0) return undefined
    const length = x.shape[axis]!
    const count = sizeOf(x.shape) / length
    const isLast = axis === x.shape.length - 1
    const ordered = isLast || axis === 0 ? x : withLast(backend, x, [axis])
    if (length === 0 || !ordered) return undefined
    const y = backend.output(
      x.shape.filter((_, i) => i !== axis),
      'int32',
    )
    const [row, step] = isLast || ordered !== x ? [4 * length, 4] : [4, 4 * count]
    backend.emit(
      'OP_ARG_REDUCE',
      backend.code(operation),
      read(backend, ordered),
      write(backend, y),
      count,
      length,
      row,
      step,
    )
    if (ordered !== x) backend.disposeIntermediateTensorInfo(ordered)
    return y
  }
}

function softmax(operation: string, input: string, axisAttribute: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x: TensorInfo = inputs[input]!
    const axis = attrs[axisAttribute] as number
    const last = x.shape.length - 1
    if (!isFloat(x) || last < 0 || (axis !== last && axis !== -1)) return undefined
    const inner = x.shape[last]!
    if (inner === 0) return undefined
    const outer = sizeOf(x.shape) / inner
    const y = backend.output(x.shape, 'float32')
    backend.emit(
      operation,
      read(backend, x),
      write(backend, y),
      outer,
      inner,
      backend.scratch(4 * (outer + sizeOf(x.shape))),
    )
    return y
  }
}

/** The tensor with those axes after all others. */
function withLast(
  backend: SimdBackend,
  x: TensorInfo,
  axes: readonly number[],
): TensorInfo | undefined {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  return permuted(backend, x, [...kept, ...axes])
}

/** Ascending, from 0; all of them where none is named. */
function normalizedAxes(
  axis: number | number[] | undefined | null,
  shape: readonly number[],
): number[] {
  if (axis === undefined || axis === null) return shape.map((_, i) => i)
  return util.parseAxisParam(axis, [...shape]).sort((a, b) => a - b)
}
