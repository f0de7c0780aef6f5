/** Depthwise convolutions, NHWC: forward, with bias and activation, and both gradients. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { isFloat, kernel, type KernelCall, read, sizeOf, write } from '../register.ts'
import { binary, unary } from './elementwise.ts'

type Convolution = backend_util.Conv2DInfo

const add = binary('OP_BINARY', 'BINARY_ADD', 'float32')
const ACTIVATIONS = { relu: unary('UNARY_RELU', []), relu6: unary('UNARY_RELU6', []) } as const

kernel('DepthwiseConv2dNative', forward)

kernel('FusedDepthwiseConv2D', (call) => {
  const { backend, inputs, attrs } = call
  const bias = (inputs as { bias?: TensorInfo }).bias
  const activation = (attrs['activation'] ?? 'linear') as string
  const activate = ACTIVATIONS[activation as keyof typeof ACTIVATIONS] as
    (typeof ACTIVATIONS)['relu'] | undefined
  if ((!activate && activation !== 'linear') || (bias && !isFloat(bias))) return undefined
  const product = forward(call)
  if (!product) return undefined
  const sum = bias
    ? onward(backend, product, add({ backend, inputs: { a: product, b: bias }, attrs: {} }))
    : product
  return activate ? onward(backend, sum, activate({ backend, inputs: { x: sum }, attrs: {} })) : sum
})

kernel('DepthwiseConv2dNativeBackpropInput', ({ backend, inputs, attrs }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>
  const info = geometry(attrs, attrs['inputShape'] as number[], filter.shape)
  if (!info || !isPlain(info, dy) || !isFloat(dy, filter)) return undefined
  const dx = backend.output(info.inShape, 'float32')
  const operands = [read(backend, dy), read(backend, filter), write(backend, dx)] as const
  backend.emit('OP_DEPTHWISE_INPUT_GRADIENT', ...operands, ...shapeOf(info))
  return dx
})

kernel('DepthwiseConv2dNativeBackpropFilter', ({ backend, inputs, attrs }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>
  const info = geometry(attrs, x.shape, attrs['filterShape'] as number[])
  if (!info || !isPlain(info, dy) || !isFloat(x, dy)) return undefined
  const dw = backend.output(info.filterShape, 'float32')
  const operands = [read(backend, x), read(backend, dy), write(backend, dw)] as const
  backend.emit('OP_DEPTHWISE_FILTER_GRADIENT', ...operands, ...shapeOf(info))
  return dw
})

function forward({ backend, inputs, attrs }: KernelCall): TensorInfo | undefined {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>
  const info = geometry(attrs, x.shape, filter.shape)
  if (!info || !isFloat(x, filter)) return undefined
  const y = backend.output(info.outShape, 'float32')
  const operands = [read(backend, x), read(backend, filter), write(backend, y)] as const
  backend.emit('OP_DEPTHWISE', ...operands, ...shapeOf(info))
  return y
}

/** The result of a step that was the only one to need the one before. */
function onward(backend: SimdBackend, before: TensorInfo, after: unknown): TensorInfo {
  backend.disposeIntermediateTensorInfo(before)
  return after as TensorInfo
}

/** Undefined for what is left to the cpu backend: channels first, empty tensors. */
function geometry(
  attrs: KernelCall['attrs'],
  inShape: readonly number[],
  filterShape: readonly number[],
): Convolution | undefined {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as {
    strides: [number, number] | number
    pad: 'valid' | 'same' | number
    dataFormat?: 'NHWC' | 'NCHW'
    dilations?: [number, number] | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  const steps = dilations ?? 1
  if (dataFormat === 'NCHW' || !backend_util.eitherStridesOrDilationsAreOne(strides, steps))
    return undefined
  const info = backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    steps,
    pad,
    dimRoundingMode,
    true,
  )
  return sizeOf(info.outShape) === 0 || sizeOf(inShape) === 0 ? undefined : info
}

/** The cpu backend's gradients know no dilation, nor whether dy fits; what they make of it is left to them. */
function isPlain(
  { dilationHeight, dilationWidth, outShape }: Convolution,
  dy: TensorInfo,
): boolean {
  return dilationHeight === 1 && dilationWidth === 1 && util.arraysEqual(dy.shape, outShape)
}

/** The numbers that depthwise.ts in the kernels' module reads. */
function shapeOf(info: Convolution): number[] {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  return [
    ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels / inChannels],
    ...[filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left],
    ...[info.dilationHeight, info.dilationWidth],
  ]
}
