/** Replay against a list that keeps every transition whole, over random histories with autoresets. */

import type { ObsArray } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import {
  type ActionValues,
  PrioritizedReplayBuffer,
  ReplayBuffer,
  type ReplayBufferOptions,
} from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { fc } from '../helpers/properties.ts'
import { throughFiles } from '../helpers/states.ts'
import {
  directSum,
  type History,
  type HistoryOptions,
  historyOptions,
  NUM_ACTIONS,
  play,
  recordsOf,
  type Transition,
} from './histories.ts'

const GAMMA = 0.5 // its powers are exact, so that sums of whole rewards are too

type Encoding = 'same' | 'uint8' | 'bits'
const encodings = fc.constantFrom<Encoding | undefined>(undefined, 'same', 'uint8', 'bits')
const dtypes = fc.constantFrom<ObsArray>(new Float32Array(), new Uint8Array(), new Int32Array())
const capacities = fc.integer({ min: 1, max: 40 })
const steps = fc.integer({ min: 1, max: 5 })
/** Two environments that never end an episode. */
const QUIET: HistoryOptions = {
  seed: 1,
  numEnvs: 2,
  steps: 1,
  endChance: 0,
  stack: 1,
  frameSize: 1,
  levels: 256,
  padding: 'zero',
}

/** The list index of the transition that lies in a row of the ring. */
function indexOf(row: number, added: number, capacity: number): number {
  return row + capacity * Math.floor((added - 1 - row) / capacity)
}

function optionsFor(
  history: HistoryOptions,
  like: ObsArray,
  capacity: number,
  n: number,
  encoding: Encoding | undefined,
): ReplayBufferOptions {
  const { stack, frameSize, numEnvs } = history
  return {
    capacity,
    obsSize: stack * frameSize,
    obsLike: like,
    nSteps: n,
    gamma: GAMMA,
    numActions: NUM_ACTIONS,
    ...(encoding && { frames: { stack, encoding }, numEnvs }),
  }
}

/** What a row should hold, by the definition. */
function expected(
  transitions: readonly Transition[],
  row: number,
  capacity: number,
  numEnvs: number,
  n: number,
) {
  const index = indexOf(row, transitions.length, capacity)
  return directSum(transitions, index, { numEnvs, n, gamma: GAMMA })
}

/** Adds step by step, so that every state of the ring is looked at. */
function playInto(buffer: { add: ReplayBuffer['add'] }, history: History, check: () => void) {
  for (const { obs, actions, step } of history.calls) {
    buffer.add(obs, actions, step)
    check()
  }
}

describe('replay equals a list of whole transitions', () => {
  test('with n-step sums, masks and observations stored in any way', () => {
    fc.assert(
      fc.property(
        historyOptions,
        dtypes,
        capacities,
        steps,
        encodings,
        (given, like, capacity, n, encoding) => {
          const options = encoding === 'bits' ? { ...given, levels: 2 } : given
          const history = play(options, like)
          const buffer = new ReplayBuffer(optionsFor(options, like, capacity, n, encoding))
          let added = 0
          playInto(buffer, history, () => {
            added += options.numEnvs
            const known = history.transitions.slice(0, added)
            expect(buffer.size).toBe(Math.min(added, capacity))
            const got = recordsOf(buffer.sample(8, new Rng(added)))
            const rng = new Rng(added) // sampling draws one integer per transition
            const want = got.map(() => {
              const row = rng.randInt(0, buffer.size)
              return expected(known, row, capacity, options.numEnvs, n)
            })
            expect(got).toEqual(want)
          })
        },
      ),
      { numRuns: 150 },
    )
  })

  test('also where every running episode is cut off from outside, and play starts anew', () => {
    fc.assert(
      fc.property(historyOptions, capacities, steps, encodings, (given, capacity, n, encoding) => {
        const options = encoding === 'bits' ? { ...given, levels: 2 } : given
        const like = new Float32Array()
        const { numEnvs } = options
        const [before, after] = [
          play(options, like),
          play({ ...options, seed: options.seed + 1 }, like),
        ]
        const buffer = new ReplayBuffer(optionsFor(options, like, capacity, n, encoding))
        playInto(buffer, before, () => {})
        buffer.truncate()
        playInto(buffer, after, () => {})
        const cut = before.transitions.map((one, i) => {
          const isLast = i >= before.transitions.length - numEnvs
          return isLast && !one.terminated ? { ...one, truncated: true } : one
        })
        const known = [...cut, ...after.transitions]
        const got = recordsOf(buffer.sample(20, new Rng(7)))
        const rng = new Rng(7)
        const want = got.map(() =>
          expected(known, rng.randInt(0, buffer.size), capacity, numEnvs, n),
        )
        expect(got).toEqual(want)
      }),
      { numRuns: 100 },
    )
  })
})

