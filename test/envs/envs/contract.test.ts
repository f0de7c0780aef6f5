/** What seeds do in every registered environment; what holds for any seed: registry-properties. */

import { Rng, make, registeredSpecs } from 'gymnasium-js'
import type { CompleteEnv } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'

/** Steps with actions of `rng`, resetting at ends; one line of JSON per call. */
function play(env: CompleteEnv, rng: Rng, steps: number): string[] {
  const lines: string[] = []
  for (let i = 0; i < steps; i++) {
    const step = env.step(env.actionSpace.sample(rng))
    lines.push(JSON.stringify(step))
    if (step.terminated || step.truncated) lines.push(JSON.stringify(env.reset()))
  }
  return lines
}

/** Where the random stream stands: some environments look the same whatever it gives. */
function streamOf(env: CompleteEnv): string {
  return JSON.stringify(env.unwrapped.getState!()['rng'])
}

describe.each(registeredSpecs().map(({ id }) => id))('%s', (id) => {
  test('another seed gives another run', () => {
    const run = (seed: number) => {
      const env: CompleteEnv = make(id)
      const lines = [JSON.stringify(env.reset({ seed })), ...play(env, new Rng(9), 200)]
      return [...lines, streamOf(env)]
    }
    expect(run(1)).not.toEqual(run(2))
  })

  test('an unseeded reset goes on with the stream', () => {
    const env: CompleteEnv = make(id)
    env.reset({ seed: 1 })
    const seeded = streamOf(env)
    play(env, new Rng(2), 20)
    env.reset()
    expect(streamOf(env)).not.toBe(seeded)
  })
})
