/** Chains of elementwise steps that a program computes at once: the bits of the single steps, and what becomes of places and slots. */

import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { useBackend } from '../../../src/backend/index.ts'
import type { NumericArray, Signature } from '../../../src/backend/index.ts'
import type { Chain, Extent } from '../../../src/backend/simd/chains/chain.ts'
import { OPERATIONS } from '../../../src/backend/simd/chains/operations.ts'
import { float } from '../../../src/backend/simd/instruction.ts'
import { SimdProgram } from '../../../src/backend/simd/program.ts'
import { Rng } from '../../../src/rng.ts'
import { expectBits, simdBackend, sprinkled } from './comparison.ts'

beforeAll(() => useBackend('simd'))
afterAll(() => useBackend('cpu'))
beforeEach(() => {
  tf.engine().startScope()
})
afterEach(() => {
  vi.restoreAllMocks()
  tf.engine().endScope()
  tf.disposeVariables()
})

type Tensors = Readonly<Record<string, tf.Tensor>>
type Arrays = Readonly<Record<string, NumericArray>>
type TensorFunction = (inputs: Tensors) => Record<string, tf.Tensor>

interface Ran {
  /** Names of the chains in the plan. */
  readonly chains: readonly string[]
  readonly steps: number
}

/** A program's first run is eager, later ones are captured: the same inputs give the same bits. */
function expectSameBits(fn: TensorFunction, shapes: Record<string, number[]>, arrays: Arrays): Ran {
  const signature = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' }]),
  ) as Signature
  const program = new SimdProgram(simdBackend())
  try {
    const eager = program.record(fn, signature, arrays)
    for (let i = 0; i < 2; i++) {
      const captured = program.replay(arrays)
      for (const [name, values] of Object.entries(eager)) expectBits(captured[name]!, values, name)
    }
    return { chains: chainsOf(program), steps: program.steps.length }
  } finally {
    program.dispose()
  }
}

const rooms: [address: number, bytes: number][] = []
const heap = () => simdBackend().heap

function room(bytes: number): number {
  const address = heap().allocate(bytes)
  rooms.push([address, bytes])
  return address
}

function release(): void {
  for (const [address, bytes] of rooms.splice(0)) heap().release(address, bytes)
}

function chainsOf({ steps }: SimdProgram): string[] {
  return steps.flatMap(({ run }) => ('name' in run && run.name ? [run.name] : []))
}

const UNARY: readonly ((x: tf.Tensor) => tf.Tensor)[] = [
  ...[tf.relu, tf.relu6, tf.neg, tf.abs, tf.sqrt, tf.rsqrt, tf.square, tf.reciprocal, tf.sign],
  ...[tf.floor, tf.ceil, tf.round],
  (x) => tf.step(x, 0.3),
  (x) => tf.clipByValue(x, -0.5, 1.5),
  (x) => tf.leakyRelu(x, 0.1),
  (x) => tf.tanh(x), // in no chain: it parts them
]
const BINARY = [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.minimum, tf.squaredDifference]
const COMPARE = [tf.equal, tf.notEqual, tf.less, tf.lessEqual, tf.greater, tf.greaterEqual]
const LOGICAL: readonly ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  tf.logicalAnd,
  tf.logicalOr,
  (a) => tf.logicalNot(a),
]

/** One step of a random program: which operation, on which of the values so far. */
interface Move {
  readonly family: 'unary' | 'binary' | 'broadcast' | 'compare' | 'logical' | 'select' | 'cast'
  readonly operation: number
  readonly a: number
  readonly b: number
  /** Whether the program hands out the result. */
  readonly isOutput: boolean
}

const moves = fc.array(
  fc.record<Move>({
    family: fc.constantFrom(
      ...(['unary', 'binary', 'broadcast', 'broadcast', 'compare', 'logical'] as const),
      ...(['select', 'cast'] as const),
    ),
    operation: fc.nat(1000),
    a: fc.nat(1000),
    b: fc.nat(1000),
    isOutput: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  }),
  { minLength: 2, maxLength: 14 },
)

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!

