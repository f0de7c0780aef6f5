import { RecordEpisodeStatistics } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'

const build = () => new RecordEpisodeStatistics(new ScriptedEnv([episodeOf(1, 2, 4), episodeOf(8)]))

test('reports return and length at the end only, each episode for itself', () => {
  const env = build()
  env.reset()
  expect([env.step(0), env.step(0), env.step(0)].map(({ info }) => info)).toEqual([
    { t: 1 },
    { t: 2 },
    { t: 3, episode: { r: 7, l: 3 } },
  ])
  env.reset()
  expect(env.step(0).info['episode']).toEqual({ r: 8, l: 1 })
})

test('an abandoned episode leaves nothing behind', () => {
  const env = build()
  env.reset()
  env.step(0)
  env.reset()
  expect(env.step(0).info['episode']).toEqual({ r: 8, l: 1 })
})

test('sums on from a saved state', () => {
  const env = build()
  env.reset()
  env.step(0)
  const copy = build()
  copy.setState(viaJson(env.getState()))
  copy.step(0)
  expect(copy.step(0).info['episode']).toEqual({ r: 7, l: 3 })
})
