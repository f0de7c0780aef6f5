/** Backends whose packages are optional: found by name, handed in by a page, or missing. */
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, expect, test } from 'vitest'
import { compile, profileProgram, useBackend } from '../../src/backend/index.ts'
import { loadOptional } from '../../src/backend/optional.ts'

afterAll(() => useBackend('cpu'))

const absent = () => Promise.reject(new Error('Failed to resolve module specifier'))

test.each(['wasm', 'webgpu'] as const)(
  'without its package "%s" is refused with the command that installs it and what a page must say',
  async (backend) => {
    await expect(useBackend(backend, { load: absent })).rejects.toThrow(
      new RegExp(
        `"${backend}" needs the npm package @tensorflow/tfjs-backend-${backend}.*Failed to resolve.*` +
          `npm install @tensorflow/tfjs-backend-${backend}@4.22.*load: \\(\\) => import\\('@tensorflow`,
      ),
    )
  },
)

test('a package that is not installed is told by its name, with the cause', async () => {
  const refused = loadOptional('webgpu', 'wn-rl-is-not-the-name-of-this')
  await expect(refused).rejects.toThrow(/npm install wn-rl-is-not-the-name-of-this/)
  await expect(refused).rejects.toMatchObject({ cause: expect.any(Error) as Error })
})

test('a page hands in the package, and is told where the .wasm files are', async () => {
  const told: string[] = []
  const load = () =>
    import('@tensorflow/tfjs-backend-wasm').then((wasm) => ({
      ...wasm,
      setWasmPaths: (paths: string) => told.push(paths),
    }))
  expect((await useBackend('wasm', { load, wasmPaths: '/files/' })).name).toBe('wasm')
  expect(told).toEqual(['/files/'])
})

test('a program is profiled step by step where it is captured, and refused elsewhere', async () => {
  const program = compile(({ x }) => ({ y: tf.sum(tf.mul(x, x)) }), {
    inputs: { x: { shape: [-1], dtype: 'float32' } },
  })
  const inputs = { x: Float32Array.of(1, 2, 3) }
  let ticks = 0
  const times: { name: string; time: number }[] = []
  await useBackend('simd')
  for (let call = 0; call < 3; call++) profileProgram(program, inputs, () => ticks++, times)
  expect(times.length).toBeGreaterThan(0)
  expect(times.every(({ time }) => time === 3)).toBe(true) // a tick for each step of each call
  program.dispose()
  await useBackend('cpu')
  expect(() => profileProgram(program, inputs, () => ticks++, [])).toThrow(/"cpu".*choose simd/)
})