function programOf(list: readonly Move[]): TensorFunction {
  return ({ x, y, row, column, scalar }) => {
    const numbers = [x!, y!]
    const booleans = [tf.greater(x!, y!)]
    const outputs: Record<string, tf.Tensor> = {}
    for (const [i, { family, operation, a, b, isOutput }] of list.entries()) {
      const [p, q] = [pick(numbers, a), pick(numbers, b)]
      const small = pick([row!, column!, scalar!], b)
      const order = a % 2 === 0 ? ([p, small] as const) : ([small, p] as const)
      if (family === 'unary') numbers.push(pick(UNARY, operation)(p))
      if (family === 'binary') numbers.push(pick(BINARY, operation)(p, q))
      if (family === 'broadcast') numbers.push(pick(BINARY, operation)(...order))
      if (family === 'compare')
        booleans.push(pick(COMPARE, operation)(...(b % 2 === 0 ? ([p, q] as const) : order)))
      if (family === 'logical')
        booleans.push(pick(LOGICAL, operation)(pick(booleans, a), pick(booleans, b)))
      if (family === 'select') numbers.push(tf.where(pick(booleans, operation), p, q))
      if (family === 'cast') numbers.push(tf.cast(pick(booleans, a), 'float32'))
      if (isOutput) outputs[`value${i}`] = numbers.at(-1)!
      // Somebody else needs an intermediate result.
      if (i % 5 === 4) outputs[`sum${i}`] = tf.sum(numbers.at(-1)!, 0)
      if (i % 7 === 6) outputs[`all${i}`] = tf.cast(tf.all(booleans.at(-1)!), 'float32')
    }
    return {
      ...outputs,
      last: tf.add(numbers.at(-1)!, x!),
      flags: tf.cast(booleans.at(-1)!, 'float32'),
    }
  }
}

