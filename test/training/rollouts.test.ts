/** The rollout under way: how long it is, and that it goes on from its state or stays as it is. */
import { describe, expect, test } from 'vitest'
import type { RolloutBuffer } from '../../src/buffers/index.ts'
import { advantagesOf, Rollouts, warmUpSteps } from '../../src/training/index.ts'
import { throughFiles, withField, withTensor } from '../helpers/states.ts'
import { type Moment, stepOf } from '../helpers/steps.ts'
import { expectNear } from '../helpers/tensors.ts'

const OPTIONS = {
  numSteps: 3,
  numEnvs: 2,
  obsSize: 1,
  obsLike: new Float32Array(),
  initializationSteps: 9,
}

const rollouts = (options: object = {}) => new Rollouts({ ...OPTIONS, ...options })

/** One step of both environments, which show what they are given. */
function add(rollout: RolloutBuffer, obs: readonly number[], more: Partial<Moment> = {}): void {
  const moments = obs.map((value) => ({ obs: [value + 1], reward: value, ...more }))
  rollout.add(Float32Array.from(obs), Int32Array.of(0, 1), obs, stepOf(moments))
}

describe('the rollout under way', () => {
  test('is the warm-up before weights are initialized, then of numSteps, and cut by the budget', () => {
    expect(warmUpSteps(9, 2)).toBe(5) // ten timesteps are the first to make nine
    const lengths = [
      [false, 100],
      [true, 100],
      [true, 2],
      [false, 4],
    ].map(([isInitialized, left]) => {
      const { rows } = rollouts().underWay(isInitialized as boolean, left as number)
      return rows / 2
    })
    expect(lengths).toEqual([5, 3, 2, 4])
  })

  test('stays the same until it is finished, and is emptied then', () => {
    const all = rollouts()
    const first = all.underWay(true, 100)
    for (let t = 0; t < 3; t++) {
      expect(all.underWay(true, 100 - t)).toBe(first)
      add(first, [t, t + 10])
    }
    expect(first.full).toBe(true)
    all.finish()
    const second = all.underWay(true, 97)
    expect(second).toBe(first) // its arrays are used again
    expect(second.full).toBe(false)
    expect(second.getState().json).toMatchObject({ steps: 0 })
  })

  test('scales rewards as told', () => {
    const rollout = rollouts({ rewardScale: 0.5 }).underWay(true, 100)
    add(rollout, [3, 8])
    expect([...rollout.rewards.subarray(0, 2)]).toEqual([1.5, 4])
  })

  test('is truncated where there is one', () => {
    const all = rollouts()
    all.truncate(Float32Array.of(5, 6))
    const rollout = all.underWay(true, 100)
    add(rollout, [1, 2])
    all.truncate(Float32Array.of(5, 6))
    expect([...rollout.truncated.subarray(0, 2)]).toEqual([1, 1])
    expect([...rollout.finalObs!]).toEqual([5, 6])
  })
})

describe('the state of rollouts', () => {
  const begun = (isInitialized = true) => {
    const all = rollouts()
    add(all.underWay(isInitialized, 100), [1, 2], { truncated: true, finalObs: [7] })
    return all
  }

  test.each([
    ['in a rollout', () => begun()],
    ['in the warm-up', () => begun(false)],
    ['before the first', () => rollouts()],
    [
      'between two',
      () => {
        const all = begun(false)
        all.finish()
        return all
      },
    ],
  ])('%s is gone on from', (_, make) => {
    const [one, other] = [make(), rollouts()]
    add(other.underWay(true, 2), [30, 40]) // what was there before is gone
    other.readState(throughFiles(one.getState()))()
    expect(other.getState()).toEqual(one.getState())
    for (const all of [one, other]) add(all.underWay(true, 50), [3, 4])
    expect(other.getState()).toEqual(one.getState())
  })

  test('checked is not taken over yet', () => {
    const other = rollouts()
    other.readState(begun().getState())
    expect(other.getState()).toEqual(rollouts().getState())
  })

  const state = begun().getState()
  const tensor = (name: string, change: object) =>
    withTensor(state, name, { ...state.tensors[name]!, ...change })
  test.each([
    ['a longer rollout', withField(state, ['rollout', 'numSteps'], 4), /numSteps: .*<=3, found 4/],
    ['a full one', withField(state, ['rollout', 'steps'], 3), /fewer steps than numSteps/],
    ['an empty one', withField(state, ['rollout', 'steps'], 0), /rollout\.steps: .*found 0/],
    [
      'other environments',
      withField(state, ['rollout', 'numEnvs'], 3),
      /numEnvs: .*expected 2, found 3/,
    ],
    ['no rollout', withField(state, ['rollout'], null), /expected no such tensor/],
    [
      'no word of the warm-up',
      withField(state, ['isWarmUp'], undefined),
      /state\.isWarmUp: .*nothing/,
    ],
    ['a strange field', withField(state, ['more'], 1), /state: .*"more"/],
    [
      'a tensor missing',
      withTensor(state, 'rollout/rewards', undefined),
      /rollout\/rewards": .*nothing/,
    ],
    [
      'a tensor cut',
      tensor('rollout/values', { data: new Float64Array(1) }),
      /rollout\/values": expected float64 \[2\], found 1 float64 values/,
    ],
    [
      'a final observation of a later step',
      tensor('rollout/finalRows', { data: Int32Array.of(0, 2) }),
      /finalRows: expected rows from 0 to 1, found 2/,
    ],
  ])('with %s is refused, and nothing changes', (_, torn, message) => {
    const all = rollouts()
    const rollout = all.underWay(true, 100)
    add(rollout, [8, 9])
    const before = all.getState()
    expect(() => all.readState(torn)).toThrow(message)
    expect(() => all.readState(torn)).toThrow(TypeError)
    expect(all.getState()).toEqual(before)
    expect(all.underWay(true, 100)).toBe(rollout)
  })

  test('of a warm-up may be as long as one, and no longer', () => {
    const warmUp = begun(false).getState()
    expect(warmUp.json).toMatchObject({ isWarmUp: true, rollout: { numSteps: 5 } })
    const longer = withField(warmUp, ['rollout', 'numSteps'], 6)
    expect(() => rollouts().readState(longer)).toThrow(/numSteps: .*<=5, found 6/)
    const learned = withField(warmUp, ['isWarmUp'], false)
    expect(() => rollouts().readState(learned)).toThrow(/numSteps: .*<=3, found 5/)
  })
})

test('advantages ask for the values of final observations and of what is shown last', async () => {
  const rollout = rollouts({ numSteps: 2 }).underWay(true, 2)
  add(rollout, [1, 2], { truncated: true, finalObs: [7] })
  add(rollout, [3, 4])
  const asked: number[][] = []
  const values = (obs: ArrayLike<number>) => {
    asked.push(Array.from(obs))
    return Promise.resolve(Float32Array.from(obs))
  }
  const last = { obs: Float32Array.of(5, 6), masks: undefined }
  const { returns, advantages } = await advantagesOf(rollout, last, values, 0.5, 1)
  expect(asked).toEqual([
    [7, 7],
    [5, 6],
  ])
  const want = [1 + 0.5 * 7, 2 + 0.5 * 7, 3 + 0.5 * 5, 4 + 0.5 * 6]
  expectNear(returns, want, 1e-12)
  expectNear(advantages, [want[0]! - 1, want[1]! - 2, want[2]! - 3, want[3]! - 4], 1e-12)
})
