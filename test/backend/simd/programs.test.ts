/** What programs on the simd backend do to variables, what they freeze and refuse, and what memory they take. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dqnUpdate } from '../../../agents/index.ts'
import { compile, useBackend } from '../../../src/backend/index.ts'
import { SimdProgram } from '../../../src/backend/simd/program.ts'
import { createOptimizer, mlp } from '../../../src/nn/index.ts'
import { Rng } from '../../../src/rng.ts'
import { normals } from '../../helpers/tensors.ts'
import { simdBackend } from './comparison.ts'

beforeAll(() => useBackend('simd'))
afterAll(() => useBackend('cpu'))
beforeEach(() => {
  tf.engine().startScope()
})
afterEach(() => {
  tf.engine().endScope()
  tf.disposeVariables()
})

const X = { inputs: { x: { shape: [-1], dtype: 'float32' } } } as const
const NONE = { inputs: {} }
const values = (tensor: tf.Tensor) => [...tensor.dataSync()]
const arrays = (...numbers: number[]) => ({ x: Float32Array.from(numbers) })
const variable = (...numbers: number[]): tf.Variable => tf.variable(tf.tensor(numbers))

describe('variables', () => {
  test('may be assigned outside, before and between calls', () => {
    const v = variable(1, 2)
    const add = compile(({ x }) => (v.assign(tf.add(v, x)), { twice: tf.mul(v, 2) }), X)
    expect([...add(arrays(1, 1)).twice]).toEqual([4, 6])
    for (let i = 0; i < 3; i++) {
      v.assign(tf.tensor1d([10 * i, 20]))
      expect([...add(arrays(1, 2)).twice]).toEqual([20 * i + 2, 44])
      expect([...add(arrays(1, 2)).twice]).toEqual([20 * i + 4, 48])
      expect(values(v)).toEqual([10 * i + 2, 24])
    }
  })

  test('that share data keep values of their own', () => {
    const shared = tf.tensor1d([1, 2])
    const [a, b] = [tf.variable(shared), tf.variable(shared)]
    const step = compile(({ x }) => (a.assign(tf.add(a, x)), { b: tf.mul(b, 1) }), X)
    for (let i = 1; i <= 3; i++) {
      expect([...step(arrays(1, 1)).b]).toEqual([1, 2])
      expect(values(a)).toEqual([1 + i, 2 + i])
      expect(values(b)).toEqual([1, 2])
      expect(values(shared)).toEqual([1, 2])
    }
    a.assign(b) // shared again, between calls
    expect([...step(arrays(5, 5)).b]).toEqual([1, 2])
    expect(values(a)).toEqual([6, 7])
    expect(values(b)).toEqual([1, 2])
  })

  test('whose values somebody else still holds leave them alone', () => {
    const v = variable(1, 2)
    const add = compile(({ x }) => (v.assign(tf.add(v, x)), {}), X)
    add(arrays(1, 1))
    const held = tf.clone(v)
    const reshaped = tf.reshape(v, [2, 1])
    add(arrays(1, 1))
    expect(values(v)).toEqual([3, 4])
    expect(values(held)).toEqual([2, 3])
    expect(values(reshaped)).toEqual([2, 3])
    add(arrays(1, 1))
    expect(values(v)).toEqual([4, 5])
    expect(values(held)).toEqual([2, 3])
  })

  test('may be shared by programs, each of which sees what the others did', () => {
    const v = variable(1, 1)
    const double = compile(() => (v.assign(tf.mul(v, 2)), {}), NONE)
    const add = compile(({ x }) => (v.assign(tf.add(v, x)), {}), X)
    const read = compile(() => ({ v }), NONE)
    let want = [1, 1]
    for (let i = 0; i < 4; i++) {
      double({})
      add(arrays(i, 1))
      want = [want[0]! * 2 + i, want[1]! * 2 + 1]
      expect([...read({}).v]).toEqual(want)
      expect(values(v)).toEqual(want)
    }
  })

  test('may be outputs, before and after they are assigned', () => {
    const v = variable(1, 2)
    const step = compile(({ x }) => {
      const before = tf.clone(v)
      v.assign(tf.add(v, x))
      return { before, after: v }
    }, X)
    for (let i = 0; i < 3; i++) {
      const { before, after } = step(arrays(10, 10))
      expect([...before]).toEqual([1 + 10 * i, 2 + 10 * i])
      expect([...after]).toEqual([11 + 10 * i, 12 + 10 * i])
      after[0] = -1
    }
    expect(values(v)).toEqual([31, 32])
  })

  test('may be swapped, and rotated', () => {
    const [a, b, c] = [variable(1), variable(2), variable(3)]
    const swap = compile(() => {
      const old = tf.clone(a)
      a.assign(b)
      b.assign(old)
      return {}
    }, NONE)
    const rotate = compile(() => {
      const old = tf.clone(a)
      a.assign(b)
      b.assign(c)
      c.assign(old)
      return { a, b, c }
    }, NONE)
    const all = () => [a, b, c].map((v) => values(v)[0])
    for (let i = 0; i < 2; i++) {
      swap({})
      expect(all()).toEqual([2, 1, 3])
      swap({})
      expect(all()).toEqual([1, 2, 3])
    }
    for (const want of [
      [2, 3, 1],
      [3, 1, 2],
      [1, 2, 3],
    ]) {
      const out = rotate({})
      expect([out.a[0], out.b[0], out.c[0]]).toEqual(want)
      expect(all()).toEqual(want)
    }
  })

  test('may be given the same result, an input, a constant, or another value than they are read at', () => {
    const [a, b, c, d] = [variable(0, 0), variable(0, 0), variable(0, 0), variable(1, 1)]
    const step = compile(({ x }) => {
      const sum = tf.add(x, d)
      a.assign(sum)
      b.assign(sum)
      c.assign(x)
      d.assign(tf.tensor1d([5, 6]))
      return { late: tf.mul(d, a), sum }
    }, X)
    const expectStep = (x: readonly number[], before: readonly number[]) => {
      const sum = x.map((value, i) => value + before[i]!)
      const out = step(arrays(...x))
      expect([...out.sum]).toEqual(sum)
      expect([...out.late]).toEqual([sum[0]! * 5, sum[1]! * 6])
      expect([a, b, c, d].map(values)).toEqual([sum, sum, x, [5, 6]])
    }
    expectStep([1, 2], [1, 1])
    expectStep([3, 4], [5, 6])
    b.assign(tf.tensor1d([0, 0]))
    expectStep([-3, 7], [5, 6])
  })

  test('may be assigned twice in one call, with a use between', () => {
    const v = variable(1)
    const step = compile(({ x }) => {
      v.assign(tf.add(v, x))
      const between = tf.mul(v, 100)
      v.assign(tf.mul(v, 2))
      return { between }
    }, X)
    expect(step(arrays(1)).between[0]).toBe(200)
    expect(step(arrays(1)).between[0]).toBe(500)
    expect(values(v)).toEqual([10])
  })

  test('that a program only writes are written at every call', () => {
    const v = variable(0, 0)
    const set = compile(({ x }) => (v.assign(tf.square(x)), {}), X)
    for (const n of [2, 3, 4]) {
      set(arrays(n, -n))
      expect(values(v)).toEqual([n * n, n * n])
      v.assign(tf.tensor1d([0, 0]))
    }
  })
})

describe('a recording', () => {
  test('is made for each set of input shapes, once', () => {
    let runs = 0
    const sum = compile(({ x, y }) => (runs++, { sum: tf.add(tf.sum(x), tf.sum(y)) }), {
      inputs: { x: { shape: [-1], dtype: 'float32' }, y: { shape: [-1, 2], dtype: 'float32' } },
    })
    const call = (m: number, n: number) =>
      sum({ x: new Float32Array(m).fill(1), y: new Float32Array(2 * n).fill(10) }).sum[0]
    for (let i = 0; i < 3; i++) {
      expect([call(1, 2), call(2, 1), call(21, 2), call(0, 1)]).toEqual([41, 22, 61, 20])
      expect(runs).toBe(4)
    }
  })

  test('freezes what it closes over, and constants made inside', () => {
    let factor = 2
    const scale = compile(({ x }) => ({ y: tf.mul(tf.add(x, tf.tensor1d([1, 2])), factor) }), X)
    expect([...scale(arrays(1, 1)).y]).toEqual([4, 6])
    factor = 3
    expect([...scale(arrays(2, 2)).y]).toEqual([6, 8])
    // Another shape is another recording, in which 3 is frozen.
    expect([...compile(({ x }) => ({ y: tf.mul(x, factor) }), X)(arrays(1)).y]).toEqual([3])
  })

  test('keeps its constants however often it runs, and hands out copies', () => {
    const program = compile(({ x }) => {
      const constant = tf.square(tf.range(0, 3))
      return { constant, sum: tf.add(constant, x), x }
    }, X)
    for (let i = 0; i < 3; i++) {
      const out = program(arrays(1, 1, i))
      expect([...out.constant]).toEqual([0, 1, 4])
      expect([...out.sum]).toEqual([1, 2, 4 + i])
      expect([...out.x]).toEqual([1, 1, i])
      for (const array of Object.values(out)) array.fill(99)
    }
  })

  test('takes empty batches', () => {
    const program = compile(({ x }) => ({ y: tf.relu(x), n: tf.sum(x) }), X)
    for (let i = 0; i < 2; i++) {
      const { y, n } = program(arrays())
      expect([y.length, n[0]]).toEqual([0, 0])
    }
  })

  test('is not spoiled by an error in its first run', () => {
    const v = variable(1)
    let fails = true
    const program = compile(({ x }) => {
      if (fails) throw new Error('not yet')
      v.assign(tf.add(v, x))
      return {}
    }, X)
    expect(() => program(arrays(1))).toThrow('not yet')
    fails = false
    program(arrays(1))
    program(arrays(1))
    expect(values(v)).toEqual([3])
  })
})

describe('a program is refused', () => {
  const outside = /made outside of it; make it an input, a variable, or inside/

  test('that reads a tensor made outside', () => {
    const t = tf.tensor1d([1])
    expect(() => compile(({ x }) => ({ y: tf.add(x, t) }), X)(arrays(1))).toThrow(outside)
    const computed = tf.square(t)
    expect(() => compile(({ x }) => ({ y: tf.add(x, computed) }), X)(arrays(1))).toThrow(outside)
  })

  test('that returns a tensor made outside', () => {
    const t = tf.tensor1d([1])
    const program = compile(() => ({ t }), NONE)
    expect(() => program({})).toThrow(outside)
  })

  test('that assigns a tensor made outside', () => {
    const t = tf.tensor1d([7])
    const v = variable(1)
    const program = compile(() => (v.assign(t), {}), NONE)
    expect(() => program({})).toThrow(outside)
  })

  test('that reads values', () => {
    const read = compile(({ x }) => ({ y: tf.mul(x, tf.sum(x).dataSync()[0]!) }), X)
    expect(() => read(arrays(1))).toThrow(/reads the values of a tensor while it runs/)
    expect(() => read(arrays(1))).toThrow(/return the tensor as an output/)
  })

  test('that calls another program, new or recorded', () => {
    const inner = compile(({ x }) => ({ y: tf.mul(x, 2) }), X)
    const outer = compile(({ x }) => ({ y: tf.add(x, inner(arrays(1)).y[0]!) }), X)
    expect(() => outer(arrays(1))).toThrow(/within another one/)
    inner(arrays(1))
    expect(() => outer(arrays(1))).toThrow(/within another one/)
  })

  test('and leaves the backend as it was', () => {
    const t = tf.tensor1d([1])
    expect(() => compile(({ x }) => ({ y: tf.add(x, t) }), X)(arrays(1))).toThrow()
    expect(simdBackend().recorder).toBeUndefined()
    expect([...compile(({ x }) => ({ y: tf.mul(x, 2) }), X)(arrays(4)).y]).toEqual([8])
  })
})

describe('memory', () => {
  const spec = { x: { shape: [1000], dtype: 'float32' } } as const
  const x = new Float32Array(1000).fill(1)

  test('is given back when a recording is disposed of', () => {
    const backend = simdBackend()
    const v = tf.variable(tf.ones([1000]))
    const round = (i: number) => {
      const program = new SimdProgram(backend)
      const run = ({ x }: Readonly<Record<string, tf.Tensor>>) => {
        v.assign(tf.add(v, x!))
        return { y: tf.cumsum(tf.mul(v, 2)) }
      }
      expect(program.record(run, spec, { x })['y']![0]).toBe(2 * (2 + 2 * i))
      expect(program.replay({ x })['y']![0]).toBe(2 * (3 + 2 * i))
      program.dispose()
      expect(values(v)[0]).toBe(3 + 2 * i)
    }
    round(0)
    const before = [backend.heap.size, tf.memory().numTensors, backend.numDataIds()]
    for (let i = 1; i < 2000; i++) round(i)
    expect([backend.heap.size, tf.memory().numTensors, backend.numDataIds()]).toEqual(before)
  })

  test('of a variable outlives it as long as a program holds it, and no longer', () => {
    const backend = simdBackend()
    const round = () => {
      const v = tf.tidy(() => tf.variable(tf.ones([1000])))
      const program = new SimdProgram(backend)
      program.record(({ x }) => (v.assign(tf.add(v, x!)), {}), spec, { x })
      program.replay({ x })
      v.dispose()
      program.dispose()
    }
    round()
    const before = [backend.heap.size, tf.memory().numTensors, backend.numDataIds()]
    for (let i = 0; i < 2000; i++) round()
    expect([backend.heap.size, tf.memory().numTensors, backend.numDataIds()]).toEqual(before)
  })

  test('does not grow in 10,000 updates', () => {
    const backend = simdBackend()
    const rng = new Rng(1)
    const options = {
      inputShape: [4],
      outputs: 2,
      outputScale: 1,
      normalization: 'weight',
    } as const
    const network = mlp([8, 8])({ ...options, rng })
    const target = network.foldedCopy()
    const optimizer = createOptimizer(network.parameters, { name: 'adam' })
    const encoder = {
      spec: { shape: [-1, 4], dtype: 'float32' } as const,
      encode: (raw: tf.Tensor) => raw,
    }
    const update = dqnUpdate({
      ...{ network, target, optimizer, encoder },
      ...{ actions: 2, doubleQ: false, loss: 'mse', huberDelta: 1, maxGradNorm: 10 },
    })
    const q = compile(({ obs }) => ({ q: network.applyFolded(obs) }), {
      inputs: { obs: encoder.spec },
    })
    const batch = {
      obs: normals(rng, 16),
      actions: Int32Array.of(0, 1, 1, 0),
      rewards: normals(rng, 4),
      nextObs: normals(rng, 16),
      discounts: Float32Array.of(0.99, 0.99, 0, 0.99),
    }
    const step = () => {
      update({ ...batch, ...optimizer.nextScalars(1e-4) })
      return q({ obs: batch.obs.subarray(0, 4) }).q
    }
    const first = step()
    for (let i = 0; i < 10; i++) step()
    const before = [backend.heap.size, tf.memory().numTensors, backend.numDataIds()]
    for (let i = 0; i < 10_000; i++) step()
    expect([backend.heap.size, tf.memory().numTensors, backend.numDataIds()]).toEqual(before)
    expect([...step()]).not.toEqual([...first])
    optimizer.dispose()
  })
})
