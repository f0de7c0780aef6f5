/** A buffer goes on from its state as if nothing had happened, whatever it stores and wherever its ring is. */

import { describe, expect, test } from 'vitest'
import { PrioritizedReplayBuffer, ReplayBuffer } from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { fc } from '../helpers/properties.ts'
import { historyOptions, NUM_ACTIONS, play } from './histories.ts'

const like = new Float32Array()
const cases = fc.record({
  history: historyOptions,
  capacity: fc.integer({ min: 1, max: 40 }),
  split: fc.nat(20),
  encoding: fc.constantFrom<'same' | 'uint8' | undefined>(undefined, 'same', 'uint8'),
})

describe.each([
  ['replay', (options: ConstructorParameters<typeof ReplayBuffer>[0]) => new ReplayBuffer(options)],
  [
    'prioritized replay',
    (options: ConstructorParameters<typeof ReplayBuffer>[0]) =>
      new PrioritizedReplayBuffer(options),
  ],
] as const)('%s', (_, make) => {
  test('goes on from its state', () => {
    fc.assert(
      fc.property(cases, ({ history: given, capacity, split, encoding }) => {
        const { stack, frameSize, numEnvs } = given
        const history = play(given, like)
        const empty = () =>
          make({
            capacity,
            obsSize: stack * frameSize,
            obsLike: like,
            nSteps: 3,
            gamma: 0.5,
            numActions: NUM_ACTIONS,
            ...(encoding && { frames: { stack, encoding }, numEnvs }),
          })
        const [first, second] = [empty(), empty()]
        const at = Math.min(split, history.calls.length)
        const add = (buffer: typeof first, calls: typeof history.calls) => {
          for (const { obs, actions, step } of calls) buffer.add(obs, actions, step)
          if (!(buffer instanceof PrioritizedReplayBuffer) || calls.length === 0) return
          const { indices } = buffer.sample(5, new Rng(at), 1)
          buffer.updatePriorities(indices, [3, 0.5, 0, 2, 7])
        }
        add(first, history.calls.slice(0, at))
        add(second, history.calls) // what was there before is gone
        const { json, tensors } = first.getState()
        second.setState({
          json: JSON.parse(JSON.stringify(json)) as typeof json,
          tensors,
        })
        for (const buffer of [first, second]) add(buffer, history.calls.slice(at))
        expect(second.getState()).toEqual(first.getState())
        if (first.size > 0)
          expect(second.sample(30, new Rng(1), 1)).toEqual(first.sample(30, new Rng(1), 1))
      }),
      { numRuns: 80 },
    )
  })

  test('refuses a torn state and stays as it was', () => {
    const empty = () => make({ capacity: 4, obsSize: 1, obsLike: like })
    const buffer = empty()
    const step = play(
      {
        seed: 1,
        numEnvs: 1,
        steps: 3,
        endChance: 0,
        stack: 1,
        frameSize: 1,
        levels: 9,
        padding: 'zero',
      },
      like,
    )
    for (const call of step.calls) buffer.add(call.obs, call.actions, call.step)
    const whole = buffer.getState()
    for (const name of Object.keys(whole.tensors)) {
      const tensors = Object.fromEntries(
        Object.entries(whole.tensors).filter(([key]) => key !== name),
      )
      const other = empty()
      expect(() => other.setState({ json: whole.json, tensors })).toThrow(name.split('/').at(-1)!)
      expect(other.size).toBe(0)
    }
  })
})
