/** Parts that make a whole: their states are listed, checked all before the first one changes, and told by their paths. */
import { Rng } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  type CheckpointState,
  readJson,
  readTensors,
  type StatePart,
  type Stateful,
  stateOf,
  streamState,
  tensorOf,
} from '../src/state.ts'
import { throughFiles, withField, withTensor } from './helpers/states.ts'

/** A number in JSON and a pair of them in a tensor. */
class Counter implements Stateful {
  count: number
  readonly pair: Float32Array

  constructor(count: number, ...pair: number[]) {
    this.count = count
    this.pair = Float32Array.from(pair)
  }

  getState({ views = false } = {}): CheckpointState {
    const pair = views ? this.pair : this.pair.slice()
    return { json: { count: this.count }, tensors: { pair: tensorOf(pair, [2]) } }
  }

  readState(state: StatePart): () => void {
    const { count } = readJson(z.strictObject({ count: z.int() }), state)
    const { pair } = readTensors(state, { pair: { dtype: 'float32', shape: [2] } })
    return () => {
      this.count = count
      this.pair.set(pair)
    }
  }
}

const wholeOf = () => {
  const parts = { first: new Counter(1, 2, 3), rng: new Rng('s/own'), last: new Counter(4, 5, 6) }
  return { ...parts, state: stateOf(parts) }
}

describe('the state of a whole', () => {
  test('lists its parts by name, random streams too', () => {
    const { state, rng } = wholeOf()
    expect(state.getState()).toEqual({
      json: { first: { count: 1 }, rng: rng.getState(), last: { count: 4 } },
      tensors: {
        'first/pair': { dtype: 'float32', shape: [2], data: Float32Array.of(2, 3) },
        'last/pair': { dtype: 'float32', shape: [2], data: Float32Array.of(5, 6) },
      },
    })
    expect(stateOf({}).getState()).toEqual({ json: {}, tensors: {} })
  })

  test('is taken over by another of the same parts', () => {
    const [one, other] = [wholeOf(), wholeOf()]
    one.first.count = 7
    one.last.pair[1] = 8
    one.rng.random()
    const take = other.state.readState(throughFiles(one.state.getState()))
    expect(other.state.getState()).toEqual(wholeOf().state.getState()) // nothing yet
    take()
    expect(other.state.getState()).toEqual(one.state.getState())
    expect(other.rng.random()).toBe(one.rng.random())
  })

  test('passes on whether views will do', () => {
    const { state, last } = wholeOf()
    const [views, copies] = [state.getState({ views: true }), state.getState()]
    last.pair[0] = 9
    expect([views, copies].map(({ tensors }) => tensors['last/pair']!.data[0])).toEqual([9, 5])
  })

  const whole = wholeOf().state.getState()
  const tensor = whole.tensors['last/pair']!
  test.each<[string, CheckpointState, RegExp]>([
    ['an unknown part', withField(whole, ['more'], {}), /state: .*"more"/],
    ['an unknown tensor', withTensor(whole, 'more/pair', tensor), /"more\/pair": expected no such/],
    ['a tensor of no part', withTensor(whole, 'pair', tensor), /"pair": expected no such tensor/],
    ['a stream with a tensor', withTensor(whole, 'rng/c', tensor), /"rng\/c": expected no such/],
    ['a missing part', withField(whole, ['last'], undefined), /state\.last: expected an object/],
    ['a part that is none', withField(whole, ['last'], [1]), /state\.last: expected an object/],
    ['a torn last part', withField(whole, ['last', 'count'], 'x'), /state\.last\.count: .*"x"/],
    ['a missing tensor', withTensor(whole, 'last/pair', undefined), /"last\/pair": .*nothing/],
    [
      'another stream',
      withField(whole, ['rng', 'seed'], 's/other'),
      /state\.rng\.seed: expected "s\/own", found "s\/other"/,
    ],
  ])('with %s is refused, and nothing changes', (_, torn, message) => {
    const { state, first, rng } = wholeOf()
    first.count = 11
    rng.random()
    const before = state.getState()
    expect(() => state.readState(torn)).toThrow(message)
    expect(() => state.readState(torn)).toThrow(TypeError)
    expect(state.getState()).toEqual(before)
  })

  test('of wholes within wholes tells the path from the outermost on', () => {
    const outer = stateOf({ inner: wholeOf().state })
    const torn = withField(outer.getState(), ['inner', 'first', 'count'], 0.5)
    expect(() => outer.readState(torn)).toThrow(/^state\.inner\.first\.count: .*found 0\.5/)
    const cut = withTensor(outer.getState(), 'inner/last/pair', undefined)
    expect(() => outer.readState(cut)).toThrow(/tensor "inner\/last\/pair": expected float32 \[2\]/)
  })
})

describe('a random stream', () => {
  test('goes on where it stood', () => {
    const [one, other] = [new Rng('s').stream('a'), new Rng('s').stream('a')]
    for (let k = 0; k < 5; k++) one.random()
    streamState(other).readState(throughFiles(streamState(one).getState()))()
    expect([other.random(), other.normal()]).toEqual([one.random(), one.normal()])
  })

  test.each([
    ['s0', 1, /state\.s0: .*<1, found 1/],
    ['c', -1, /state\.c: .*found -1/],
    ['more', 1, /state: .*"more"/],
  ])('with %s = %j is refused, and stays where it is', (field, value, message) => {
    const rng = new Rng('s')
    const state = streamState(rng)
    rng.random()
    const before = state.getState()
    expect(() => state.readState(withField(before, [field], value))).toThrow(message)
    expect(state.getState()).toEqual(before)
  })
})
