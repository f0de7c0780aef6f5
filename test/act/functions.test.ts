/** The functions that `wn-rl/act` brings have the bits of those that agents use. */
import stdlibExp from '@stdlib/math-base-special-exp'
import * as tf from '@tensorflow/tfjs-core'
import { Rng } from 'gymnasium-js'
import { beforeAll, expect, test } from 'vitest'
import { exp as doubleExp } from '../../src/act/exponential.ts'
import { exp, log, tanh } from '../../src/act/plain-functions.ts'
import { useBackend } from '../../src/backend/index.ts'

beforeAll(() => useBackend('simd'))

const rng = new Rng('functions')
const float32 = (draw: () => number) => Float32Array.from({ length: 100_000 }, draw)
const EDGES = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-38, -1e-40, 1e-45, 88.7, -103.9, 3e38]

const ARGUMENTS = Float32Array.of(
  ...EDGES,
  ...float32(() => rng.uniform(-110, 95)).subarray(0, 30_000),
  ...float32(() => rng.normal()).subarray(0, 30_000),
  ...float32(() => 2 ** rng.uniform(-149, 128)).subarray(0, 30_000),
)

test.each([
  ['exp', exp, tf.exp],
  ['log', log, tf.log],
  ['tanh', tanh, tf.tanh],
] as const)('%s is that of the kernels, bit for bit', (_, plain, ofBackend) => {
  const expected = tf.tidy(() => ofBackend(tf.tensor1d(ARGUMENTS)).dataSync())
  for (const [i, x] of ARGUMENTS.entries())
    if (!Object.is(Math.fround(plain(x)), expected[i]))
      expect.fail(`of ${x} it is ${plain(x)}, not ${expected[i]}`)
})

test('exp in double precision is that of stdlib, bit for bit', () => {
  const draws = [
    ...Array.from({ length: 100_000 }, () => rng.uniform(-700, 700)),
    ...Array.from({ length: 100_000 }, () => rng.normal(0, 2)),
    ...Array.from({ length: 1000 }, () => 2 ** -rng.uniform(0, 60)),
    ...[0, -0, 1, -1],
  ]
  for (const x of draws)
    if (!Object.is(doubleExp(x), stdlibExp(x)))
      expect.fail(`of ${x} it is ${doubleExp(x)}, not ${stdlibExp(x)}`)
})
