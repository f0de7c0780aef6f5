/** The backend `webgpu` in Node: agents learn on it as they do on cpu. Skipped, with the reason, where there is no GPU. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendInUse, compile, GpuFailure, useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { evaluate, evaluateInTurns } from '../../src/training/index.ts'
import { AGENTS, cartPole, smallDqn } from '../helpers/agents.ts'
import { CASES, type CaseName, difference, oneUpdate } from '../helpers/one-update.ts'
import { whyNoWebGpu } from '../helpers/webgpu.ts'

/**
 * Of losses, gradient norms and parameters, relative to the largest of each; float32 has 6e-8. A convolution's gradients
 * are sums over some thousand positions, in another order.
 */
const TOLERANCE = { dense: 2e-6, conv: 2e-5 }
const SLOW = 300_000

const reason = await whyNoWebGpu()

describe.skipIf(reason !== undefined)(`webgpu${reason ? `, skipped: ${reason}` : ''}`, () => {
  beforeAll(() => useBackend('webgpu'))

  test.each(Object.keys(CASES) as CaseName[])(
    'one update agrees with cpu: %s',
    async (name) => {
      const found = await oneUpdate(name, 'webgpu')
      const expected = await oneUpdate(name, 'cpu')
      await useBackend('webgpu')
      expect(difference(found, expected)).toBeLessThan(
        TOLERANCE[name.endsWith('conv') ? 'conv' : 'dense'],
      )
      expect(Object.keys(found).length).toBeGreaterThan(8)
    },
    SLOW,
  )

  test('outputs of a program come as a promise, those of several runs in one reading', async () => {
    const sums = compile(({ x }) => ({ double: tf.mul(x, 2), sum: tf.sum(x) }), {
      inputs: { x: { shape: [-1], dtype: 'float32' } },
    })
    const { double, sum } = await sums.run({ x: [1, 2, 3] as never })
    expect([...double, ...sum]).toEqual([2, 4, 6, 6])
    expect(() => sums({ x: new Float32Array(3) })).toThrow(/reading them takes waiting.*actAsync/)
  })

  test(
    'tensors and buffers do not grow over 500 updates',
    async () => {
      const agent = smallDqn({
        network: mlp([4]),
        batchSize: 4,
        learningStarts: 20,
        initializationBatch: 20,
        trainFrequency: 1,
        epsilonEnd: 1,
        normInterval: 0,
        logInterval: 50,
      })
      const seen: string[] = []
      const onStep = async (globalStep: number) => {
        if (globalStep < 120 || globalStep % 100 !== 20) return
        await agent.synchronize()
        seen.push(countsOf(tf.memory()))
      }
      await agent.learn({ totalTimesteps: 720, callbacks: [{ onStep }] })
      expect(seen.length).toBe(7)
      expect([...new Set(seen.slice(1))]).toEqual([seen[1]]) // the first reading makes what later ones reuse
      agent.dispose()
    },
    SLOW,
  )

  test.each(AGENTS)(
    'a state of $name goes from webgpu to simd and back',
    async ({ create }) => {
      await useBackend('webgpu')
      const first = create({ seed: 3 })
      await first.learn({ totalTimesteps: 140 })
      expect(() => first.digest()).toThrow(/await synchronize\(\)/)
      await first.synchronize()
      const state = first.getState()
      const digest = first.digest()

      await useBackend('simd')
      const second = create({ seed: 3 })
      second.setState(state)
      expect(second.digest()).toBe(digest)
      await second.learn({ totalTimesteps: 160 })

      await useBackend('webgpu')
      const third = create({ seed: 3 })
      third.setState(second.getState())
      await third.learn({ totalTimesteps: 180 })
      await third.synchronize()
      expect(third.digest()).not.toBe(second.digest())
      for (const agent of [first, second, third]) agent.dispose()
    },
    SLOW,
  )

  test.each(AGENTS)(
    '$name acts by waiting, and says so where nobody waits',
    async ({ create }) => {
      const agent = create({ seed: 0 })
      const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)
      expect(() => agent.act(obs)).toThrow(/use actAsync/)
      expect(() => agent.actBatch(obs, { deterministic: true })).toThrow(/use actAsync/)
      const onGpu = await agent.actAsync(obs)
      const options = { makeEnv: cartPole, episodes: 2, seed: 1, maxEpisodeSteps: 10 }
      expect(() => evaluate(agent, options)).toThrow(/takes waiting/)
      const evaluation = await evaluateInTurns(agent, options)
      await agent.synchronize()
      await useBackend('simd')
      expect(agent.act(obs)).toBe(onGpu)
      expect(evaluate(agent, options)).toEqual(evaluation)
      await useBackend('webgpu')
      agent.dispose()
    },
    SLOW,
  )

  test('a GPU is chosen by a part of its name or its index, and named', async () => {
    const { device } = backendInUse()!
    expect(device).toMatch(/\S/)
    await expect(useBackend('webgpu', { gpu: 'no such GPU' })).rejects.toThrow(
      /there is no "no such GPU"; choose one of 0 "/,
    )
    await expect(useBackend('webgpu', { gpu: '99' })).rejects.toThrow(/there is no "99"/)
  })

  test(
    'a lost GPU ends learning with an error that says what to do, and a new start works',
    async () => {
      const agent = smallDqn({ seed: 1 })
      const onStep = (globalStep: number) => {
        if (globalStep === 110) (tf.backend() as unknown as { device: GPUDevice }).device.destroy()
      }
      const learning = agent.learn({ totalTimesteps: 400, callbacks: [{ onStep }] })
      await expect(learning).rejects.toThrow(GpuFailure)
      await expect(learning).rejects.toThrow(/was lost.*checkpoint/)
      agent.dispose()
      await useBackend('webgpu')
      const again = smallDqn({ seed: 1 })
      await again.learn({ totalTimesteps: 110 })
      again.dispose()
    },
    SLOW,
  )
})

/** Tensors, and bytes of all buffers, free ones included. */
function countsOf(memory: tf.MemoryInfo): string {
  const { numTensors, numDataBuffers, numBytes } = memory
  const { numBytesAllocatedInGPU } = memory as unknown as Record<string, number>
  return JSON.stringify({ numTensors, numDataBuffers, numBytes, numBytesAllocatedInGPU })
}
