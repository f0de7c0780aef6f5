/**
 * Plans: lists of kernel calls at fixed places in memory, for so many rows. Making one costs microseconds, running one a
 * single call. No lifetimes, no fusion: what acts is short, and its kernels take bias and ReLU along.
 */
import type { Chain, Extent } from '../backend/simd/chains/chain.ts'
import { Heap } from '../backend/simd/heap.ts'
import { PLAN_WORDS } from '../backend/simd/instruction.ts'
import type { Kernels } from './kernels.ts'

const FLOAT_BYTES = 4
/** As the kernels ask for: of a product per k and per row, of a convolution before the filter's copy. */
const SCRATCH_PER_K = 128
const SCRATCH_PER_ROW = 16
const CONV_SCRATCH = 96
/** Axes of a strided copy. */
const COPY_AXES = 6

/** Kernels, and the memory in which weights and plans lie. */
export class Machine {
  readonly heap: Heap
  readonly #kernels: Kernels
  #scratch = { address: 0, bytes: 0 }

  constructor(kernels: Kernels) {
    this.#kernels = kernels
    this.heap = new Heap(kernels.memory, kernels.heapStart)
  }

  /** A constant's address: weights, for the most part. */
  constant(values: ArrayLike<number>): number {
    const address = this.heap.allocate(FLOAT_BYTES * values.length)
    this.heap.f32.set(values, address / FLOAT_BYTES)
    return address
  }

  /** Room that every kernel may use while it runs; an address stays good when more is asked for later. */
  scratch(bytes: number): number {
    if (bytes > this.#scratch.bytes)
      this.#scratch = { address: this.heap.allocate(2 * bytes), bytes: 2 * bytes }
    return this.#scratch.address
  }

  /** @throws Error for a name that the kernels do not have: a mistake of ours */
  code(name: string): number {
    const code = this.#kernels.codes[name]
    if (code === undefined) throw new Error(`there is no kernel ${name}`)
    return code
  }

  run(plan: number, count: number): void {
    this.#kernels.run(plan, count)
  }

  /** The slot of a function that computes a chain; undefined where none can be made. */
  slotOf(chain: Chain): number | undefined {
    return this.#kernels.functions?.install([chain])?.[0]
  }
}

/** A matrix of results. */
export type Rows = Readonly<Record<'rows' | 'cols', number>>

/** A place, and how it lies in rows: full, one row for all, one number per row (a column), one number for all. */
export interface Operand {
  readonly at: number
  readonly extent: Extent
}

/** The name of a result, a kernel's `UNARY_…` or `BINARY_…`, and the names of the one or two values that it takes. */
export type Operation = readonly [result: string, kernel: string, first: string, second?: string]

/** A size of a strided copy, and how many numbers apart its entries lie. */
export interface CopyAxis {
  readonly size: number
  readonly from: number
  readonly to: number
}

/** Addresses are bytes, sizes numbers; every operation returns the address of its result. */
export class Plan {
  readonly rows: number
  readonly machine: Machine
  readonly #blocks: { readonly address: number; readonly bytes: number }[] = []
  readonly #records: number[][] = []
  #address = 0

  constructor(machine: Machine, rows: number) {
    this.machine = machine
    this.rows = rows
  }

  /** Room for numbers that belongs to the plan. */
  block(floats: number): number {
    const bytes = FLOAT_BYTES * floats
    const address = this.machine.heap.allocate(bytes)
    this.#blocks.push({ address, bytes })
    return address
  }

  /** x[m,k] · w[k,n], then + bias, then ReLU where asked. */
  matmul(
    x: number,
    w: number,
    { m, n, k }: Readonly<Record<'m' | 'n' | 'k', number>>,
    { bias, relu }: { bias?: number | undefined; relu?: boolean } = {},
  ): number {
    const y = this.block(m * n)
    const scratch = this.machine.scratch(Math.max(SCRATCH_PER_K * k, SCRATCH_PER_ROW * m))
    this.#emit('OP_MATMUL', x, w, y, m, n, k, 0, this.#epilogue(bias, relu), bias ?? 0, scratch)
    return y
  }

