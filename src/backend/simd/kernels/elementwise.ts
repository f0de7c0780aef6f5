/** Elementwise kernels: unary, binary with broadcasting, comparisons, logic, selection, casts. */
import { backend_util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { float } from '../instruction.ts'
import {
  isFloat,
  type Kernel,
  kernel,
  read,
  simdOf,
  sizeOf,
  withRecorder,
  write,
} from '../register.ts'
import { broadcastTo } from './strided.ts'

/** tfjs's name, our operation, and the attributes that are its parameters. */
const UNARY: readonly (readonly [string, string, ...string[]])[] = [
  ['Relu', 'UNARY_RELU'],
  ['Relu6', 'UNARY_RELU6'],
  ['Neg', 'UNARY_NEG'],
  ['Abs', 'UNARY_ABS'],
  ['Sqrt', 'UNARY_SQRT'],
  ['Rsqrt', 'UNARY_RSQRT'],
  ['Square', 'UNARY_SQUARE'],
  ['Reciprocal', 'UNARY_RECIPROCAL'],
  ['Sign', 'UNARY_SIGN'],
  ['Floor', 'UNARY_FLOOR'],
  ['Ceil', 'UNARY_CEIL'],
  ['Round', 'UNARY_ROUND'],
  ['Step', 'UNARY_STEP', 'alpha'],
  ['ClipByValue', 'UNARY_CLIP', 'clipValueMin', 'clipValueMax'],
  ['LeakyRelu', 'UNARY_LEAKY_RELU', 'alpha'],
  ['Exp', 'UNARY_EXP'],
  ['Expm1', 'UNARY_EXPM1'],
  ['Log', 'UNARY_LOG'],
  ['Log1p', 'UNARY_LOG1P'],
  ['Tanh', 'UNARY_TANH'],
  ['Sigmoid', 'UNARY_SIGMOID'],
  ['Elu', 'UNARY_ELU'],
  ['Softplus', 'UNARY_SOFTPLUS'],
  ['Sin', 'UNARY_SIN'],
  ['Cos', 'UNARY_COS'],
  ['Tan', 'UNARY_TAN'],
]

const BINARY = {
  Add: 'BINARY_ADD',
  Sub: 'BINARY_SUB',
  Multiply: 'BINARY_MUL',
  RealDiv: 'BINARY_DIV',
  Maximum: 'BINARY_MAX',
  Minimum: 'BINARY_MIN',
  SquaredDifference: 'BINARY_SQUARED_DIFFERENCE',
  Pow: 'BINARY_POW',
} as const

const COMPARE = {
  Equal: 'COMPARE_EQUAL',
  NotEqual: 'COMPARE_NOT_EQUAL',
  Less: 'COMPARE_LESS',
  LessEqual: 'COMPARE_LESS_EQUAL',
  Greater: 'COMPARE_GREATER',
  GreaterEqual: 'COMPARE_GREATER_EQUAL',
} as const

for (const [name, operation, ...parameters] of UNARY) kernel(name, unary(operation, parameters))
for (const [name, operation] of Object.entries(BINARY))
  kernel(name, binary('OP_BINARY', operation, 'float32'))
for (const [name, operation] of Object.entries(COMPARE))
  kernel(name, binary('OP_COMPARE', operation, 'bool'))
kernel('LogicalAnd', logical('LOGICAL_AND'))
kernel('LogicalOr', logical('LOGICAL_OR'))
kernel('LogicalNot', logical('LOGICAL_NOT'))

kernel('Select', ({ backend, inputs }) => {
  const { condition, t, e } = inputs as Record<'condition' | 't' | 'e', TensorInfo>
  if (!isFloat(t, e) || condition.dtype !== 'bool' || sizeOf(condition.shape) !== sizeOf(t.shape))
    return undefined
  const y = backend.output(t.shape, 'float32')
  backend.emit(
    'OP_SELECT',
    read(backend, condition),
    read(backend, t),
    read(backend, e),
    write(backend, y),
    sizeOf(t.shape),
  )
  return y
})

kernel('Cast', (call) => {
  const { backend, inputs, attrs } = call
  const x = inputs['x']!
  const { dtype } = attrs as { dtype: DataType }
  const operation = CASTS[`${x.dtype} ${dtype}`]
  if (!operation) return undefined
  if (!backend.dataOf(x.dataId).isPlain) return castOnHost({ backend, inputs, attrs: { dtype } })
  const y = backend.output(x.shape, dtype)
  backend.emit(operation, read(backend, x), write(backend, y), sizeOf(x.shape))
  return y
})

/** Operations by the dtypes of operand and result. */
const CASTS: Readonly<Record<string, string>> = {
  'bool float32': 'OP_BOOL_TO_FLOAT',
  'bool int32': 'OP_BOOL_TO_INT',
  'int32 float32': 'OP_INT_TO_FLOAT',
  'float32 int32': 'OP_FLOAT_TO_INT',
  'float32 bool': 'OP_FLOAT_TO_BOOL',
}

/** tfjs's cpu backend hands out the same data under the wider dtype; in memory that would be read wrongly. */
const castOnHost = withRecorder('Cast', ({ backend, inputs, attrs }) => {
  const simd = simdOf(backend)
  const { x } = inputs as { x: TensorInfo }
  const dtype = attrs!['dtype'] as 'float32' | 'int32'
  const values = simd.dataOf(x.dataId).values as ArrayLike<number>
  const numbers = dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)
  return simd.makeTensorInfo(x.shape, dtype, numbers)
})