describe('replay of actions of any kind', () => {
  /** What stands for an action's index: D numbers that float32 holds exactly. */
  const inNumbers = (indices: ArrayLike<number>, actionSize: number) =>
    Float32Array.from(
      { length: indices.length * actionSize },
      (_, k) => indices[Math.floor(k / actionSize)]! / 4 - (k % actionSize) - 0.125,
    )
  const likes = fc.constantFrom<ActionValues>(new Float32Array(), new Int32Array())
  const actionSizes = fc.integer({ min: 1, max: 3 })

  /** The same play into a buffer of indices and one of vectors: all but the actions is the same. */
  test.each([
    ['replay', (options: ReplayBufferOptions) => new ReplayBuffer(options)],
    ['prioritized replay', (options: ReplayBufferOptions) => new PrioritizedReplayBuffer(options)],
  ] as const)('is that of their indices, in batches and states: %s', (_, make) => {
    fc.assert(
      fc.property(
        historyOptions,
        capacities,
        steps,
        encodings,
        likes,
        actionSizes,
        (given, capacity, n, encoding, actionLike, actionSize) => {
          const options = encoding === 'bits' ? { ...given, levels: 2 } : given
          const like = new Float32Array()
          const indexOptions = optionsFor(options, like, capacity, n, encoding)
          const vectorOptions = { ...indexOptions, actionSize, actionLike }
          const [indices, vectors] = [make(indexOptions), make(vectorOptions)]
          const asVectors = (actions: ArrayLike<number>): ActionValues => {
            const numbers = inNumbers(actions, actionSize)
            return actionLike instanceof Float32Array
              ? numbers
              : Int32Array.from(numbers, (x) => 8 * x)
          }
          const expectSame = (buffer: typeof vectors, seed: number) => {
            const { actions, ...rest } = indices.sample(8, new Rng(seed), 0.5)
            const { actions: got, ...others } = buffer.sample(8, new Rng(seed), 0.5)
            expect(got).toEqual(asVectors(actions))
            expect(others).toEqual(rest)
          }
          for (const [k, { obs, actions, step }] of play(options, like).calls.entries()) {
            indices.add(obs, actions, step)
            vectors.add(obs, asVectors(actions), step)
            expect(vectors.size).toBe(indices.size)
            expectSame(vectors, k)
            const errors = Float32Array.from({ length: 8 }, (_, i) => i / 2)
            for (const buffer of [indices, vectors])
              if (buffer instanceof PrioritizedReplayBuffer) buffer.updateSampled(errors)
          }
          const other = make(vectorOptions)
          other.setState(throughFiles(vectors.getState()))
          expect(other.getState()).toEqual(vectors.getState())
          expectSame(other, 99)
        },
      ),
      { numRuns: 60 },
    )
  })

  const buffer = (options: Partial<ReplayBufferOptions>) => {
    const made = new ReplayBuffer({
      ...{ capacity: 4, obsSize: 1, obsLike: new Float32Array(), ...options },
    })
    const size = options.actionSize ?? 1
    const actions = new (options.actionLike instanceof Float32Array ? Float32Array : Int32Array)(
      2 * size,
    )
    made.add(Float32Array.of(1, 2), actions, moved())
    return made
  }
  const moved = () => play({ ...QUIET, seed: 1 }, new Float32Array()).calls[0]!.step
  const Floats = new Float32Array()

  test('keeps whole vectors, copied, and their bits', () => {
    const made = buffer({ actionSize: 3, actionLike: Floats })
    const actions = Float32Array.of(0.1, -0.2, 1e-38, 4, 5, -6)
    made.add(Float32Array.of(3, 4), actions, moved())
    actions.fill(9)
    const { tensors } = made.getState()
    expect(tensors['steps/actions']).toEqual({
      dtype: 'float32',
      shape: [4, 3],
      data: Float32Array.of(0, 0, 0, 0, 0, 0, 0.1, -0.2, 1e-38, 4, 5, -6),
    })
  })

  test('of one number each is a column, in the dtype told', () => {
    const { tensors } = buffer({ actionLike: Floats }).getState()
    expect(tensors['steps/actions']).toMatchObject({ dtype: 'float32', shape: [2] })
    const indices = buffer({}).getState().tensors
    expect(indices['steps/actions']).toMatchObject({ dtype: 'int32', shape: [2] })
  })

  test.each([
    ['indices', {}, /expected float32 \[2, 3\], found int32 \[2\]/],
    [
      'shorter ones',
      { actionSize: 2, actionLike: Floats },
      /expected .* \[2, 3\], found .* \[2, 2\]/,
    ],
    ['whole numbers', { actionSize: 3 }, /expected float32 \[2, 3\], found int32 \[2, 3\]/],
  ])('refuses the state of %s, and stays as it is', (_, options, message) => {
    const made = buffer({ actionSize: 3, actionLike: Floats })
    const before = made.getState()
    expect(() => made.setState(buffer(options).getState())).toThrow(message)
    expect(made.getState()).toEqual(before)
  })

  test('refuses actions of another number of environments', () => {
    const made = buffer({ actionSize: 3, actionLike: Floats })
    const add = () => made.add(Float32Array.of(1), new Float32Array(3), moved())
    expect(add).toThrow(/actions has 1 entries, but the replay buffer is of 2 environments/)
  })
})