  /** The same matrix a[m,k] times each of b[rows,k,n]. */
  matmulBatch(
    a: number,
    b: number,
    { m, n, k }: Readonly<Record<'m' | 'n' | 'k', number>>,
  ): number {
    const y = this.block(this.rows * m * n)
    const scratch = this.machine.scratch(Math.max(SCRATCH_PER_K * k, SCRATCH_PER_ROW * m))
    const strides = [0, FLOAT_BYTES * k * n, FLOAT_BYTES * m * n]
    this.#emit('OP_MATMUL_BATCH', a, b, y, m, n, k, 0, scratch, this.rows, ...strides)
    return y
  }

  /** x[rows,H,W,C] * w, without padding. @param sizes H, W, C, then those of the output, window and stride */
  conv2d(
    x: number,
    w: number,
    {
      input,
      output,
      kernelSize,
      stride,
    }: {
      readonly input: readonly number[]
      readonly output: readonly number[]
      readonly kernelSize: number
      readonly stride: number
    },
    { bias, relu }: { bias?: number | undefined; relu?: boolean },
  ): number {
    const y = this.block(this.rows * product(output))
    const window = [kernelSize, kernelSize, stride, stride, 0, 0]
    const shape = this.block(13)
    const { heap } = this.machine
    heap.i32.set([this.rows, ...input, ...output, ...window], shape / FLOAT_BYTES)
    const filter = kernelSize ** 2 * input.at(-1)! * output.at(-1)!
    const scratch = this.machine.scratch(CONV_SCRATCH + FLOAT_BYTES * filter)
    this.#emit('OP_CONV2D', x, w, y, shape, this.#epilogue(bias, relu), bias ?? 0, scratch)
    return y
  }

  /** In place. @param operation of the kernels' `UNARY_…` */
  unary(operation: string, x: number, n: number, y = x): number {
    this.#emit('OP_UNARY', this.machine.code(operation), x, y, n, 0, 0)
    return y
  }

  /** a[rows,cols] op b, into a's place unless told. @param operation of the kernels' `BINARY_…` */
  binary(
    operation: string,
    [a, b]: readonly [number, number],
    { rows, cols }: Rows,
    extent: Extent,
    y = a,
  ): number {
    const isVector = extent === 'full' || extent === 'row'
    const mode = this.machine.code(isVector ? 'MODE_VECTOR_VECTOR' : 'MODE_VECTOR_SCALAR')
    const strides = { full: FLOAT_BYTES * cols, row: 0, column: FLOAT_BYTES, scalar: 0 }
    const sizes = [rows, cols, FLOAT_BYTES * cols, strides[extent]]
    this.#emit('OP_BINARY', this.machine.code(operation), mode, a, b, y, ...sizes)
    return y
  }

  /**
   * Several elementwise operations. A plan for one observation, which is run often, has one function made for all of
   * them, whose values stay in registers; others take one kernel call each. The bits are the same.
   *
   * @param operands by name; the first input of an operation is full, its second may be any
   * @param wanted results
   * @returns their addresses
   */
  elementwise(
    sizes: Rows,
    operands: Readonly<Record<string, Operand>>,
    operations: readonly Operation[],
    wanted: readonly string[],
  ): number[] {
    const isOne = this.rows === 1
    const slot = isOne
      ? this.machine.slotOf(chainOf(sizes, operands, operations, wanted))
      : undefined
    if (slot === undefined) return this.#oneByOne(sizes, operands, operations, wanted)
    const places = Object.values(operands).map(({ at }) => at)
    const results = wanted.map(() => this.block(sizes.rows * sizes.cols))
    this.#emit('OP_CALL', slot, ...places, ...results)
    return results
  }

