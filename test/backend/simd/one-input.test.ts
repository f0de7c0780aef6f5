/** Layers with one input: there v has as many numbers as g, and a plan must not mix up their gradients. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { compile, useBackend } from '../../../src/backend/index.ts'
import { weightNorm } from '../../../src/nn/index.ts'
import { Rng } from '../../../src/rng.ts'

beforeAll(() => useBackend('simd'))

test.each([
  [1, 5, 64],
  [1, 1, 64],
  [1, 32, 3],
  [2, 5, 64],
])('from %i inputs, batch %i, to %i', (inputs, batch, outputs) => {
  const rng = new Rng(`${inputs} ${outputs}`)
  const normal = (...shape: number[]) =>
    tf.variable(
      tf.tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()),
        shape,
      ),
    )
  const [v, g, b] = [normal(inputs, outputs), normal(outputs), normal(outputs)]
  const program = compile(
    ({ x }) => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(tf.tanh(tf.add(tf.matMul(x, weightNorm(v, g)), b)))),
        [v, g, b],
      )
      return { value, dv: grads[v.name]!, dg: grads[g.name]!, db: grads[b.name]! }
    },
    { inputs: { x: { shape: [-1, inputs], dtype: 'float32' } }, verify: true }, // throws where bits differ
  )
  for (let i = 0; i < 3; i++) {
    const { dv } = program({
      x: Float32Array.from({ length: batch * inputs }, () => 5 + rng.normal()),
    })
    // Along v there is no gradient; of one input there is no other direction.
    if (inputs === 1) for (const along of dv) expect(Math.abs(along)).toBeLessThan(1e-6)
  }
  program.dispose()
  tf.dispose([v, g, b])
})
