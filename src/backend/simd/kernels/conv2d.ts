/** Convolutions, NHWC, without dilation: forward and both gradients. */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { isFloat, kernel, type KernelCall, read, sizeOf, write } from '../register.ts'

type Convolution = backend_util.Conv2DInfo

kernel('Conv2D', ({ backend, inputs, attrs }) => {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>
  const info = geometry(attrs, x.shape, filter.shape)
  if (!info || !isFloat(x, filter)) return undefined
  return forward(backend, x, filter, info, undefined, false)
})

kernel('FusedConv2D', ({ backend, inputs, attrs }) => {
  const { x, filter, bias } = inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo }
  const { activation } = attrs
  const info = geometry(attrs, x.shape, filter.shape)
  if (!info || !bias || !isFloat(x, filter, bias) || sizeOf(bias.shape) !== info.outChannels)
    return undefined
  if (activation !== 'linear' && activation !== 'relu') return undefined
  return forward(backend, x, filter, info, bias, activation === 'relu')
})

kernel('Conv2DBackpropInput', ({ backend, inputs, attrs }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>
  const info = geometry(attrs, attrs['inputShape'] as number[], filter.shape)
  if (!info || !isFloat(dy, filter) || !util.arraysEqual(dy.shape, info.outShape)) return undefined
  const dx = backend.output(info.inShape, 'float32')
  const shape = shapeBlock(backend, info)
  const operands = [
    read(backend, dy),
    read(backend, filter),
    write(backend, dx),
    read(backend, shape),
  ] as const
  backend.emit(
    'OP_CONV2D_INPUT_GRADIENT',
    ...operands,
    backend.code('EPILOGUE_NONE'),
    0,
    backend.scratch(scratchBytes(info)),
  )
  backend.disposeIntermediateTensorInfo(shape)
  return dx
})

kernel('Conv2DBackpropFilter', ({ backend, inputs, attrs }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>
  const info = geometry(attrs, x.shape, attrs['filterShape'] as number[])
  if (!info || !isFloat(x, dy) || !util.arraysEqual(dy.shape, info.outShape)) return undefined
  const dw = backend.output(info.filterShape, 'float32')
  const shape = shapeBlock(backend, info)
  backend.emit(
    'OP_CONV2D_FILTER_GRADIENT',
    read(backend, x),
    read(backend, dy),
    write(backend, dw),
    read(backend, shape),
  )
  backend.disposeIntermediateTensorInfo(shape)
  return dw
})

function forward(
  backend: SimdBackend,
  x: TensorInfo,
  filter: TensorInfo,
  info: Convolution,
  bias: TensorInfo | undefined,
  relu: boolean,
): TensorInfo {
  const y = backend.output(info.outShape, 'float32')
  const shape = shapeBlock(backend, info)
  const epilogue = backend.code(
    !bias ? 'EPILOGUE_NONE' : relu ? 'EPILOGUE_BIAS_RELU' : 'EPILOGUE_BIAS',
  )
  const operands = [
    read(backend, x),
    read(backend, filter),
    write(backend, y),
    read(backend, shape),
  ] as const
  const room = backend.scratch(scratchBytes(info))
  backend.emit('OP_CONV2D', ...operands, epilogue, bias ? read(backend, bias) : 0, room)
  backend.disposeIntermediateTensorInfo(shape)
  return y
}

/** Undefined for what is left to the cpu backend: dilation, channels first, empty tensors. */
function geometry(
  attrs: KernelCall['attrs'],
  inShape: readonly number[],
  filterShape: readonly number[],
): Convolution | undefined {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as {
    strides: [number, number] | number
    pad: 'valid' | 'same' | number
    dataFormat: 'NHWC' | 'NCHW'
    dilations?: [number, number] | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  if (dataFormat === 'NCHW' || inShape.length !== 4 || [dilations ?? 1].flat().some((d) => d !== 1))
    return undefined
  const info = backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    'channelsLast',
  )
  return sizeOf(info.outShape) === 0 || sizeOf(inShape) === 0 ? undefined : info
}

/** The numbers that conv2d.ts reads. */
function shapeBlock(backend: SimdBackend, info: Convolution): TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  const numbers = Int32Array.of(
    ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels],
    ...[filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left],
  )
  return backend.makeTensorInfo([numbers.length], 'int32', numbers)
}

/** As `conv2dScratchBytes`: a head, and a copy of the filter. */
function scratchBytes({ filterShape }: Convolution): number {
  return 96 + 4 * sizeOf(filterShape)
}