  #oneByOne(
    sizes: Rows,
    operands: Readonly<Record<string, Operand>>,
    operations: readonly Operation[],
    wanted: readonly string[],
  ): number[] {
    const values = new Map(Object.entries(operands))
    const n = sizes.rows * sizes.cols
    for (const [result, kernel, first, second] of operations) {
      const [x, y] = [values.get(first)!.at, this.block(n)]
      if (second === undefined) this.unary(kernel, x, n, y)
      else this.binary(kernel, [x, values.get(second)!.at], sizes, values.get(second)!.extent, y)
      values.set(result, { at: y, extent: 'full' })
    }
    return wanted.map((name) => values.get(name)!.at)
  }

  /** Mean of each row. @returns [outer] */
  mean(x: number, outer: number, inner: number): number {
    const y = this.block(outer)
    this.#emit('OP_REDUCE_INNER', this.machine.code('REDUCE_MEAN'), x, y, outer, inner)
    return y
  }

  /** Of each row. @returns [outer, inner] */
  softmax(x: number, outer: number, inner: number, isLog = false): number {
    const y = this.block(outer * inner)
    const scratch = this.machine.scratch(FLOAT_BYTES * outer * (inner + 1))
    this.#emit(isLog ? 'OP_LOG_SOFTMAX' : 'OP_SOFTMAX', x, y, outer, inner, scratch)
    return y
  }

  /** @param offset.from in x, and offset.to in y, in numbers */
  copy(x: number, y: number, axes: readonly CopyAxis[], offset = { from: 0, to: 0 }): number {
    const missing = new Array<CopyAxis>(COPY_AXES - axes.length).fill({ size: 1, from: 0, to: 0 })
    const all = [...missing, ...axes]
    const table = [
      ...all.map(({ size }) => size),
      ...all.map(({ from }) => FLOAT_BYTES * from),
      ...all.map(({ to }) => FLOAT_BYTES * to),
    ]
    this.#emit(
      'OP_STRIDED_COPY',
      x + FLOAT_BYTES * offset.from,
      y + FLOAT_BYTES * offset.to,
      ...table,
    )
    return y
  }

  /** Writes the records; nothing may be added after it. */
  finish(): void {
    this.#address = this.block(PLAN_WORDS * this.#records.length)
    const { i32 } = this.machine.heap
    for (const [i, record] of this.#records.entries())
      i32.set(record, this.#address / FLOAT_BYTES + i * PLAN_WORDS)
  }

  run(): void {
    this.machine.run(this.#address, this.#records.length)
  }

  /** Gives the plan's memory back. */
  release(): void {
    for (const { address, bytes } of this.#blocks) this.machine.heap.release(address, bytes)
  }

  #emit(operation: string, ...args: readonly number[]): void {
    this.#records.push([this.machine.code(operation), ...args])
  }

  #epilogue(bias: number | undefined, relu = false): number {
    if (bias === undefined) return this.machine.code('EPILOGUE_NONE')
    return this.machine.code(relu ? 'EPILOGUE_BIAS_RELU' : 'EPILOGUE_BIAS')
  }
}

/** As the generator of functions takes it: values by their numbers, operands first. */
function chainOf(
  sizes: Rows,
  operands: Readonly<Record<string, Operand>>,
  operations: readonly Operation[],
  wanted: readonly string[],
): Chain {
  const results = operations.map(([result]) => result)
  const values = [...Object.keys(operands), ...results]
  return {
    ...sizes,
    operands: Object.values(operands).map(({ extent }) => ({ extent, isBoolean: false })),
    operations: operations.map(([, name, ...inputs]) => ({
      name,
      inputs: inputs.map((input) => values.indexOf(input!)),
      ...{ isBoolean: false, p: 0, q: 0 },
    })),
    results: wanted.map((name) => results.indexOf(name)),
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1)
}
