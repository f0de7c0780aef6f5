import { Rng, Taxi, decodeTaxi, encodeTaxi } from 'gymnasium-js'
import type { RandomSource, TaxiOptions, TaxiState } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { viaJson } from '../../via-json.ts'

const start: TaxiState = { row: 2, column: 2, passenger: 2, destination: 3 }

function taxiAt(state: Partial<TaxiState>, options?: TaxiOptions, source?: RandomSource): Taxi {
  const env = new Taxi(options, source)
  env.reset()
  env.setState({ ...env.getState(), state: encodeTaxi({ ...start, ...state }) })
  return env
}

/** Where, and with what reward and end, an action leads. */
function after(state: Partial<TaxiState>, action: number) {
  const { obs, reward, terminated } = taxiAt(state).step(action)
  return { ...decodeTaxi(obs), reward, terminated }
}

describe('moves', () => {
  test('lead south, north, east and west', () => {
    const ways = [0, 1, 2, 3].map((action) => after({}, action))
    expect(ways.map(({ row, column }) => [row, column])).toEqual([
      [3, 2],
      [1, 2],
      [2, 3],
      [2, 1],
    ])
    expect(ways.every(({ reward, terminated }) => reward === -1 && !terminated)).toBe(true)
  })

  test('are stopped by walls and by the edge', () => {
    expect(after({ row: 0, column: 1 }, 2)).toMatchObject({ row: 0, column: 1, reward: -1 })
    expect(after({ row: 0, column: 2 }, 3)).toMatchObject({ row: 0, column: 2 })
    expect(after({ row: 4, column: 4 }, 0)).toMatchObject({ row: 4, column: 4 })
    expect(after({ row: 4, column: 4 }, 2)).toMatchObject({ row: 4, column: 4 })
  })
})

describe('the passenger', () => {
  const blue = { row: 4, column: 3 }
  test('is picked up where they wait, and nowhere else', () => {
    expect(after({ ...blue, passenger: 3, destination: 0 }, 4)).toMatchObject({
      passenger: 4,
      reward: -1,
      terminated: false,
    })
    expect(after({ ...blue, passenger: 0 }, 4)).toMatchObject({ passenger: 0, reward: -10 })
    expect(after({ ...blue, passenger: 4 }, 4)).toMatchObject({ passenger: 4, reward: -10 })
  })

  test('is dropped off at the destination for 20, elsewhere they wait again or refuse', () => {
    const aboard = { ...blue, passenger: 4 }
    expect(after(aboard, 5)).toMatchObject({ passenger: 3, reward: 20, terminated: true })
    expect(after({ ...aboard, destination: 0 }, 5)).toMatchObject({
      passenger: 3,
      reward: -1,
      terminated: false,
    })
    expect(after({ passenger: 4 }, 5)).toMatchObject({ passenger: 4, reward: -10 })
    expect(after({ ...blue, passenger: 3 }, 5)).toMatchObject({ passenger: 3, reward: -10 })
  })
})

describe('in the rain', () => {
  const cells = (env: Taxi, state: Partial<TaxiState>, action: number) =>
    env.transitions[encodeTaxi({ ...start, ...state })]![action]!.map(
      ({ nextState, probability }) => {
        const { row, column } = decodeTaxi(nextState)
        return [row, column, probability]
      },
    )

  test('a move drifts to its left and to its right', () => {
    const env = new Taxi({ isRainy: true, rainyProbability: 0.5 })
    expect(cells(env, {}, 1)).toEqual([
      [1, 2, 0.5],
      [2, 1, 0.25],
      [2, 3, 0.25],
    ])
    expect(cells(env, { row: 1, column: 2 }, 2)).toEqual([
      [1, 3, 0.5],
      [0, 2, 0.25],
      [2, 2, 0.25],
    ])
  })

  test('a blocked move does not drift, a blocked drift stays', () => {
    const env = new Taxi({ isRainy: true })
    const here = [0, 2]
    expect(cells(env, { row: 0, column: 2 }, 1).map((cell) => cell.slice(0, 2))).toEqual([
      here,
      here,
      here,
    ])
    expect(cells(env, { row: 0, column: 2 }, 0).map((cell) => cell.slice(0, 2))).toEqual([
      [1, 2],
      [0, 3],
      here,
    ])
  })

  test('picking up and dropping off stay certain', () => {
    expect(new Taxi({ isRainy: true }).transitions[0]![4]!.length).toBe(1)
  })
})

