/** Rollouts and advantages by hand. V(s) is the observation's own number wherever a value is asked for. */

import { SyncVectorEnv, type ObsArray } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import {
  generalizedAdvantages,
  normalizeAdvantages,
  RolloutBuffer,
} from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { ScriptedEnv } from '../envs/scripted-env.ts'
import { type Moment, stepOf } from '../helpers/steps.ts'
import { expectNear } from '../helpers/tensors.ts'
import { fc } from '../helpers/properties.ts'

const valuesOf = (obs: ObsArray) => Float64Array.from(obs)

/** Advantages of one environment: rewards, values and ends by timestep. */
function advantagesOf(
  steps: readonly (readonly [
    reward: number,
    value: number,
    end?: 'terminated' | 'truncated' | 'both',
    final?: number,
  ])[],
  lastValue: number,
  gamma: number,
  lambda: number,
) {
  const column = (pick: (step: (typeof steps)[number]) => number) => Float64Array.from(steps, pick)
  const ended = (how: string) =>
    Uint8Array.from(steps, ([, , end]) => Number(end === how || end === 'both'))
  return generalizedAdvantages(
    {
      rewards: column(([reward]) => reward),
      values: column(([, value]) => value),
      terminated: ended('terminated'),
      truncated: ended('truncated'),
      finalValues: column(([, , , final = 0]) => final),
    },
    Float64Array.of(lastValue),
    gamma,
    lambda,
  )
}

describe('generalized advantages', () => {
  test('of two plain steps', () => {
    // δ₁ = 2 + 0.5·8 − 4 = 2; δ₀ = 1 + 0.5·4 − 2 = 1; A₀ = 1 + 0.5·0.5·2
    const { advantages, returns } = advantagesOf(
      [
        [1, 2],
        [2, 4],
      ],
      8,
      0.5,
      0.5,
    )
    expect([...advantages]).toEqual([1.5, 2])
    expect([...returns]).toEqual([3.5, 6])
  })

  test('a truncated step bootstraps from the final observation and cuts the trace', () => {
    // δ₀ = 1 + 0.5·10 − 2 = 4; nothing of the next episode's A₁ = 2 + 4 − 4 = 2
    const { advantages } = advantagesOf(
      [
        [1, 2, 'truncated', 10],
        [2, 4],
      ],
      8,
      0.5,
      1,
    )
    expect([...advantages]).toEqual([4, 2])
  })

  test('a terminated step bootstraps from nothing and cuts the trace', () => {
    const { advantages } = advantagesOf(
      [
        [1, 2, 'terminated', 10],
        [2, 4],
      ],
      8,
      0.5,
      1,
    )
    expect([...advantages]).toEqual([-1, 2])
  })

  test('a step that is both terminated', () => {
    const { advantages } = advantagesOf(
      [
        [1, 2, 'both', 10],
        [2, 4],
      ],
      8,
      0.5,
      1,
    )
    expect([...advantages]).toEqual([-1, 2])
  })

  test('ends in the last row count too', () => {
    const last = (end: 'terminated' | 'truncated') => [
      ...advantagesOf([[1, 2, end, 10]], 8, 0.5, 1).advantages,
    ]
    expect(last('terminated')).toEqual([-1])
    expect(last('truncated')).toEqual([4])
  })

  test('with lambda 0 are one-step errors, with lambda 1 returns minus values', () => {
    const number = fc.integer({ min: -8, max: 8 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 6 }),
        number,
        (steps, last) => {
          const values = [...steps.map(([, value]) => value), last]
          const oneStep = steps.map(([reward, value], t) => reward + 0.5 * values[t + 1]! - value)
          expectNear(advantagesOf(steps, last, 0.5, 0).advantages, oneStep, 1e-12)
          const toGo = steps.map((_, t) =>
            [...steps.slice(t).map(([reward]) => reward), last].reduce(
              (sum, r, k) => sum + 0.5 ** k * r,
              0,
            ),
          )
          expectNear(advantagesOf(steps, last, 0.5, 1).returns, toGo, 1e-12)
        },
      ),
    )
  })

  test('environments do not mix', () => {
    const pair = generalizedAdvantages(
      {
        rewards: Float64Array.of(1, 5, 2, 6),
        values: Float64Array.of(2, 0, 4, 1),
        terminated: Uint8Array.of(0, 1, 0, 0),
        truncated: new Uint8Array(4),
        finalValues: new Float64Array(4),
      },
      Float64Array.of(8, 2),
      0.5,
      0.5,
    )
    expect([...pair.advantages]).toEqual([1.5, 5, 2, 6])
  })

  test('are normalized by the sample standard deviation', () => {
    expectNear(normalizeAdvantages(Float64Array.of(1, 2, 3)), [-1, 0, 1], 1e-7)
    expect([...normalizeAdvantages(Float64Array.of(4))]).toEqual([0])
    expect([...normalizeAdvantages(Float64Array.of(4, 4))]).toEqual([0, 0])
  })
})