kernel('AddN', ({ backend, inputs }) => {
  const tensors = Object.values(inputs) as TensorInfo[]
  const [first, ...rest] = tensors
  if (!first || rest.length === 0 || !isFloat(...tensors)) return undefined
  const n = sizeOf(first.shape)
  const codes = [backend.code('BINARY_ADD'), backend.code('MODE_VECTOR_VECTOR')] as const
  return rest.reduce((sum, tensor, i) => {
    const y = backend.output(first.shape, 'float32')
    backend.emit(
      'OP_BINARY',
      ...codes,
      read(backend, sum),
      read(backend, tensor),
      write(backend, y),
      1,
      n,
      0,
      0,
    )
    if (i > 0) backend.disposeIntermediateTensorInfo(sum)
    return y
  }, first)
})

kernel('EluGrad', ({ backend, inputs }) => {
  const { dy, y } = inputs as Record<'dy' | 'y', TensorInfo>
  if (!isFloat(dy, y)) return undefined
  const dx = backend.output(y.shape, 'float32')
  backend.emit(
    'OP_ACTIVATION_GRADIENT',
    backend.code('GRADIENT_ELU'),
    read(backend, dy),
    read(backend, y),
    write(backend, dx),
    sizeOf(y.shape),
  )
  return dx
})

export function unary(operation: string, parameters: readonly string[]): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    if (!isFloat(x)) return undefined
    const y = backend.output(x.shape, 'float32')
    const [p = 0, q = 0] = parameters.map((name) => float(attrs[name] as number))
    backend.emit(
      'OP_UNARY',
      backend.code(operation),
      read(backend, x),
      write(backend, y),
      sizeOf(x.shape),
      p,
      q,
    )
    return y
  }
}

export function binary(instruction: string, operation: string, dtype: 'float32' | 'bool'): Kernel {
  return function run({ backend, inputs }) {
    const { a, b } = inputs as Record<'a' | 'b', TensorInfo>
    if (!isFloat(a, b)) return undefined
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
    const pattern = broadcast(a.shape, b.shape, shape)
    if (!pattern) return repeatedToShape(run, backend, [a, b], shape)
    const y = backend.output(shape, dtype)
    const { mode, rows, cols, aRow, bRow } = pattern
    backend.emit(
      instruction,
      backend.code(operation),
      backend.code(mode),
      read(backend, a),
      read(backend, b),
      write(backend, y),
      rows,
      cols,
      aRow,
      bRow,
    )
    return y
  }
}