describe('a program computes what its steps compute one by one', () => {
  const lengths = [0, 1, 3, 4, 5, 15, 16, 17, 37]
  const shape = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...lengths), fc.constantFrom(...lengths)) },
    { weight: 1, arbitrary: fc.constantFrom([1, 4099], [64, 70], [300, 2]) },
  )

  test('for random programs of operands of every kind', () => {
    let chains = 0
    fc.assert(
      fc.property(moves, shape, fc.nat(), (list, [rows = 0, cols = 0], seed) => {
        const rng = new Rng(seed)
        const shapes = {
          x: [rows, cols],
          y: [rows, cols],
          row: [cols],
          column: [rows, 1],
          scalar: [],
        }
        const arrays = Object.fromEntries(
          Object.entries(shapes).map(([name, sizes]) => [
            name,
            sprinkled(
              rng,
              sizes.reduce((product, size) => product * size, 1),
              3,
            ),
          ]),
        )
        chains += expectSameBits(programOf(list), shapes, arrays).chains.length
      }),
      { numRuns: 400 },
    )
    expect(chains).toBeGreaterThan(400)
  })

  test('for every operation, as its kernel does', () => {
    const { chains, codes } = simdBackend()
    const rng = new Rng(1)
    const n = 203
    const [record, y, x, z, condition] = [96, 4 * n, 4 * n, 4 * n, n].map((bytes) => room(bytes))
    const run = (...words: number[]) => {
      heap().i32.set(words, record! / 4)
      heap().u8.fill(9, y, y! + 4 * n)
      simdBackend().runPlan(record!, 1)
      return heap().u8.slice(y, y! + 4 * n)
    }
    const [p, q] = [float(0.3), float(1.5)]
    const broadcast = [codes['MODE_VECTOR_VECTOR']!, x!, z!, y!, 1, n, 0, 0]
    const families: Record<string, readonly number[]> = {
      UNARY: [x!, y!, n, p, q],
      BINARY: broadcast,
      COMPARE: broadcast,
      GRADIENT: [x!, z!, y!, n],
      LOGICAL: [condition!, condition!, y!, n],
    }
    for (const name of Object.keys(OPERATIONS)) {
      const family = name.replace(/_.*/, '')
      const opcode = family === 'GRADIENT' ? 'OP_ACTIVATION_GRADIENT' : `OP_${family}`
      const isLogical = family === 'LOGICAL' || name === 'BOOL_TO_FLOAT'
      const operands =
        name === 'SELECT' ? [condition!, x!, z!] : isLogical ? [condition!, condition!] : [x!, z!]
      const words = families[family]
        ? [codes[opcode]!, codes[name]!, ...families[family]]
        : [codes[`OP_${name}`]!, ...operands.slice(0, name === 'SELECT' ? 3 : 1), y!, n]
      const chain: Chain = {
        rows: 1,
        cols: n,
        operands: operands.map((address) => ({
          extent: 'full',
          isBoolean: address === condition!,
        })),
        operations: [
          {
            name,
            inputs: operands.map((_, i) => i),
            isBoolean: /COMPARE|LOGICAL/.test(name),
            p,
            q,
          },
        ],
        results: [0],
      }
      const slots = chains.install([chain])!
      for (let i = 0; i < 8; i++) {
        heap().f32.set(sprinkled(rng, n, 2), x! / 4)
        heap().f32.set(sprinkled(rng, n, 2), z! / 4)
        for (let k = 0; k < n; k++) heap().u8[condition! + k] = rng.randInt(0, 2)
        const want = run(...words)
        const got = run(codes['OP_CALL']!, slots[0]!, ...operands, y!)
        if (chain.operations[0]!.isBoolean) expect(got, name).toEqual(want)
        else expectBits(new Float32Array(got.buffer), new Float32Array(want.buffer), name)
      }
      chains.release(slots)
    }
    release()
  })

  test('for int32 operands', () => {
    const program = new SimdProgram(simdBackend())
    const fn: TensorFunction = ({ i }) => ({ y: tf.mul(tf.cast(i!, 'float32'), 0.5) })
    const i = Int32Array.of(-3, 0, 7, 2 ** 30 + 1, -(2 ** 31))
    const eager = program.record(fn, { i: { shape: [5], dtype: 'int32' } }, { i })
    expectBits(program.replay({ i })['y']!, eager['y']!)
    expect(chainsOf(program)).toEqual(['int_to_float mul'])
  })
})

describe('what becomes a chain', () => {
  const x = Float32Array.from({ length: 12 }, (_, i) => i - 5.5)
  const shapes = { x: [3, 4] }

  test('steps over the same elements, whatever comes between them', () => {
    const fn: TensorFunction = ({ x }) => {
      const doubled = tf.mul(x!, 2)
      const other = tf.tanh(x!)
      return { y: tf.relu(tf.sub(doubled, tf.tensor1d([1, 2, 3, 4]))), other }
    }
    expect(expectSameBits(fn, shapes, { x }).chains).toEqual(['mul sub relu'])
  })

  test('not a step that needs another one, which needs the chain', () => {
    const fn: TensorFunction = ({ x }) => {
      const shifted = tf.neg(tf.add(x!, 1))
      return { y: tf.square(tf.sub(shifted, tf.max(shifted))) }
    }
    expect(expectSameBits(fn, shapes, { x }).chains).toEqual(['add neg', 'sub square'])
  })

  test('not steps that disagree about rows and columns', () => {
    const fn: TensorFunction = ({ x }) => {
      const flat = tf.reshape(tf.add(x!, tf.tensor1d([1, 2, 3, 4])), [2, 6])
      return { y: tf.mul(flat, tf.tensor1d([1, 2, 3, 4, 5, 6])) }
    }
    expect(expectSameBits(fn, shapes, { x }).chains).toEqual([])
  })

  test('results that somebody else needs are stored', () => {
    const fn: TensorFunction = ({ x }) => {
      const a = tf.mul(x!, 3)
      const isLarge = tf.greater(a, 2)
      return {
        y: tf.where(isLarge, tf.sub(a, 1), x!),
        a,
        sum: tf.sum(a),
        any: tf.cast(tf.any(isLarge), 'float32'),
      }
    }
    const { chains } = expectSameBits(fn, shapes, { x })
    expect(chains).toEqual(['mul greater sub select'])
  })

  test('more operands than a record takes make more chains', () => {
    const many = Array.from({ length: 23 }, (_, i) => i)
    const fn: TensorFunction = ({ x }) => ({
      y: many.reduce((sum, i) => tf.add(sum, tf.tensor1d([i, 1, 2, 3])), x!),
    })
    expect(expectSameBits(fn, shapes, { x }).chains).toEqual(['add×15', 'add×8'])
  })

  test('a chain with more results than a record takes stays single steps', () => {
    const fn: TensorFunction = ({ x }) => {
      const outputs: Record<string, tf.Tensor> = { y0: tf.neg(x!) }
      for (let i = 1; i < 23; i++) outputs[`y${i}`] = tf.square(outputs[`y${i - 1}`]!)
      return outputs
    }
    expect(expectSameBits(fn, shapes, { x })).toEqual({ chains: [], steps: 23 })
  })

  test('nothing where no code may be compiled', () => {
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
      throw new WebAssembly.CompileError('forbidden by the content security policy')
    })
    const fn: TensorFunction = ({ x }) => ({ y: tf.neg(tf.add(x!, 1)) })
    expect(expectSameBits(fn, shapes, { x })).toEqual({ chains: [], steps: 2 })
  })
})