describe('a rollout buffer', () => {
  const options = { numSteps: 2, numEnvs: 2, obsSize: 1, obsLike: new Float32Array() }
  const add = (rollout: RolloutBuffer, obs: readonly number[], moments: readonly Moment[]) => {
    const seen = Float32Array.from(obs)
    rollout.add(
      seen,
      Int32Array.from(obs, (_, i) => i),
      valuesOf(seen),
      stepOf(moments),
    )
  }

  test('lays steps out in time, then environments', () => {
    const rollout = new RolloutBuffer(options)
    add(
      rollout,
      [1, 2],
      [
        { obs: [3], reward: 5 },
        { obs: [4], reward: 6 },
      ],
    )
    expect(rollout.full).toBe(false)
    add(
      rollout,
      [3, 4],
      [
        { obs: [0], reward: 7 },
        { obs: [0], reward: 8 },
      ],
    )
    expect(rollout.full).toBe(true)
    expect([...rollout.obs]).toEqual([1, 2, 3, 4])
    expect([...rollout.actions]).toEqual([0, 1, 0, 1])
    expect([...rollout.rewards]).toEqual([5, 6, 7, 8])
    expect([...rollout.values]).toEqual([1, 2, 3, 4])
  })

  test('bootstraps a truncation from its final observation, and asks for no other values', () => {
    const rollout = new RolloutBuffer(options)
    add(
      rollout,
      [1, 2],
      [
        { obs: [50], reward: 1, truncated: true, finalObs: [10] },
        { obs: [60], reward: 1, terminated: true, finalObs: [20] },
      ],
    )
    add(
      rollout,
      [50, 60],
      [
        { obs: [51], reward: 1 },
        { obs: [70], reward: 1, truncated: true, finalObs: [30] },
      ],
    )
    const asked: number[][] = []
    const spy = (obs: ObsArray) => (asked.push(Array.from(obs)), valuesOf(obs))
    const { returns } = rollout.advantages(spy, [51, 70], 0.5, 1)
    expect(asked).toEqual([[10, 30]])
    expectNear(returns, [1 + 0.5 * 10, 1, 1 + 0.5 * 51, 1 + 0.5 * 30], 1e-12)
  })

  test('bootstraps from the final observation after the autoreset of a vector environment', () => {
    const cutOff = {
      reset: [10],
      steps: [
        [[11], 1, false, false],
        [[12], 2, false, true],
      ],
    } as const
    const over = { reset: [20], steps: [[[21], 3, true, false]] } as const
    const envs = new SyncVectorEnv([() => new ScriptedEnv([cutOff, over])])
    const obs = Float32Array.from(envs.reset().obs)
    const rollout = new RolloutBuffer({ ...options, numSteps: 4, numEnvs: 1 })
    while (!rollout.full) {
      const step = envs.step(Int32Array.of(0))
      rollout.add(obs, Int32Array.of(0), valuesOf(obs), step)
      obs.set(step.obs)
    }
    // Seen: 10 → 11 → (12, cut off), 20 → (21, over), 10 → 11 and on.
    expect([...rollout.obs]).toEqual([10, 11, 20, 10])
    const { returns } = rollout.advantages(valuesOf, valuesOf(obs), 0.5, 1)
    const second = 2 + 0.5 * 12
    expectNear(returns, [1 + 0.5 * second, second, 3, 1 + 0.5 * 11], 1e-12)
  })

  test('scales rewards as they are added, not what is bootstrapped from', () => {
    const rollout = new RolloutBuffer({ ...options, numEnvs: 1, rewardScale: 0.25 })
    add(rollout, [1], [{ obs: [5], reward: 8, truncated: true, finalObs: [10] }])
    const step = stepOf([{ obs: [2], reward: -4 }])
    rollout.add(Float32Array.of(5), Int32Array.of(0), [5], step)
    expect([...rollout.rewards]).toEqual([2, -1])
    expect([...step.rewards]).toEqual([-4]) // what the environment told is its own
    const { returns } = rollout.advantages(valuesOf, [2], 0.5, 1)
    expectNear(returns, [2 + 0.5 * 10, -1 + 0.5 * 2], 1e-12)
  })

  describe('observations drawn from it', () => {
    const filled = () => {
      const rollout = new RolloutBuffer({ ...options, obsSize: 2, obsLike: new Uint8Array() })
      const step = (obs: number[]) =>
        rollout.add(
          Uint8Array.from(obs),
          Int32Array.of(0, 0),
          [0, 0],
          stepOf([{ obs: [9, 9] }, { obs: [9, 9] }], new Uint8Array()),
        )
      step([0, 1, 10, 11])
      step([20, 21, 30, 31])
      return rollout
    }

    test('are whole rows of any timestep and environment, with replacement', () => {
      const obs = filled().observations(200, new Rng(1))
      expect(obs).toBeInstanceOf(Uint8Array)
      expect(obs).toHaveLength(400)
      const rows = Array.from({ length: 200 }, (_, i) => String(obs.subarray(2 * i, 2 * i + 2)))
      expect(new Set(rows)).toEqual(new Set(['0,1', '10,11', '20,21', '30,31']))
    })

    test('take one integer each from the stream, and are copies', () => {
      const rollout = filled()
      const [rng, same] = [new Rng(2), new Rng(2)]
      const obs = rollout.observations(5, rng)
      const want = Array.from({ length: 5 }, () => same.randInt(0, 4)).flatMap((row) => [
        10 * row,
        10 * row + 1,
      ])
      expect([...obs]).toEqual(want)
      expect(rng.random()).toBe(same.random())
      obs.fill(7)
      expect([...rollout.obs]).toEqual([0, 1, 10, 11, 20, 21, 30, 31])
    })
  })

  test('forgets everything when cleared', () => {
    const rollout = new RolloutBuffer({ ...options, numSteps: 1, numEnvs: 1 })
    add(rollout, [1], [{ obs: [5], reward: 1, truncated: true, finalObs: [10] }])
    expectNear(rollout.advantages(valuesOf, [5], 0.5, 1).returns, [6], 1e-12)
    rollout.clear()
    expect(rollout.full).toBe(false)
    add(rollout, [1], [{ obs: [2], reward: 1 }])
    const refuse = () => expect.fail('no episode was cut off')
    expectNear(rollout.advantages(refuse, [2], 0.5, 1).returns, [2], 1e-12)
    expect([...rollout.finalValues]).toEqual([0])
  })

  const begun = () => {
    const rollout = new RolloutBuffer(options)
    const cutOff = { obs: [50], reward: 1, truncated: true, finalObs: [10] }
    add(rollout, [1, 2], [cutOff, { obs: [60], reward: 1 }])
    return rollout
  }
  const end = (rollout: RolloutBuffer) => {
    const cutOff = { obs: [70], reward: 1, truncated: true, finalObs: [30] }
    add(rollout, [50, 60], [{ obs: [51], reward: 1 }, cutOff])
    return rollout.advantages(valuesOf, [51, 70], 0.5, 1)
  }

  test('goes on from its state', () => {
    const first = begun()
    const second = new RolloutBuffer(options)
    add(second, [8, 9], [{ obs: [5] }, { obs: [6] }])
    end(second) // what was there before is gone
    second.setState(first.getState())
    expect(second.getState()).toEqual(first.getState())
    const { returns } = end(second)
    const afterwards = 1 + 0.5 * 30
    expectNear(returns, [1 + 0.5 * 10, 1 + 0.5 * afterwards, 1 + 0.5 * 51, afterwards], 1e-12)
    expect(returns).toEqual(end(first).returns)
  })

  test('holds in its state what was added and no more', () => {
    const { json, tensors } = begun().getState()
    expect(json).toEqual({ numSteps: 2, numEnvs: 2, steps: 1, numTruncations: 1 })
    expect(tensors['obs']).toEqual({
      dtype: 'float32',
      shape: [2, 1],
      data: Float32Array.of(1, 2),
    })
    expect(tensors['finalRows']!.data).toEqual(Int32Array.of(0))
    expect(tensors['finalObs']!.data).toEqual(Float32Array.of(10))
  })

  test('refuses a state whose final observations belong to no step of it', () => {
    const { json, tensors } = begun().getState()
    const finalRows = { ...tensors['finalRows']!, data: Int32Array.of(2) }
    const rollout = begun()
    const before = rollout.getState()
    const torn = { json, tensors: { ...tensors, finalRows } }
    expect(() => rollout.setState(torn)).toThrow(/finalRows: expected rows from 0 to 1, found 2/)
    expect(rollout.getState()).toEqual(before)
  })

  test('truncated where it is, bootstraps from what environments showed unless they had ended', () => {
    const rollout = begun()
    rollout.truncate(Float32Array.of(50, 60))
    const { returns } = end(rollout)
    expectNear(returns.subarray(0, 2), [1 + 0.5 * 10, 1 + 0.5 * 60], 1e-12)
  })

  test('truncated before its first step, stays empty', () => {
    const rollout = new RolloutBuffer(options)
    rollout.truncate(Float32Array.of(50, 60))
    expect(rollout.getState()).toEqual(new RolloutBuffer(options).getState())
  })

  test('refuses a step too many', () => {
    const rollout = new RolloutBuffer({ ...options, numSteps: 1, numEnvs: 1 })
    add(rollout, [1], [{ obs: [2] }])
    expect(() => add(rollout, [2], [{ obs: [3] }])).toThrow(/full/)
  })
})
