/**
 * The floor of an update, or of acting: its matrix products and convolutions alone, on our own kernels, in one call.
 * What the update takes beyond it is everything else.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type Argument, encode, PLAN_WORDS } from '../src/backend/simd/instruction.ts'
import { SimdBackend } from '../src/backend/simd/backend.ts'
import { useBackend } from '../src/backend/index.ts'
import type { Contender, Prepared } from './measure.ts'

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

/** Those of acting are one forward pass of one observation. */
const ACTING = ['act-mlp', 'act-conv']

const DENSE: Readonly<Record<string, readonly DenseLayer[]>> = {
  'act-mlp': [
    { batch: 1, inputs: 4, outputs: 120, needsInputGradient: false },
    { batch: 1, inputs: 120, outputs: 84, needsInputGradient: false },
    { batch: 1, inputs: 84, outputs: 2, needsInputGradient: false },
  ],
  'act-conv': [
    { batch: 1, inputs: 1024, outputs: 128, needsInputGradient: false },
    { batch: 1, inputs: 128, outputs: 6, needsInputGradient: false },
  ],
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
  'act-conv': [{ batch: 1, size: 10, channels: 4, filters: 16 }],
  'dqn-conv': [{ batch: 32, size: 10, channels: 4, filters: 16 }],
}

export const FLOORS = Object.keys(DENSE)

/** The floor as a contender, where simd is measured. @param name of the case whose floor it is */
export function floorContender(name: string, asked: (backend: string) => boolean): Contender[] {
  if (!asked('simd')) return []
  const path = `gemm-floor/${name}`
  const activate = async () => {
    await useBackend('simd')
  }
  return [
    {
      name: path,
      task: path,
      references: [],
      activate,
      prepare: () => Promise.resolve(prepareFloor(name)),
    },
  ]
}

function prepareFloor(name: string): Prepared {
  const backend = tf.backend()
  if (!(backend instanceof SimdBackend))
    throw new TypeError('the floor is measured on the simd backend')
  const isActing = ACTING.includes(name)
  const products = DENSE[name]!.flatMap((layer) => productsOf(layer, isActing))
  const records = [
    ...products.map((product) => matmulRecord(backend, product)),
    ...(CONV[name] ?? []).flatMap((layer) => convRecords(backend, layer, isActing)),
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

function productsOf(
  { batch, inputs, outputs, needsInputGradient }: DenseLayer,
  isActing: boolean,
): Product[] {
  const forward: Product = { m: batch, n: outputs, k: inputs, flags: 0 }
  if (isActing) return [forward]
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

function convRecords(
  backend: SimdBackend,
  { batch, size, channels, filters }: ConvLayer,
  isActing: boolean,
) {
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
  if (isActing) return [forward]
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
