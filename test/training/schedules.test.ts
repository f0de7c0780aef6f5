import { describe, expect, test } from 'vitest'
import { completedIntervals, learningRateAt, linearSchedule } from '../../src/training/index.ts'
import { fc } from '../helpers/properties.ts'

describe('a linear schedule', () => {
  test('goes straight from start to end and stays there', () => {
    const at = (timestep: number) => linearSchedule(1, 0.2, 100, timestep)
    expect([0, 25, 50, 100, 1000].map(at)).toEqual([1, 0.8, 0.6, 0.2, 0.2])
  })

  test('without duration is at its end at once', () => {
    expect(linearSchedule(1, 0.2, 0, 0)).toBe(0.2)
  })
})

test('the learning rate is constant, or falls to 0 over the budget', () => {
  const rate = (learningRateSchedule: 'constant' | 'linear', step: number) =>
    learningRateAt({ learningRate: 0.4, learningRateSchedule }, step, 100)
  expect([0, 50, 100].map((step) => rate('constant', step))).toEqual([0.4, 0.4, 0.4])
  expect([0, 50, 100].map((step) => rate('linear', step))).toEqual([0.4, 0.2, 0])
})

describe('completed intervals', () => {
  test('are counted between two timesteps, the later included', () => {
    expect(completedIntervals(9, 10, 10)).toBe(1)
    expect(completedIntervals(10, 11, 10)).toBe(0)
    expect(completedIntervals(0, 8, 3)).toBe(2)
    expect(completedIntervals(8, 16, 1)).toBe(8)
  })

  test('are as many in steps of any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (interval, steps) => {
          let now = 0
          let count = 0
          for (const step of steps) count += completedIntervals(now, (now += step), interval)
          expect(count).toBe(Math.floor(now / interval))
        },
      ),
    )
  })
})
