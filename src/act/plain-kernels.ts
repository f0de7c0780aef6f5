/**
 * The kernels that acting needs in plain JavaScript, for pages that may not compile WebAssembly and engines without its
 * SIMD. They read the same records over the same kind of memory and give the same bits: every element of a product is
 * one chain, k ascending, multiply then add, each rounded to float32 (docs/simd.md), and so are all other sums.
 *
 * Left out on purpose: every operation that only learning needs, and speed.
 */
import { PLAN_WORDS } from '../backend/simd/instruction.ts'
import type { Kernels } from './kernels.ts'
import { exp, log, tanh } from './plain-functions.ts'

const PAGE_BYTES = 65_536
const INITIAL_PAGES = 64
const { fround, sqrt } = Math

/** Operations, and what their arguments name; numbered by their places. */
const OPERATIONS = [
  'OP_MATMUL',
  'OP_MATMUL_BATCH',
  'OP_CONV2D',
  'OP_UNARY',
  'OP_BINARY',
  'OP_REDUCE_INNER',
  'OP_SOFTMAX',
  'OP_LOG_SOFTMAX',
  'OP_STRIDED_COPY',
] as const
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  UNARY_RELU: relu,
  UNARY_SQRT: (x) => fround(sqrt(x)),
  UNARY_SQUARE: (x) => fround(x * x),
  UNARY_EXP: exp,
  UNARY_TANH: tanh,
}
const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
  BINARY_ADD: (x, y) => fround(x + y),
  BINARY_SUB: (x, y) => fround(x - y),
  BINARY_MUL: (x, y) => fround(x * y),
  BINARY_DIV: (x, y) => fround(x / y),
}
const MODES = ['MODE_VECTOR_VECTOR', 'MODE_VECTOR_SCALAR']
const EPILOGUES = ['EPILOGUE_NONE', 'EPILOGUE_BIAS', 'EPILOGUE_BIAS_RELU']
const REDUCTIONS = ['REDUCE_MEAN']

/** Kernels over a memory of their own. */
export function plainKernels(): Kernels {
  const memory = growingMemory()
  const interpreter = new Interpreter()
  return {
    memory,
    heapStart: 0,
    codes: Object.fromEntries(
      [OPERATIONS, Object.keys(UNARY), Object.keys(BINARY), MODES, EPILOGUES, REDUCTIONS].flatMap(
        (names) => names.map((name, i) => [name, i] as const),
      ),
    ),
    run: (plan, count) => interpreter.run(memory.buffer, plan / 4, count),
  }
}

/** Behaves as a `WebAssembly.Memory`, as far as a heap asks. */
function growingMemory(): Kernels['memory'] {
  let buffer = new ArrayBuffer(INITIAL_PAGES * PAGE_BYTES)
  return {
    get buffer() {
      return buffer
    },
    grow(pages) {
      const before = buffer
      buffer = new ArrayBuffer(before.byteLength + pages * PAGE_BYTES)
      new Uint8Array(buffer).set(new Uint8Array(before))
      return before.byteLength / PAGE_BYTES
    },
  }
}

/** max(x, 0) that keeps NaN. */
function relu(x: number): number {
  return x > 0 ? x : x === x ? 0 : x
}

/** Walks records; positions are indices of 32-bit words, where records have bytes. */
class Interpreter {
  #f32 = new Float32Array(0)
  #i32 = new Int32Array(0)

  run(buffer: ArrayBuffer, plan: number, count: number): void {
    if (this.#f32.buffer !== buffer) {
      this.#f32 = new Float32Array(buffer)
      this.#i32 = new Int32Array(buffer)
    }
    for (let i = 0; i < count; i++) this.#execute(plan + i * PLAN_WORDS)
  }

