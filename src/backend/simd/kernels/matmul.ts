/** Matrix products, with bias and activation. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import type { SimdBackend } from '../backend.ts'
import { isFloat, kernel, type KernelCall, read, sizeOf, write } from '../register.ts'
import { broadcastTo } from './strided.ts'

/** `flags` of the kernel. */
const TRANSPOSE_A = 1
const TRANSPOSE_B = 2
/** Bytes of four columns and of two panels of 16: what the kernel asks for, whichever is more. */
const SCRATCH_PER_K = 128
const SCRATCH_PER_M = 16

kernel('BatchMatMul', (call) => {
  const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>
  return matmul(call, a, b, undefined, false)
})

kernel('_FusedMatMul', (call) => {
  const { a, b, bias } = call.inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo }
  const { activation } = call.attrs
  if (activation !== 'linear' && activation !== 'relu') return undefined
  if (!bias || !isFloat(bias) || sizeOf(bias.shape) !== bias.shape.at(-1)) return undefined
  return matmul(call, a, b, bias, activation === 'relu')
})

/**
 * A batch of a's matrices by one of b's is one product, if a lies as it is needed. Other batches that broadcast are
 * repeated where they are no single matrix. Undefined where anything is not float32, or where tfjs's cpu backend has
 * its own idea of the batch.
 */
function matmul(
  { backend, attrs }: KernelCall,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | undefined,
  relu: boolean,
): TensorInfo | undefined {
  if (!isFloat(a, b) || a.shape.length < 2 || b.shape.length < 2) return undefined
  const [transposeA, transposeB] = [attrs['transposeA'] === true, attrs['transposeB'] === true]
  const [aRows, aCols] = a.shape.slice(-2) as [number, number]
  const [bRows, bCols] = b.shape.slice(-2) as [number, number]
  const [m, k] = transposeA ? [aCols, aRows] : [aRows, aCols]
  const [kB, n] = transposeB ? [bCols, bRows] : [bRows, bCols]
  if (k !== kB)
    throw new Error(
      `matMul: inner sizes ${k} and ${kB} of shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}] differ`,
    )
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const [countA, countB] = [sizeOf(batchA), sizeOf(batchB)]
  const batchShape = backend_util.assertAndGetBroadcastShape(batchA, batchB)
  const batch = sizeOf(batchShape)
  const isOne = batch === 1 || (countB === 1 && !transposeA)
  if ((bias && !isOne) || batch !== Math.max(countA, countB)) return undefined
  const [wideA, wideB] = [a, b].map((x) => repeatedInBatch(backend, x, batchShape))
  if (!wideA || !wideB) return undefined
  const c = backend.output([...batchShape, m, n], 'float32')
  const rows = isOne ? batch * m : m
  const flags = (transposeA ? TRANSPOSE_A : 0) | (transposeB ? TRANSPOSE_B : 0)
  const tensors = [read(backend, wideA), read(backend, wideB), write(backend, c)] as const
  const operands = [...tensors, rows, n, k, flags] as const
  const scratch = backend.scratch(Math.max(SCRATCH_PER_K * k, SCRATCH_PER_M * rows))
  if (isOne) {
    const aux = bias ? read(backend, bias) : 0
    backend.emit('OP_MATMUL', ...operands, backend.code(epilogue(bias, relu)), aux, scratch)
  } else {
    const strides = [countA === 1 ? 0 : 4 * m * k, countB === 1 ? 0 : 4 * k * n, 4 * m * n] as const
    backend.emit('OP_MATMUL_BATCH', ...operands, scratch, batch, ...strides)
  }
  for (const x of [wideA, wideB]) if (x !== a && x !== b) backend.disposeIntermediateTensorInfo(x)
  return c
}

/** The operand itself, if it has one matrix or one for each of the batch. */
function repeatedInBatch(
  backend: SimdBackend,
  x: TensorInfo,
  batchShape: readonly number[],
): TensorInfo | undefined {
  const count = sizeOf(x.shape.slice(0, -2))
  if (count === 1 || count === sizeOf(batchShape)) return x
  return broadcastTo(backend, x, [...batchShape, ...x.shape.slice(-2)])
}

function epilogue(bias: TensorInfo | undefined, relu: boolean): string {
  if (!bias) return 'EPILOGUE_NONE'
  return relu ? 'EPILOGUE_BIAS_RELU' : 'EPILOGUE_BIAS'
}
