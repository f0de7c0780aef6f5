/** One way for values that are there at once and for those that are waited for. */
import { describe, expect, test } from 'vitest'
import { atOnce, whenThere } from '../../src/backend/index.ts'

describe('going on with a value', () => {
  test('that is there happens at once, and its result is no promise', () => {
    const told: string[] = []
    const result = whenThere(3, (n) => (told.push('here'), n + 1))
    told.push('after')
    expect(result).toBe(4)
    expect(told).toEqual(['here', 'after'])
  })

  test('that is promised happens when it is there', async () => {
    const told: string[] = []
    const result = whenThere(Promise.resolve(3), (n) => (told.push('there'), n + 1))
    told.push('after')
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toBe(4)
    expect(told).toEqual(['after', 'there'])
  })

  test('throws at once, or breaks the promise', async () => {
    const fail = () => {
      throw new Error('no good')
    }
    expect(() => whenThere(1, fail)).toThrow('no good')
    await expect(whenThere(Promise.resolve(1), fail)).rejects.toThrow('no good')
    await expect(whenThere(Promise.reject(new Error('lost')), fail)).rejects.toThrow('lost')
  })

  test('asked for at once is refused where it is promised, naming what to do', () => {
    expect(atOnce(5)).toBe(5)
    expect(() => atOnce(Promise.resolve(5))).toThrow(/use actAsync and actBatchAsync/)
    expect(() => atOnce(Promise.reject(new Error('lost')))).toThrow(/await synchronize\(\)/)
  })
})