  #execute(record: number): void {
    const words = this.#i32.subarray(record, record + PLAN_WORDS)
    const w = (index: number) => words[index]!
    const at = (index: number) => words[index]! / 4
    switch (OPERATIONS[w(0)]!) {
      case 'OP_MATMUL':
        this.#matmul(at(1), at(2), at(3), w(4), w(5), w(6))
        this.#finish(at(3), w(4), w(5), w(8), at(9))
        break
      case 'OP_MATMUL_BATCH':
        for (let i = 0; i < w(9); i++)
          this.#matmul(at(1) + i * at(10), at(2) + i * at(11), at(3) + i * at(12), w(4), w(5), w(6))
        break
      case 'OP_CONV2D':
        this.#conv2d(at(1), at(2), at(3), this.#i32.subarray(at(4), at(4) + 11), w(5), at(6))
        break
      case 'OP_UNARY':
        this.#unary(Object.values(UNARY)[w(1)]!, at(2), at(3), w(4))
        break
      case 'OP_BINARY':
        this.#binary(Object.values(BINARY)[w(1)]!, w(2), words)
        break
      case 'OP_REDUCE_INNER':
        this.#mean(at(2), at(3), w(4), w(5))
        break
      case 'OP_SOFTMAX':
        this.#softmax(at(1), at(2), w(3), w(4), false)
        break
      case 'OP_LOG_SOFTMAX':
        this.#softmax(at(1), at(2), w(3), w(4), true)
        break
      case 'OP_STRIDED_COPY':
        this.#copy(at(1), at(2), words.subarray(3), 0)
        break
    }
  }

  /** c[m,n] = a[m,k] · b[k,n]; a row of c at a time, so that b is read as it lies. */
  #matmul(a: number, b: number, c: number, m: number, n: number, k: number): void {
    const f32 = this.#f32
    f32.fill(0, c, c + m * n)
    for (let row = 0; row < m; row++, c += n) {
      for (let i = 0, from = b; i < k; i++, from += n) {
        const x = f32[a++]!
        for (let j = 0; j < n; j++) f32[c + j]! += fround(x * f32[from + j]!)
      }
    }
  }

  /** Adds the bias [n], and cuts below 0 where asked. */
  #finish(c: number, m: number, n: number, epilogue: number, bias: number): void {
    if (epilogue === 0) return
    const f32 = this.#f32
    for (let row = 0; row < m; row++, c += n) {
      for (let j = 0; j < n; j++) {
        const sum = fround(f32[c + j]! + f32[bias + j]!)
        f32[c + j] = epilogue === 2 ? relu(sum) : sum
      }
    }
  }

  /** Without padding; a row of the window is one run of memory. @param shape as conv2d.ts in assembly/ reads it */
  #conv2d(
    x: number,
    w: number,
    y: number,
    shape: Int32Array,
    epilogue: number,
    bias: number,
  ): void {
    const f32 = this.#f32
    const [batch, height, width, channels, outHeight, outWidth, filters] =
      shape as unknown as number[]
    const [kernelHeight, kernelWidth, strideY, strideX] = shape.subarray(7) as unknown as number[]
    const run = kernelWidth! * channels!
    let to = y
    for (let position = 0; position < batch! * outHeight! * outWidth!; position++, to += filters!) {
      const ox = position % outWidth!
      const row = Math.floor(position / outWidth!)
      const image = Math.floor(row / outHeight!)
      const top = image * height! + (row % outHeight!) * strideY!
      f32.fill(0, to, to + filters!)
      let weights = w
      for (let ky = 0; ky < kernelHeight!; ky++) {
        const from = x + ((top + ky) * width! + ox * strideX!) * channels!
        for (let i = 0; i < run; i++, weights += filters!) {
          const value = f32[from + i]!
          for (let o = 0; o < filters!; o++) f32[to + o]! += fround(value * f32[weights + o]!)
        }
      }
    }
    this.#finish(y, (to - y) / filters!, filters!, epilogue, bias)
  }

  #unary(apply: (x: number) => number, x: number, y: number, n: number): void {
    for (let i = 0; i < n; i++) this.#f32[y + i] = apply(this.#f32[x + i]!)
  }

  /** y[rows,cols] = a op b; in mode 1 b is a number per row. */
  #binary(apply: (x: number, y: number) => number, mode: number, words: Int32Array): void {
    const f32 = this.#f32
    const [a, b, y, aRow, bRow] = [3, 4, 5, 8, 9].map((index) => words[index]! / 4)
    const [rows, cols] = [words[6]!, words[7]!]
    for (let row = 0; row < rows; row++) {
      const [fromA, fromB, to] = [a! + row * aRow!, b! + row * bRow!, y! + row * cols]
      for (let j = 0; j < cols; j++)
        f32[to + j] = apply(f32[fromA + j]!, f32[fromB + (mode === 1 ? 0 : j)]!)
    }
  }

  #mean(x: number, y: number, outer: number, inner: number): void {
    for (let row = 0; row < outer; row++, x += inner)
      this.#f32[y + row] = this.#sum(x, inner) / inner
  }

  #sum(x: number, n: number): number {
    let sum = 0
    for (let i = 0; i < n; i++) sum = fround(sum + this.#f32[x + i]!)
    return sum
  }

  /** Of the kernels that it is made of, in their order. */
  #softmax(x: number, y: number, outer: number, inner: number, isLog: boolean): void {
    const f32 = this.#f32
    const powers = new Float32Array(inner)
    for (let row = 0; row < outer; row++, x += inner, y += inner) {
      let max = -Infinity
      for (let i = 0; i < inner; i++) max = Math.max(max, f32[x + i]!)
      let sum = 0
      for (let i = 0; i < inner; i++) {
        f32[y + i] = f32[x + i]! - max
        powers[i] = exp(f32[y + i]!)
        sum = fround(sum + powers[i]!)
      }
      const logSum = isLog ? log(sum) : 0
      for (let i = 0; i < inner; i++) f32[y + i] = isLog ? f32[y + i]! - logSum : powers[i]! / sum
    }
  }

  /** @param table six sizes, then six strides of the source and six of the target, in bytes */
  #copy(x: number, y: number, table: Int32Array, axis: number): void {
    const [xStep, yStep] = [table[axis + 6]! / 4, table[axis + 12]! / 4]
    for (let i = 0; i < table[axis]!; i++) {
      const [from, to] = [x + i * xStep, y + i * yStep]
      if (axis === 5) this.#f32[to] = this.#f32[from]!
      else this.#copy(from, to, table, axis + 1)
    }
  }
}
