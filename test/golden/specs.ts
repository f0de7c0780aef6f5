/** Compares registry, spaces and wrapper examples with what was recorded from Gymnasium. */

import { make, registeredSpecs, spec } from 'gymnasium-js'
import type { Env } from 'gymnasium-js'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { describeGolden } from './golden.ts'
import { expectSpace, spaceSchema } from './space-schema.ts'
import { testWrapperExamples, wrapperExamplesSchema } from './wrapper-examples.ts'

const specsSchema = z.object({
  registry: z.record(
    z.string(),
    z.object({
      max_episode_steps: z.number().nullable(),
      reward_threshold: z.number().nullable(),
      kwargs: z.record(z.string(), z.unknown()),
    }),
  ),
  spaces: z.record(
    z.string(),
    z.object({
      observation_space: spaceSchema,
      action_space: spaceSchema,
      wrappers_outermost_first: z.array(z.string()),
      render_fps: z.number().nullable(),
    }),
  ),
  wrapper_examples: wrapperExamplesSchema,
})

describeGolden('specs.json', specsSchema, (specs) => {
  // The registry has more (MuJoCo, Jax); those whose spaces were recorded are the ones to port.
  const ids = Object.keys(specs.spaces)

  test('every environment whose spaces were recorded is registered', () => {
    expect(registeredSpecs().map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
  })

  test.each(ids)('%s is registered as recorded', (id) => {
    const want = specs.registry[id]!
    expect(spec(id).maxEpisodeSteps ?? null).toBe(want.max_episode_steps)
    expect(spec(id).rewardThreshold ?? null).toBe(want.reward_threshold)
    const kwargs = Object.entries(want.kwargs).map(([k, v]) => [camelCase(k), v] as const)
    expect(spec(id).kwargs).toEqual(Object.fromEntries(kwargs))
    const fps = specs.spaces[id]!.render_fps
    if (fps !== null) expect(spec(id).renderFps).toBe(fps)
  })

  test.each(ids)('%s has the recorded spaces and wrappers', (id) => {
    const want = specs.spaces[id]!
    const env: Env = make(id)
    expectSpace(env.observationSpace, want.observation_space)
    expectSpace(env.actionSpace, want.action_space)
    expect(wrapperNames(env)).toEqual(want.wrappers_outermost_first)
  })

  testWrapperExamples(specs.wrapper_examples)
})

/** The recorded names of arguments are Python's. */
function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

function wrapperNames(env: object): string[] {
  if (!('env' in env) || typeof env.env !== 'object' || env.env === null) return []
  return [env.constructor.name, ...wrapperNames(env.env)]
}
