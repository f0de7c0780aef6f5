import fc from 'fast-check'
import { Rng } from 'gymnasium-js'
import type { RandomSource } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { ActionLog, Replayed } from '../../../../envs/src/envs/box2d/replay.ts'
import type { Episode } from '../../../../envs/src/envs/box2d/replay.ts'
import { viaJson } from '../../via-json.ts'
import { MIDDLE } from './draws.ts'

describe('ActionLog', () => {
  test('writes the bits of float32 elements', () => {
    const log = new ActionLog()
    log.add([1, -2])
    log.add([-0, 0.1])
    expect(log.toString()).toBe('3f800000c0000000800000003dcccccd')
  })

  test('keeps every element when it grows', () => {
    const log = new ActionLog()
    for (let i = 0; i < 300; i++) log.add([i, i, i])
    const words = Array.from({ length: 900 }, (_, i) => Float32Array.of(Math.floor(i / 3)))
    const bits = words.map((word) => new Uint32Array(word.buffer)[0]!.toString(16).padStart(8, '0'))
    expect(log.toString()).toBe(bits.join(''))
  })
})

/** Sums what it is given and draws once per step: hidden state that no field shows. */
class Sum implements Episode {
  readonly firstObs: Float32Array
  #sum: number
  #source: RandomSource

  constructor(source: RandomSource) {
    this.#source = source
    this.#sum = source.random()
    this.firstObs = Float32Array.of(this.#sum)
  }

  act(action: ArrayLike<number>) {
    this.#sum += action[0]! * this.#source.random() - action[1]!
    const obs = Float32Array.of(this.#sum)
    return { obs, reward: this.#sum, terminated: false, truncated: false, info: {} }
  }
}

function newSum(source: RandomSource = new Rng(0)): Replayed<Sum> {
  return new Replayed('Sum', 2, (draws) => new Sum(draws), source)
}

describe('Replayed', () => {
  test('goes on as if nothing had been, whatever happened to the other one before', () => {
    const actions = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true })))
    fc.assert(
      fc.property(fc.nat(), actions, actions, (seed, before, after) => {
        const [play, other] = [newSum(), newSum()]
        play.reset(seed)
        for (const action of before) play.step(Float32Array.from(action))
        other.reset(3)
        const state = viaJson(play.getState())
        other.setState(state)
        expect(other.getState()).toEqual(state)
        for (const action of after.map((pair) => Float32Array.from(pair))) {
          expect(other.step(action)).toEqual(play.step(action))
        }
        expect(other.reset(undefined)).toEqual(play.reset(undefined))
      }),
    )
  })

  test('a state from before the first reset asks for a reset', () => {
    const [play, other] = [newSum(new Rng(5)), newSum()]
    other.reset(1)
    other.setState(viaJson(play.getState()))
    expect(() => other.step([1, 1])).toThrow('Sum: nothing has begun; call reset() first')
    expect(other.reset(undefined)).toEqual(play.reset(undefined))
  })

  test.each([
    [{ actions: '3f80000' }, '16 hexadecimal digits per action'],
    [{ actions: '3f800000' }, '16 hexadecimal digits per action'],
    [{ actions: '3F8000003f800000' }, '16 hexadecimal digits per action'],
    [{ actions: 7 }, '16 hexadecimal digits per action'],
    [{ actions: '' }, 'state.rng: does not follow'],
    [{ start: null }, 'no random stream to play the episode again from'],
    [{ start: 3 }, 'state.rng'],
    [{ started: 1 }, 'state.started'],
    [{ rng: 7 }, 'state.rng'],
  ])('refuses the torn state %j and changes nothing', (torn, message) => {
    const play = newSum()
    play.reset(1)
    play.step([1, 2])
    const before = play.getState()
    expect(() => {
      play.setState({ ...before, ...torn })
    }).toThrow(message)
    expect(play.getState()).toEqual(before)
  })

  test('cannot play again what was drawn from a source of someone else', () => {
    const play = newSum(MIDDLE)
    play.reset(undefined)
    expect(() => {
      play.setState(play.getState())
    }).toThrow('seed the environment or give it an Rng')
  })
})
