/** Matrix products, with bias and activation. */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { isFloat, kernel, type KernelCall, read, sizeOf, write } from '../register.ts'

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

/** Undefined where the batches broadcast, or anything is not float32. */
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
  const batch = sizeOf(batchA)
  if (String(batchA) !== String(batchB) || (batch !== 1 && bias)) return undefined
  const c = backend.output([...batchA, m, n], 'float32')
  const flags = (transposeA ? TRANSPOSE_A : 0) | (transposeB ? TRANSPOSE_B : 0)
  const operands = [read(backend, a), read(backend, b), write(backend, c), m, n, k, flags] as const
  const scratch = backend.scratch(Math.max(SCRATCH_PER_K * k, SCRATCH_PER_M * m))
  if (batch === 1) {
    const aux = bias ? read(backend, bias) : 0
    backend.emit('OP_MATMUL', ...operands, backend.code(epilogue(bias, relu)), aux, scratch)
  } else {
    backend.emit('OP_MATMUL_BATCH', ...operands, scratch, batch, 4 * m * k, 4 * k * n, 4 * m * n)
  }
  return c
}

function epilogue(bias: TensorInfo | undefined, relu: boolean): string {
  if (!bias) return 'EPILOGUE_NONE'
  return relu ? 'EPILOGUE_BIAS_RELU' : 'EPILOGUE_BIAS'
}
