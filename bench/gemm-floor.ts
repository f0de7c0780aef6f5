/**
 * The floor of an update: its matrix products and convolutions alone, on our own kernels, in one call. What the update
 * takes beyond it is everything else.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type Argument, encode, PLAN_WORDS } from '../src/backend/simd/instruction.ts'
import { SimdBackend } from '../src/backend/simd/backend.ts'
import type { Prepared } from './measure.ts'

/** C [m, n] = A · B, with the flags of the kernel: 1 for Aᵀ, 2 for Bᵀ. */
interface Product {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly flags: 0 | 1 | 2
}

/** A dense layer of an update: forward of the target and of the online network, dW, and dX where it is needed. */
interface DenseLayer {
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
  readonly needsInputGradient: boolean
}

/** conv 3×3 'valid', stride 1: both forwards and dW. */
interface ConvLayer {
  readonly batch: number
  readonly size: number
  readonly channels: number
  readonly filters: number
}

const DENSE: Readonly<Record<string, readonly DenseLayer[]>> = {
  'dqn-mlp': [
    { batch: 128, inputs: 4, outputs: 120, needsInputGradient: false },
    { batch: 128, inputs: 120, outputs: 84, needsInputGradient: true },
    { batch: 128, inputs: 84, outputs: 2, needsInputGradient: true },
  ],
  'dqn-conv': [
    { batch: 32, inputs: 1024, outputs: 128, needsInputGradient: true },
    { batch: 32, inputs: 128, outputs: 6, needsInputGradient: true },
  ],
}

const CONV: Readonly<Record<string, readonly ConvLayer[]>> = {
  'dqn-conv': [{ batch: 32, size: 10, channels: 4, filters: 16 }],
}

export const FLOORS = Object.keys(DENSE)

/** @param name of the update whose floor it is */
export function prepareFloor(name: string): Prepared {
  const backend = tf.backend()
  if (!(backend instanceof SimdBackend))
    throw new TypeError('the floor is measured on the simd backend')
  const records = [
    ...DENSE[name]!.flatMap(productsOf).map((product) => matmulRecord(backend, product)),
    ...(CONV[name] ?? []).flatMap((layer) => convRecords(backend, layer)),
  ]
  const plan = backend.heap.allocate(records.length * PLAN_WORDS * 4)
  for (const [i, record] of records.entries()) {
    encode(backend.heap.i32, plan / 4 + i * PLAN_WORDS, record, (data) => data.address)
  }
  const work = (times: number) => {
    for (let i = 0; i < times; i++) backend.runPlan(plan, records.length)
  }
  return { work }
}

function productsOf({ batch, inputs, outputs, needsInputGradient }: DenseLayer): Product[] {
  const forward: Product = { m: batch, n: outputs, k: inputs, flags: 0 }
  const weightGradient: Product = { m: inputs, n: outputs, k: batch, flags: 1 }
  const inputGradient: Product = { m: batch, n: inputs, k: outputs, flags: 2 }
  return [forward, forward, weightGradient, ...(needsInputGradient ? [inputGradient] : [])]
}

function matmulRecord(backend: SimdBackend, { m, n, k, flags }: Product) {
  const [a, b, c] = [m * k, k * n, m * n].map((numbers) => block(backend, numbers)) as [
    number,
    number,
    number,
  ]
  const scratch = block(backend, Math.max(32 * k, 4 * m))
  const args: Argument[] = [a, b, c, m, n, k, flags, backend.code('EPILOGUE_NONE'), 0, scratch]
  return { code: backend.code('OP_MATMUL'), args }
}

function convRecords(backend: SimdBackend, { batch, size, channels, filters }: ConvLayer) {
  const out = size - 2
  const shape = backend.heap.allocate(64)
  backend.heap.i32.set(
    [batch, size, size, channels, out, out, filters, 3, 3, 1, 1, 0, 0],
    shape / 4,
  )
  const [x, w, y] = [
    batch * size * size * channels,
    9 * channels * filters,
    batch * out * out * filters,
  ].map((numbers) => block(backend, numbers)) as [number, number, number]
  const scratch = block(backend, 24 + 9 * channels * filters)
  const forward = {
    code: backend.code('OP_CONV2D'),
    args: [x, w, y, shape, backend.code('EPILOGUE_NONE'), 0, scratch],
  }
  return [
    forward,
    forward,
    { code: backend.code('OP_CONV2D_FILTER_GRADIENT'), args: [x, y, w, shape] },
  ]
}

/** Room for so many numbers, filled with ones: denormals would be slow, zeros too kind. */
function block(backend: SimdBackend, numbers: number): number {
  const address = backend.heap.allocate(4 * numbers)
  backend.heap.f32.fill(1, address / 4, address / 4 + numbers)
  return address
}
