import { describe, expect, test } from 'vitest'
import { gatherRows, RolloutBuffer, shuffledBatches } from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { stepOf } from '../helpers/steps.ts'
import { fc } from '../helpers/properties.ts'

describe('shuffled batches', () => {
  test('hold every row once, in batches of the size asked for and a rest', () => {
    const size = fc.integer({ min: 1, max: 20 })
    fc.assert(
      fc.property(size, size, fc.nat(100), (count, batchSize, seed) => {
        const batches = shuffledBatches(count, batchSize, new Rng(seed))
        const rows = batches.flatMap((batch) => [...batch])
        expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
        expect(batches.slice(0, -1).every(({ length }) => length === batchSize)).toBe(true)
      }),
    )
  })

  test('are in another order with another seed', () => {
    const order = (seed: number) => [...shuffledBatches(50, 50, new Rng(seed))[0]!]
    expect(order(1)).toEqual(order(1))
    expect(order(1)).not.toEqual(order(2))
  })
})

test('rows are gathered whole, in any dtype', () => {
  const source = Float32Array.of(0, 1, 10, 11, 20, 21)
  const target = gatherRows(source, Int32Array.of(2, 0), 2, new Float32Array(4))
  expect([...target]).toEqual([20, 21, 0, 1])
  expect([...gatherRows(Uint8Array.of(5, 6), Int32Array.of(1), 1, new Uint8Array(1))]).toEqual([6])
})

describe('a rollout of continuous or masked actions', () => {
  const options = { numSteps: 2, numEnvs: 2, obsSize: 1, obsLike: new Float32Array() }
  const step = stepOf([{ obs: [0] }, { obs: [0] }])
  const obs = Float32Array.of(0, 0)

  test('keeps actions of several numbers', () => {
    const rollout = new RolloutBuffer({ ...options, actionSize: 2, actionLike: new Float32Array() })
    rollout.add(obs, Float32Array.of(0.5, -0.5, 2, 3), [0, 0], step)
    rollout.add(obs, Float32Array.of(5, 6, 7, 8), [0, 0], step)
    expect([...rollout.actions]).toEqual([0.5, -0.5, 2, 3, 5, 6, 7, 8])
    expect(rollout.masks).toHaveLength(0)
  })

  test('keeps masks, all ones where there are none, in the second rollout too', () => {
    const rollout = new RolloutBuffer({ ...options, numActions: 3 })
    const masks = Uint8Array.of(1, 0, 0, 0, 1, 1)
    const actions = Int32Array.of(0, 1)
    rollout.add(obs, actions, [0, 0], step, masks)
    rollout.add(obs, actions, [0, 0], step)
    expect([...rollout.masks]).toEqual([...masks, 1, 1, 1, 1, 1, 1])
    rollout.clear()
    rollout.add(obs, actions, [0, 0], step)
    expect([...rollout.masks.slice(0, 6)]).toEqual([1, 1, 1, 1, 1, 1])
  })
})
