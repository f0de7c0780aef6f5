import { make } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import { readActionMask, readActionMasks, ReplayBuffer } from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'

describe('action masks', () => {
  test('are read from info, row by row; without one everything is legal', () => {
    const target = new Uint8Array(6)
    readActionMasks([{ actionMask: [0, 1, 0] }, {}], 3, target)
    expect([...target]).toEqual([0, 1, 0, 1, 1, 1])
    readActionMask({ actionMask: [true, false, true] }, 3, target, 1)
    expect([...target]).toEqual([0, 1, 0, 1, 0, 1])
  })

  test.each([[[1, 0]], [[1, 0, 1, 1]], [[1, 0, 2]], ['101'], [{}], [null]])(
    'a mask %j is refused for three actions',
    (actionMask) => {
      expect(() => readActionMask({ actionMask }, 3, new Uint8Array(3), 0)).toThrow(
        /actionMask is not 3 zeros and ones/,
      )
    },
  )

  test('of Taxi are stored for what followed, through autoresets', () => {
    const envs = new SyncVectorEnv([() => make('Taxi-v4', { maxEpisodeSteps: 3 })])
    const reset = envs.reset({ seed: 5 })
    const obs = reset.obs.slice()
    const buffer = new ReplayBuffer({ capacity: 9, obsSize: 1, obsLike: obs, numActions: 6 })
    const legalIn = new Map<number, readonly number[]>()
    for (let t = 0; t < 9; t++) {
      const actions = Int32Array.of(t % 4)
      const step = envs.step(actions)
      const ended = step.truncated[0] === 1
      const info = ended ? (step.infos[0]!['finalInfo'] as (typeof reset.infos)[0]) : step.infos[0]
      const followed = ended ? step.finalObs[0]! : step.obs[0]!
      legalIn.set(followed, info!['actionMask'] as number[])
      buffer.add(obs, actions, step)
      obs.set(step.obs)
    }
    const { nextObs, nextMask } = buffer.sample(40, new Rng(1))
    for (let i = 0; i < 40; i++)
      expect([...nextMask.slice(6 * i, 6 * i + 6)]).toEqual(legalIn.get(nextObs[i]!))
    expect(new Set([...legalIn.values()].map(String)).size).toBeGreaterThan(1)
  })
})