/** Any other broadcast: what is smaller than the result is repeated first. */
function repeatedToShape(
  run: Kernel,
  backend: SimdBackend,
  operands: readonly [TensorInfo, TensorInfo],
  shape: readonly number[],
): ReturnType<Kernel> {
  const [a, b] = operands.map((x) =>
    sizeOf(x.shape) === sizeOf(shape) ? x : broadcastTo(backend, x, shape),
  )
  const y = a && b && run({ backend, inputs: { a, b }, attrs: {} })
  for (const x of [a, b]) if (x && !operands.includes(x)) backend.disposeIntermediateTensorInfo(x)
  return y
}

function logical(operation: string): Kernel {
  return ({ backend, inputs }) => {
    const tensors = Object.values(inputs) as TensorInfo[]
    const [a, b = a] = tensors
    const n = sizeOf(a!.shape)
    if (tensors.some(({ dtype, shape }) => dtype !== 'bool' || sizeOf(shape) !== n))
      return undefined
    const y = backend.output(a!.shape, 'bool')
    backend.emit(
      'OP_LOGICAL',
      backend.code(operation),
      read(backend, a!),
      read(backend, b!),
      write(backend, y),
      n,
    )
    return y
  }
}

/** How two operands lie in rows of the result; strides in bytes. */
interface Broadcast {
  readonly mode: 'MODE_VECTOR_VECTOR' | 'MODE_VECTOR_SCALAR' | 'MODE_SCALAR_VECTOR'
  readonly rows: number
  readonly cols: number
  readonly aRow: number
  readonly bRow: number
}

/**
 * The broadcasts that the kernels know: equal shapes, a scalar, one operand repeated along leading axes ([M,N] with
 * [N]), one with a number per row ([M,N] with [M,1]). Undefined for any other.
 */
export function broadcast(
  a: readonly number[],
  b: readonly number[],
  out: readonly number[],
): Broadcast | undefined {
  const total = sizeOf(out)
  const [sizeA, sizeB] = [sizeOf(a), sizeOf(b)]
  if (sizeA === total && sizeB === total)
    return { mode: 'MODE_VECTOR_VECTOR', rows: 1, cols: total, aRow: 0, bRow: 0 }
  if (sizeB === 1) return { mode: 'MODE_VECTOR_SCALAR', rows: 1, cols: total, aRow: 0, bRow: 0 }
  if (sizeA === 1) return { mode: 'MODE_SCALAR_VECTOR', rows: 1, cols: total, aRow: 0, bRow: 0 }
  if (sizeA === total) return repeated(b, out, 'b')
  if (sizeB === total) return repeated(a, out, 'a')
  return undefined
}

/** The operand `small` is repeated; the other one has the result's shape. */
function repeated(
  small: readonly number[],
  out: readonly number[],
  which: 'a' | 'b',
): Broadcast | undefined {
  const total = sizeOf(out)
  const size = sizeOf(small)
  const padded = [...new Array<number>(out.length - small.length).fill(1), ...small]
  const matches = (from: number, to: number) =>
    padded.slice(from, to).every((n, i) => n === out[from + i])
  const firstKept = padded.findIndex((n) => n !== 1)
  if (matches(firstKept, out.length)) {
    const [rows, row] = [total / size, 4 * size]
    return {
      mode: 'MODE_VECTOR_VECTOR',
      rows,
      cols: size,
      aRow: which === 'a' ? 0 : row,
      bRow: which === 'b' ? 0 : row,
    }
  }
  const lastKept = padded.findLastIndex((n) => n !== 1)
  if (!matches(0, lastKept + 1)) return undefined
  const [cols, row] = [total / size, (4 * total) / size]
  return which === 'a'
    ? { mode: 'MODE_SCALAR_VECTOR', rows: size, cols, aRow: 4, bRow: row }
    : { mode: 'MODE_VECTOR_SCALAR', rows: size, cols, aRow: row, bRow: 4 }
}