describe('a fickle passenger', () => {
  /** Picks up at yellow, bumps into the wall, then drives north twice. */
  function drive(fickleProbability: number): number[] {
    const env = taxiAt({ row: 4, column: 0 }, { ficklePassenger: true, fickleProbability })
    return [4, 3, 1, 1].map((action) => decodeTaxi(env.step(action).obs).destination)
  }

  test('changes their mind once, at the first move that leads anywhere', () => {
    const [boarded, bumped, first, second] = drive(1)
    expect([boarded, bumped]).toEqual([3, 3])
    expect(first).not.toBe(3)
    expect(second).toBe(first)
  })

  test('does not with probability 0', () => {
    expect(drive(0)).toEqual([3, 3, 3, 3])
  })

  test('keeps being about to through a saved state', () => {
    const env = taxiAt({ passenger: 4 }, { ficklePassenger: true, fickleProbability: 1 })
    const copy = new Taxi({ ficklePassenger: true, fickleProbability: 1 })
    copy.setState(viaJson(env.getState()))
    expect(copy.step(0)).toEqual(env.step(0))
    expect(decodeTaxi(copy.state).destination).not.toBe(3)
  })
})

test('the action mask is 1 exactly for what changes something, in the rain too', () => {
  for (const options of [{}, { isRainy: true }]) {
    const { transitions, ...env } = new Taxi(options)
    expect(env.ficklePassenger).toBe(false)
    const masks = new Taxi(options)
    for (const [state, row] of transitions.entries()) {
      const changes = row.map((outcomes) => (outcomes.some((o) => o.nextState !== state) ? 1 : 0))
      expect(masks.actionMask(state)).toEqual(changes)
    }
  }
})

test('sampling by the mask never wastes a step', () => {
  const env = new Taxi()
  const rng = new Rng(1)
  let { obs, info } = env.reset({ seed: 1 })
  for (let i = 0; i < 500; i++) {
    const step = env.step(env.actionSpace.sample(rng, info['actionMask'] as readonly number[]))
    expect(step.obs).not.toBe(obs)
    ;({ obs, info } = step.terminated ? env.reset() : step)
  }
})

test('starts with a waiting passenger who wants to go elsewhere', () => {
  const env = new Taxi()
  const starts = Array.from({ length: 300 }, () => decodeTaxi(env.reset().obs))
  expect(starts.every(({ passenger }) => passenger < 4)).toBe(true)
  expect(starts.every(({ passenger, destination }) => passenger !== destination)).toBe(true)
  expect(new Set(starts.map(({ row, column }) => 5 * row + column)).size).toBe(25)
})

test('the text marks taxi, passenger and destination', () => {
  const env = taxiAt({ row: 1, column: 2 }, { renderMode: 'ansi' })
  const text = env.render()
  expect(text).toContain('| : |\u001B[43m \u001B[0m: : |')
  expect(text).toContain('|\u001B[1;34mY\u001B[0m| : |\u001B[35mB\u001B[0m: |')
  const aboard = taxiAt({ row: 4, column: 0, passenger: 4 }, { renderMode: 'ansi' })
  aboard.step(1)
  expect(aboard.render()).toContain('|\u001B[42m \u001B[0m| : | : |\n|Y| :')
  expect(aboard.render()).toContain('(north)')
})

test.each([
  [{ isRainy: 2 as unknown as boolean }, 'isRainy is 2'],
  [{ rainyProbability: -0.1 }, 'rainyProbability is -0.1'],
  [{ fickleProbability: NaN }, 'fickleProbability is NaN'],
  [{ ficklePassenger: null as unknown as boolean }, 'ficklePassenger is null'],
])('refuses %j', (options, message) => {
  expect(() => new Taxi(options)).toThrow(message)
})

test('refuses masks of states that there are not', () => {
  expect(() => new Taxi().actionMask(500)).toThrow('state is 500; pass an integer from 0 to 499')
})

test('copies share one table, which nobody can change; other rain makes another', () => {
  const [dry, alsoDry, wet, wetter] = [
    new Taxi(),
    new Taxi({ ficklePassenger: true }),
    new Taxi({ isRainy: true }),
    new Taxi({ isRainy: true, rainyProbability: 0.5 }),
  ]
  expect(alsoDry.transitions).toBe(dry.transitions)
  expect(Object.isFrozen(dry.transitions[0]![0]![0])).toBe(true)
  const chances = (taxi: Taxi) => taxi.transitions[250]![0]!.map(({ probability }) => probability)
  expect(chances(wet)[0]).toBe(0.8)
  expect(chances(wetter)).toEqual([0.5, 0.25, 0.25])
  expect(chances(dry)).toEqual([1])
})
