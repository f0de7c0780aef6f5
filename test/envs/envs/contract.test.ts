/** What every registered environment owes its users. */

import { Rng, make, registeredSpecs } from 'gymnasium-js'
import type { Env } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'

/** Steps with actions of `rng`, resetting at ends; one line of JSON per call. */
function play(env: Env, rng: Rng, steps: number): string[] {
  const lines: string[] = []
  for (let i = 0; i < steps; i++) {
    const step = env.step(env.actionSpace.sample(rng))
    lines.push(JSON.stringify(step))
    if (step.terminated || step.truncated) lines.push(JSON.stringify(env.reset()))
  }
  return lines
}

describe.each(registeredSpecs().map(({ id }) => id))('%s', (id) => {
  test('observations lie in the observation space and are new objects', () => {
    const env: Env = make(id)
    const rng = new Rng(1)
    let { obs } = env.reset({ seed: 1 })
    expect(env.observationSpace.explain(obs)).toBeUndefined()
    for (let i = 0; i < 200; i++) {
      const step = env.step(env.actionSpace.sample(rng))
      expect(env.observationSpace.explain(step.obs)).toBeUndefined()
      if (typeof obs === 'object') expect(step.obs).not.toBe(obs)
      obs = step.terminated || step.truncated ? env.reset().obs : step.obs
    }
  })

  test('the same seed gives the same run, another seed another', () => {
    const run = (seed: number) => {
      const env: Env = make(id)
      return [JSON.stringify(env.reset({ seed })), ...play(env, new Rng(9), 200)]
    }
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  test('an unseeded reset goes on with the stream', () => {
    const env: Env = make(id)
    const starts = [env.reset({ seed: 1 }), env.reset(), env.reset(), env.reset()]
    expect(new Set(starts.map(({ obs }) => JSON.stringify(obs))).size).toBeGreaterThan(1)
  })

  test('a state saved in mid-episode and read back through JSON goes on the same', () => {
    const env: Env = make(id)
    env.reset({ seed: 3 })
    play(env, new Rng(4), 5)
    const copy: Env = make(id)
    copy.setState(viaJson(env.getState()))
    expect(copy.getState()).toEqual(env.getState())
    expect(play(copy, new Rng(5), 300)).toEqual(play(env, new Rng(5), 300))
  })
})
