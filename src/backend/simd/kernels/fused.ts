/** The fused kernels of fused.ts: weight normalization, sums of squares, optimizer steps. */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { FUSED } from '../../fused.ts'
import type { SimdBackend } from '../backend.ts'
import { float } from '../instruction.ts'
import { kernel, type KernelCall, read, sizeOf, write } from '../register.ts'

/** Rows and columns of v [..., out] as one matrix. */
function matrixOf({ shape }: TensorInfo): [rows: number, cols: number] {
  const cols = shape.at(-1)!
  return [sizeOf(shape) / cols, cols]
}

kernel(FUSED.weightNorm, ({ backend, inputs }) => {
  const { v, g } = inputs as Record<'v' | 'g', TensorInfo>
  const [rows, cols] = matrixOf(v)
  const w = backend.output(v.shape, 'float32')
  const norm = backend.output([cols], 'float32')
  const scale = backend.output([cols], 'float32')
  const written = [w, norm, scale].map((tensor) => write(backend, tensor))
  backend.emit('OP_WEIGHT_NORM_FOLD', read(backend, v), read(backend, g), ...written, rows, cols)
  return [w, norm, scale]
})

kernel(FUSED.weightNormScale, ({ backend, inputs }) => {
  const { v, g } = inputs as Record<'v' | 'g', TensorInfo>
  const [rows, cols] = matrixOf(v)
  const norm = backend.output([cols], 'float32')
  const scale = backend.output([cols], 'float32')
  const written = [norm, scale].map((tensor) => write(backend, tensor))
  backend.emit('OP_WEIGHT_NORM_SCALE', read(backend, v), read(backend, g), ...written, rows, cols)
  return [norm, scale]
})

kernel(FUSED.weightNormGradient, ({ backend, inputs }) => {
  const { dw, v, norm, scale } = inputs as Record<'dw' | 'v' | 'norm' | 'scale', TensorInfo>
  const [rows, cols] = matrixOf(v)
  const dv = backend.output(v.shape, 'float32')
  const dg = backend.output([cols], 'float32')
  const readable = [dw, v, norm, scale].map((tensor) => read(backend, tensor))
  const room = backend.scratch(4 * cols)
  backend.emit(
    'OP_WEIGHT_NORM_GRADIENT',
    ...readable,
    write(backend, dg),
    write(backend, dv),
    rows,
    cols,
    room,
  )
  return [dv, dg]
})

kernel(FUSED.sumOfSquares, ({ backend, inputs }) => {
  const x = inputs['x']!
  const y = backend.output([], 'float32')
  backend.emit(
    'OP_SUM_OF_SQUARES',
    read(backend, x),
    write(backend, y),
    sizeOf(x.shape),
    backend.scratch(8),
  )
  return y
})

/** How a rule's kernel is called: its operation, and what its record says besides the tensors. */
const RULES = {
  adam: { operation: 'OP_ADAM', slots: ['m', 'v'] },
  adamax: { operation: 'OP_ADAMAX', slots: ['m', 'u'] },
  rmsprop: { operation: 'OP_RMSPROP', slots: ['ms', 'mg'] },
  sgd: { operation: 'OP_SGD', slots: ['velocity'] },
} as const

/**
 * One step of an optimizer on one parameter: new values of the parameter and of its slots. They are copies that the
 * kernel then changes in place; a plan drops the copies where nobody needs the old values.
 */
kernel(FUSED.optimizerStep, (call) => {
  const { backend, inputs, attrs } = call
  const { parameter, gradient } = inputs as Record<'parameter' | 'gradient', TensorInfo>
  const { operation, slots } = RULES[attrs['rule'] as keyof typeof RULES]
  const flags = attrs['flags'] as number | undefined
  const n = sizeOf(parameter.shape)
  const present = slots.filter((slot) => inputs[slot])
  const next = copyOf(backend, parameter)
  const nextSlots = present.map((slot) => copyOf(backend, inputs[slot]!))
  const changed = slots.map((_, i) => write(backend, nextSlots[i] ?? nextSlots[0] ?? next))
  const settings = optimizerSettings(call)
  backend.emit(
    operation,
    write(backend, next),
    read(backend, gradient),
    ...changed,
    n,
    read(backend, settings),
    ...(flags === undefined ? [] : [flags]),
  )
  backend.disposeIntermediateTensorInfo(settings)
  return [next, ...nextSlots]
})

function copyOf(backend: SimdBackend, tensor: TensorInfo): TensorInfo {
  const copy = backend.output(tensor.shape, 'float32')
  backend.emit('OP_COPY', write(backend, copy), read(backend, tensor), 4 * sizeOf(tensor.shape))
  return copy
}

/** The block of numbers that optimizer.ts reads: constants, and the scalars of this step. */
function optimizerSettings({ backend, inputs, attrs }: KernelCall): TensorInfo {
  const { stepSize, momentCorrection, quench, factor } = inputs as Record<
    'stepSize' | 'momentCorrection' | 'quench' | 'factor',
    TensorInfo
  >
  const { decay1, decay2, epsilon } = attrs as Record<'decay1' | 'decay2' | 'epsilon', number>
  const settings = backend.output([backend.code('OPTIMIZER_SETTINGS_BYTES') / 4], 'float32')
  const constants = [decay1, 1 - decay1, decay2, 1 - decay2].map(float)
  const scalars = [read(backend, stepSize), read(backend, momentCorrection)] as const
  const rest = [float(epsilon), read(backend, quench), read(backend, factor)] as const
  const operands = [...constants, ...scalars, ...rest]
  backend.emit('OP_OPTIMIZER_SETTINGS', write(backend, settings), ...operands)
  return settings
}
