/**
 * Scripted environments pushed through wrappers, as recorded from Gymnasium. The name of an example
 * says which wrapper and with what arguments; one that no line below knows fails.
 */

import { Box, Discrete } from 'gymnasium-js'
import type { CompleteEnv, Env } from 'gymnasium-js'
import * as vector from 'gymnasium-js/vector'
import type { AutoresetMode, VectorEnv } from 'gymnasium-js/vector'
import {
  Autoreset,
  ClipAction,
  NormalizeObservation,
  NormalizeReward,
  RecordEpisodeStatistics,
  RescaleAction,
  RunningMeanStd,
  TimeAwareObservation,
  TimeLimit,
} from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { actionRecorder } from '../envs/action-recorder.ts'
import { ScriptedEnv } from '../envs/scripted-env.ts'
import { expectClose, expectObs, real, reals } from './golden.ts'
import { boxSchema, expectSpace } from './space-schema.ts'

/** Statistics and what is divided by them: float64 on both sides. */
const TOLERANCE = 1e-12

const scriptSchema = z.array(
  z.object({
    reset: reals,
    steps: z.array(z.tuple([reals, z.number(), z.boolean(), z.boolean()])),
  }),
)
const infoSchema = z.object({
  episode: z.object({ r: z.number(), l: z.number() }).optional(),
})
const rowSchema = z.union([
  z.tuple([z.literal('reset'), reals]),
  z.tuple([reals, z.number(), z.boolean(), z.boolean(), infoSchema]),
])
const vectorInfoSchema = z.object({
  final_obs: z.array(reals.nullable()).optional(),
  episode: z.object({ r: z.array(z.number()), l: z.array(z.number()) }).optional(),
})
const flags = z.array(z.boolean())
const vectorRowSchema = z.union([
  z.tuple([z.literal('reset'), z.array(reals)]),
  z.tuple([z.array(reals), z.array(z.number()), flags, flags, vectorInfoSchema]),
])
const finalSchema = z.object({
  mean: z.union([real, reals]),
  var: z.union([real, reals]),
  count: z.number(),
})
const batchesSchema = z.array(
  z.object({ batch: z.array(reals), mean: reals, var: reals, count: z.number() }),
)
const actionsSchema = z.object({
  inner_low_high: z.tuple([z.number(), z.number()]),
  given: reals,
  inner_env_got: reals,
  outer_space: boxSchema,
})
const containsSchema = z.array(z.tuple([z.string(), z.union([z.number(), reals]), z.boolean()]))

/** All examples by name; each is parsed by the test that knows its name. */
export const wrapperExamplesSchema = z
  .object({ script: scriptSchema, vector_scripts: z.array(scriptSchema) })
  .catchall(z.unknown())
type Examples = z.infer<typeof wrapperExamplesSchema>

/** The wrapper of an example over one environment, built from the numbers in its name. */
const SCALAR: readonly (readonly [RegExp, (env: ScriptedEnv, number: number) => CompleteEnv])[] = [
  [/^TimeLimit_(\d+)$/, (env, limit) => new TimeLimit(env, limit)],
  [/^RecordEpisodeStatistics$/, (env) => new RecordEpisodeStatistics(env)],
  [/^NormalizeObservation$/, (env) => new NormalizeObservation(env)],
  [/^NormalizeReward_gamma([\d.]+)$/, (env, gamma) => new NormalizeReward(env, { gamma })],
  [/^Autoreset$/, (env) => new Autoreset(env)],
  [
    /^TimeAwareObservation$/, // recorded with a limit of 5 and shares of it
    (env) => new TimeAwareObservation(new TimeLimit(env, 5), { normalizeTime: true }),
  ],
]

/** The same over several environments; the mode stands at the end of the name. */
const VECTOR: readonly (readonly [RegExp, (envs: VectorEnv, number: number) => VectorEnv])[] = [
  [/^SyncVectorEnv_/, (envs) => envs],
  [/^vector\.RecordEpisodeStatistics_/, (envs) => envs], // built in
  [
    /^vector\.NormalizeReward_gamma([\d.]+)_/,
    (envs, gamma) => new vector.NormalizeReward(envs, { gamma }),
  ],
  [/^vector\.NormalizeObservation_/, (envs) => new vector.NormalizeObservation(envs)],
]

/** The wrappers of actions. */
const ACTION: readonly (readonly [
  RegExp,
  (
    env: Env<unknown, Float32Array>,
    low: number,
    high: number,
  ) => CompleteEnv<unknown, Float32Array>,
])[] = [
  [/^ClipAction$/, (env) => new ClipAction(env)],
  [
    /^RescaleAction_(-?[\d.]+)_(-?[\d.]+)$/,
    (env, minAction, maxAction) => new RescaleAction(env, { minAction, maxAction }),
  ],
]

export function testWrapperExamples(examples: Examples): void {
  const names = Object.keys(examples).filter((n) => n !== 'script' && n !== 'vector_scripts')
  test.each(names)('wrapper example %s', (name) => {
    replay(name, examples)
  })
}

function replay(name: string, examples: Examples): void {
  const data = examples[name]
  if (name === 'contains') expectMembers(containsSchema.parse(data))
  else if (name === 'RunningMeanStd') expectStatistics(batchesSchema.parse(data))
  else if (name.endsWith('_final')) expectFinal(name.slice(0, -'_final'.length), data, examples)
  else if (/_(Next|Same)Step$/.test(name)) replayVector(name, data, examples)
  else if (/^(Clip|Rescale)Action/.test(name)) replayActions(name, actionsSchema.parse(data))
  else replayScalar(name, examples)
}

