/** Means of what updates report, each over as many values as there were of it. */
import { describe, expect, test } from 'vitest'
import { MeanMetrics } from '../../src/training/index.ts'
import { throughFiles, withTensor } from '../helpers/states.ts'

describe('means between two rows', () => {
  test('are since the last time', () => {
    const metrics = new MeanMetrics(['a', 'b'])
    expect(metrics.take()).toEqual({})
    metrics.add({ a: 1, b: 2 })
    metrics.add({ a: 3, b: 2 })
    expect(metrics.take()).toEqual({ a: 2, b: 2 })
    expect(metrics.take()).toEqual({})
  })

  test('count each name for itself: what comes once in a rollout is not thinned by its minibatches', () => {
    const metrics = new MeanMetrics(['loss', 'explained', 'never'])
    metrics.add({ explained: 0.5 })
    for (const loss of [1, 2, 3, 6]) metrics.add({ loss })
    expect(metrics.take()).toEqual({ loss: 3, explained: 0.5 })
    metrics.add({ loss: 4 })
    expect(metrics.take()).toEqual({ loss: 4 })
  })

  test('leave out what has another name', () => {
    const metrics = new MeanMetrics(['a'])
    metrics.add({ a: 1, other: 5 })
    metrics.add({ other: 7 })
    expect(metrics.take()).toEqual({ a: 1 })
  })

  test('go on from their state', () => {
    const [one, other] = [new MeanMetrics(['a', 'b']), new MeanMetrics(['a', 'b'])]
    one.add({ a: 1 })
    one.add({ a: 1 / 3, b: 4 })
    other.add({ a: 9, b: 9 }) // what was there before is gone
    other.readState(throughFiles(one.getState()))()
    for (const metrics of [one, other]) metrics.add({ a: 2 })
    const means = other.take()
    expect(means).toEqual({ a: (1 + 1 / 3 + 2) / 3, b: 4 })
    expect(one.take()).toEqual(means)
  })

  test.each([
    ['counts', Float64Array.of(1, -1), /state\.counts: expected whole numbers from 0 on, found -1/],
    ['counts', Float64Array.of(0.5, 1), /state\.counts: .*found 0\.5/],
    ['counts', Float64Array.of(1), /tensor "counts": expected float64 \[2\], found 1 float64/],
    ['sums', Float32Array.of(1, 1), /tensor "sums": expected float64 \[2\]/],
  ])('refuse torn %s, and stay as they are', (name, data, message) => {
    const metrics = new MeanMetrics(['a', 'b'])
    metrics.add({ a: 3 })
    const state = metrics.getState()
    const torn = withTensor(state, name, { ...state.tensors[name]!, data })
    expect(() => metrics.readState(torn)).toThrow(message)
    expect(metrics.getState()).toEqual(state)
    expect(metrics.take()).toEqual({ a: 3 })
  })
})
