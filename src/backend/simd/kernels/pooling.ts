/** Pooling, NHWC: maximum, mean, and their gradients. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { isFloat, type Kernel, kernel, type KernelCall, read, write } from '../register.ts'

type Window = backend_util.Conv2DInfo

kernel('MaxPool', pool('OP_MAX_POOL'))
kernel('AvgPool', pool('OP_MEAN_POOL'))

kernel('MaxPoolGrad', (call) => {
  const { backend, inputs } = call
  const { dy, input } = inputs as Record<'dy' | 'input', TensorInfo>
  const shape = gradientShape(call)
  if (!shape) return undefined
  const dx = backend.output(input.shape, 'float32')
  const operands = [read(backend, dy), read(backend, input), write(backend, dx)] as const
  backend.emit('OP_MAX_POOL_GRADIENT', ...operands, ...shape)
  return dx
})

kernel('AvgPoolGrad', (call) => {
  const { backend, inputs } = call
  const { dy, input } = inputs as Record<'dy' | 'input', TensorInfo>
  const shape = gradientShape(call)
  if (!shape) return undefined
  const dx = backend.output(input.shape, 'float32')
  backend.emit('OP_MEAN_POOL_GRADIENT', read(backend, dy), write(backend, dx), ...shape)
  return dx
})

/** Undefined where a rounding of the sizes, which tfjs forgets in the gradient, made dy of another shape. */
function gradientShape({ inputs, attrs }: KernelCall): number[] | undefined {
  const { dy, input } = inputs as Record<'dy' | 'input', TensorInfo>
  if (!isFloat(dy, input)) return undefined
  const info = geometry(attrs, input.shape)
  return util.arraysEqual(dy.shape, info.outShape) ? shapeOf(info) : undefined
}

function pool(operation: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    if (!isFloat(x)) return undefined
    const info = geometry(attrs, x.shape)
    const { filterHeight, filterWidth, inShape, outShape } = info
    // The cpu backend hands out the same data.
    if (filterHeight * filterWidth === 1 && util.arraysEqual(inShape, outShape)) return undefined
    const y = backend.output(outShape, 'float32')
    backend.emit(operation, read(backend, x), write(backend, y), ...shapeOf(info))
    return y
  }
}

function geometry(attrs: KernelCall['attrs'], shape: readonly number[]): Window {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: [number, number] | number
    strides: [number, number] | number
    pad: 'valid' | 'same' | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  const inShape = shape as [number, number, number, number]
  return backend_util.computePool2DInfo(inShape, filterSize, strides, 1, pad, dimRoundingMode)
}

/** The numbers that pooling.ts in the kernels' module reads. */
function shapeOf(info: Window): number[] {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  return [
    ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth],
    ...[filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left],
  ]
}