/** @returns the wrapped environment after the last row. */
function replayScalar(name: string, examples: Examples): CompleteEnv {
  const [build, number] = find(SCALAR, name)
  const env = build(new ScriptedEnv(examples.script), number)
  for (const [i, row] of z.array(rowSchema).parse(examples[name]).entries()) {
    expectRow(env, row, `row ${i}`)
  }
  return env
}

function expectRow(env: CompleteEnv, row: z.infer<typeof rowSchema>, what: string): void {
  if (row[0] === 'reset') {
    expectObs(env.reset().obs, row[1], what)
    return
  }
  const [obs, reward, terminated, truncated, info] = row
  const step = env.step(0)
  expectObs(step.obs, obs, what)
  expectClose([step.reward], [reward], TOLERANCE, `${what}: reward`)
  expect([step.terminated, step.truncated], what).toEqual([terminated, truncated])
  expect(step.info['episode'], what).toEqual(info.episode)
}

function expectFinal(prefix: string, data: unknown, examples: Examples): void {
  const name = Object.keys(examples).find((n) => n.startsWith(prefix) && n !== `${prefix}_final`)
  if (name === undefined) expect.fail(`no example of ${prefix}`)
  const env = replayScalar(name, examples)
  if (!(env instanceof NormalizeObservation || env instanceof NormalizeReward)) {
    expect.fail(`${prefix} has no statistics`)
  }
  const want = finalSchema.parse(data)
  expectClose(env.statistics.mean, [want.mean].flat(), TOLERANCE, 'mean')
  expectClose(env.statistics.variance, [want.var].flat(), TOLERANCE, 'variance')
  expect(env.statistics.count).toBe(want.count)
}

function expectStatistics(batches: z.infer<typeof batchesSchema>): void {
  const statistics = new RunningMeanStd(batches[0]!.mean.length)
  for (const [i, { batch, mean, var: variance, count }] of batches.entries()) {
    statistics.update(batch.flat())
    expectClose(statistics.mean, mean, TOLERANCE, `batch ${i}: mean`)
    expectClose(statistics.variance, variance, TOLERANCE, `batch ${i}: variance`)
    expect(statistics.count).toBe(count)
  }
}

function replayVector(name: string, data: unknown, examples: Examples): void {
  const [build, number] = find(VECTOR, name)
  const autoresetMode: AutoresetMode = name.endsWith('NextStep') ? 'NextStep' : 'SameStep'
  const envFns = examples.vector_scripts.map((script) => () => new ScriptedEnv(script))
  const envs = build(new vector.SyncVectorEnv(envFns, { autoresetMode }), number)
  for (const [i, row] of z.array(vectorRowSchema).parse(data).entries()) {
    expectVectorRow(envs, row, `row ${i}`)
  }
}

function expectVectorRow(
  envs: VectorEnv,
  row: z.infer<typeof vectorRowSchema>,
  what: string,
): void {
  if (row[0] === 'reset') {
    expectObs(envs.reset().obs, row[1].flat(), what)
    return
  }
  const [obs, rewards, terminated, truncated, info] = row
  const step = envs.step(new Int32Array(envs.numEnvs))
  expectObs(step.obs, obs.flat(), what)
  expectClose(step.rewards, rewards, TOLERANCE, `${what}: rewards`)
  expect(Array.from(step.terminated, Boolean), what).toEqual(terminated)
  expect(Array.from(step.truncated, Boolean), what).toEqual(truncated)
  for (const [i, finalObs] of (info.final_obs ?? []).entries()) {
    if (finalObs === null) continue
    const size = finalObs.length
    expectObs(step.finalObs.slice(i * size, (i + 1) * size), finalObs, `${what}: final obs ${i}`)
  }
  if (info.episode === undefined) return
  expectClose(step.episodeReturns, info.episode.r, TOLERANCE, `${what}: returns`)
  expect(Array.from(step.episodeLengths), what).toEqual(info.episode.l)
}

function replayActions(name: string, example: z.infer<typeof actionsSchema>): void {
  const [low, high] = example.inner_low_high
  const inner = actionRecorder(new Box({ low, high, shape: [1], dtype: 'float32' }))
  const [build, ...numbers] = find(ACTION, name)
  const env = build(inner, ...numbers)
  expectSpace(env.actionSpace, example.outer_space)
  for (const action of example.given) env.step(Float32Array.of(action))
  const got = inner.got.flatMap((action) => Array.from(action))
  expectObs(Float32Array.from(got), example.inner_env_got, 'inner actions')
}

/** The entry for a name, and the numbers that its pattern finds there. */
function find<T>(
  table: readonly (readonly [RegExp, T])[],
  name: string,
): [entry: T, first: number, second: number] {
  for (const [pattern, entry] of table) {
    const found = pattern.exec(name)
    if (found !== null) return [entry, Number(found[1]), Number(found[2])]
  }
  expect.fail(`no wrapper is known for the example ${name}`)
}

function expectMembers(examples: z.infer<typeof containsSchema>): void {
  for (const [text, value, member] of examples) {
    const x = typeof value === 'number' ? value : Float32Array.from(value)
    expect(parseSpace(text).contains(x), `${text} contains ${value.toString()}`).toBe(member)
  }
}

/** Reads the names that the `contains` examples give their spaces. */
function parseSpace(text: string): Box | Discrete {
  const discrete = /^Discrete\((\d+)(?:, start=(-?\d+))?\)$/.exec(text)
  if (discrete !== null) return new Discrete(Number(discrete[1]), Number(discrete[2] ?? 0))
  const box = /^Box\(\[(.*)\],\[(.*)\],float32\)$/.exec(text)
  if (box === null) expect.fail(`no space is called ${text}`)
  const [low, high] = [box[1]!, box[2]!].map((list) =>
    list.split(',').map((x) => Number(x.replace('inf', 'Infinity'))),
  )
  return new Box({ low: low!, high: high!, dtype: 'float32' })
}