describe('prioritized replay equals a list with priorities', () => {
  const EPSILON = 0.25

  test('in what it draws, with what weights, through changes of priority', () => {
    fc.assert(
      fc.property(
        historyOptions,
        capacities,
        steps,
        fc.constantFrom(0, 0.6, 1),
        fc.constantFrom(0.4, 1),
        (options, capacity, n, alpha, beta) => {
          const like = new Float32Array()
          const history = play(options, like)
          const buffer = new PrioritizedReplayBuffer({
            ...optionsFor(options, like, capacity, n, undefined),
            alpha,
            epsilon: EPSILON,
          })
          const priorities = new Array<number>(capacity).fill(0)
          let [added, largest] = [0, 1]
          playInto(buffer, history, () => {
            for (let i = 0; i < options.numEnvs; i++) priorities[added++ % capacity] = largest
            const rng = new Rng(`draw ${added}`)
            const batch = buffer.sample(6, rng, beta)
            const masses = priorities.map((p) => p && p ** alpha)
            expectDraws(batch, masses, new Rng(`draw ${added}`), buffer.size, beta)

            const known = history.transitions.slice(0, added)
            const want = Array.from(batch.indices, (row) =>
              expected(known, row, capacity, options.numEnvs, n),
            )
            expect(recordsOf(batch)).toEqual(want)

            const errors = Float32Array.from(batch.indices, () => 8 * rng.random() - 4)
            buffer.updatePriorities(batch.indices, errors)
            for (const [i, row] of batch.indices.entries()) {
              priorities[row] = Math.abs(errors[i]!) + EPSILON
              largest = Math.max(largest, priorities[row])
            }
          })
        },
      ),
      { numRuns: 80 },
    )
  })

  /** A linear scan finds the same rows, but for masses that lie on an edge up to rounding. */
  function expectDraws(
    batch: { readonly indices: Int32Array; readonly weights: Float32Array },
    masses: readonly number[],
    rng: Rng,
    size: number,
    beta: number,
  ): void {
    const total = masses.reduce((sum, mass) => sum + mass, 0)
    const count = batch.indices.length
    const weights = Array.from(batch.indices, (row) => (size * (masses[row]! / total)) ** -beta)
    for (const [k, row] of batch.indices.entries()) {
      const mass = ((k + rng.random()) / count) * total
      const below = masses.slice(0, row).reduce((sum, one) => sum + one, 0)
      expect(masses[row]).toBeGreaterThan(0)
      expect(mass).toBeGreaterThanOrEqual(below - 1e-9)
      expect(mass).toBeLessThan(below + masses[row]! + 1e-9)
      expect(batch.weights[k]).toBeCloseTo(weights[k]! / Math.max(...weights), 5)
    }
  }
})