describe('places', () => {
  test('a variable is updated where it is', () => {
    const rng = new Rng(7)
    const start = sprinkled(rng, 21, 5)
    const v = tf.variable(tf.tensor2d(start, [3, 7]))
    const reference = tf.variable(tf.tensor2d(start, [3, 7]))
    const row = tf.tensor1d(sprinkled(rng, 7, 100)).arraySync()
    const step = (variable: tf.Variable, x: tf.Tensor) => {
      const changed = tf.sub(tf.mul(variable, tf.tensor1d(row)), tf.mul(x, 0.1))
      variable.assign(changed)
      return { y: tf.relu(changed) }
    }
    const program = new SimdProgram(simdBackend())
    const x = sprinkled(rng, 21, 50)
    const first = program.record(({ x }) => step(v, x!), SIGNATURE, { x })
    for (let i = 0; i < 4; i++) {
      const { y } = tf.tidy(() => step(reference, tf.tensor2d(x, [3, 7])))
      const got = i === 0 ? first : program.replay({ x })
      expectBits(got['y']!, y.dataSync(), `run ${i}`)
      expectBits(v.dataSync(), reference.dataSync(), `variable after run ${i}`)
    }
    expect(chainsOf(program)).toEqual(['mul×2 sub relu'])
    expect(program.steps).toHaveLength(1)
    program.dispose()
  })

  test('a variable that is read once for all rows keeps its value while it is read', () => {
    const v = tf.variable(tf.tensor2d([[1, 2, 3]]))
    const program = new SimdProgram(simdBackend())
    const run = ({ x }: Tensors) => {
      const y = tf.neg(tf.add(x!, v))
      v.assign(tf.slice2d(y as tf.Tensor2D, [0, 0], [1, 3]))
      return { y: tf.mul(y, 2) }
    }
    const x = new Float32Array(21).fill(1).map((value, i) => value + i)
    const signature = { x: { shape: [7, 3], dtype: 'float32' } } as const
    expect([...program.record(run, signature, { x })['y']!].slice(0, 6)).toEqual([
      ...[-4, -8, -12, -10, -14, -18],
    ])
    // v is now [-2, -4, -6]
    expect([...program.replay({ x })['y']!].slice(0, 6)).toEqual([2, 4, 6, -4, -2, -0])
    program.dispose()
  })

  const SIGNATURE = { x: { shape: [3, 7], dtype: 'float32' } } as const

  test('nothing is written past the end', () => {
    const { chains, codes } = simdBackend()
    const bytes = 4096
    const [source, target, flags, record] = [0, 1, 2, 3].map(() => room(bytes))
    const shapes = [1, 2, 3, 4, 5, 7, 15, 16, 17, 34].flatMap((cols) =>
      [1, 3].map((rows) => ({ rows, cols })),
    )
    for (const { rows, cols } of shapes) {
      const chain: Chain = {
        rows,
        cols,
        operands: [{ extent: 'full', isBoolean: false }],
        operations: [
          { name: 'UNARY_NEG', inputs: [0], isBoolean: false, p: 0, q: 0 },
          { name: 'COMPARE_LESS', inputs: [1, 0], isBoolean: true, p: 0, q: 0 },
        ],
        results: [0, 1],
      }
      const slots = chains.install([chain])!
      for (const address of [source!, target!, flags!]) heap().u8.fill(9, address, address + bytes)
      const size = rows * cols
      for (let i = 0; i < size; i++) heap().f32[source! / 4 + i] = i - 2.5
      heap().i32.set([codes['OP_CALL']!, slots[0]!, source!, target!, flags!], record! / 4)
      simdBackend().runPlan(record!, 1)
      const values = heap().f32.subarray(target! / 4, target! / 4 + size)
      expect([...values]).toEqual(Array.from({ length: size }, (_, i) => 2.5 - i))
      expect([...heap().u8.subarray(flags, flags! + size)]).toEqual(
        Array.from({ length: size }, (_, i) => Number(2.5 - i < i - 2.5)),
      )
      for (const [address, used] of [
        [target!, 4 * size],
        [flags!, size],
      ] as const) {
        const rest = heap().u8.subarray(address + used, address + bytes)
        expect(
          rest.every((byte) => byte === 9),
          `after ${rows}×${cols}`,
        ).toBe(true)
      }
      chains.release(slots)
    }
    release()
  })

  test('every operation and kind of operand makes a valid function', () => {
    const { chains } = simdBackend()
    const before = chains.inUse
    const booleans = new Set(['LOGICAL_AND', 'LOGICAL_OR', 'LOGICAL_NOT', 'BOOL_TO_FLOAT'])
    for (const extent of ['full', 'row', 'column', 'scalar'] satisfies Extent[]) {
      const all = Object.keys(OPERATIONS).map((name): Chain => {
        const isBoolean = booleans.has(name)
        const operand = { extent: isBoolean ? ('full' as const) : extent, isBoolean }
        const flag = { extent: 'full' as const, isBoolean: true }
        return {
          rows: 3,
          cols: 21,
          operands: [name === 'SELECT' ? flag : operand, operand, operand],
          operations: [
            { name, inputs: [0, 1, 2], isBoolean: false, p: float(0.5), q: float(-1e-3) },
          ],
          results: [0],
        }
      })
      const slots = chains.install(all)!
      expect(new Set(slots).size).toBe(all.length)
      chains.release(slots)
    }
    expect(chains.inUse).toBe(before)
  })
})

test('slots are shared by equal chains, and given back', () => {
  const { chains } = simdBackend()
  const before = chains.inUse
  const fn: TensorFunction = ({ x, y }) => ({
    a: tf.relu(tf.add(x!, y!)),
    b: tf.relu(tf.add(tf.tanh(x!), y!)),
    c: tf.relu(tf.sub(x!, y!)),
  })
  const signature = {
    x: { shape: [5], dtype: 'float32' },
    y: { shape: [5], dtype: 'float32' },
  } as const
  const arrays = { x: new Float32Array(5), y: new Float32Array(5) }
  const slots = new Set<number>()
  for (let i = 0; i < 50; i++) {
    const program = new SimdProgram(simdBackend())
    program.record(fn, signature, arrays)
    expect(chainsOf(program)).toEqual(['add relu', 'add relu', 'sub relu'])
    expect(chains.inUse).toBe(before + 2)
    for (const { run } of program.steps)
      if ('name' in run && run.name) slots.add(Number(run.args[0]))
    program.dispose()
    expect(chains.inUse).toBe(before)
    program.dispose() // once more, which frees nothing
    expect(chains.inUse).toBe(before)
  }
  expect(slots.size).toBe(2)
})
