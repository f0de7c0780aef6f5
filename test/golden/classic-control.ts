/**
 * Replays what was recorded from Gymnasium's classic control: single steps, trajectories row by row
 * and open loop, and the observations that resets gave.
 */

import { Acrobot, CartPole, MountainCar, MountainCarContinuous, Pendulum, make } from 'gymnasium-js'
import type { CompleteEnv, RandomSource } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { describeGolden, expectClose, expectObs, isClose } from './golden.ts'
import { real, reals } from './golden.ts'

const flag = z.union([z.literal(0), z.literal(1)])
const settings = z.record(z.string(), z.unknown())

const trajectorySchema = z.object({
  name: z.string(),
  kwargs: settings,
  attrs: settings,
  max_episode_steps: z.number().nullable(),
  init_state: reals,
  reset_options: z.record(z.string(), z.number()).nullable(),
  reset_obs: reals.nullable(),
  n_steps: z.number(),
  terminated_at: z.number().nullable(),
  truncated_at: z.number().nullable(),
  return: real,
  open_loop_ok: z.number(),
  actions: z.array(z.number()),
  rows: z.array(z.tuple([z.number(), reals, reals, real, flag, flag])),
})
type Trajectory = z.infer<typeof trajectorySchema>

const oneStepSchema = z.array(z.tuple([reals, z.number(), reals, reals, real, flag]))
type OneStep = z.infer<typeof oneStepSchema>

const fileSchema = z.object({
  meta: z.object({ env: z.string(), one_step_tol: z.number(), open_loop_tol: z.number() }),
  trajectories: z.array(trajectorySchema),
  one_step: oneStepSchema,
  one_step_nips: oneStepSchema.optional(),
})

/** [low, high) of each draw at reset, in order. */
type Bounds = readonly (readonly [low: number, high: number])[]

interface Task {
  readonly file: string
  readonly build: (options: object, source?: RandomSource) => CompleteEnv
  readonly draws: (options: Readonly<Record<string, number>>) => Bounds
}

const TASKS: readonly Task[] = [
  {
    file: 'cartpole.json',
    build: (options, source) => new CartPole(options, source),
    draws: ({ low = -0.05, high = 0.05 }) => Array.from({ length: 4 }, () => [low, high] as const),
  },
  {
    file: 'mountaincar.json',
    build: (options, source) => new MountainCar(options, source),
    draws: ({ low = -0.6, high = -0.4 }) => [[low, high]],
  },
  {
    file: 'mountaincar_continuous.json',
    build: (options, source) => new MountainCarContinuous(options, source),
    draws: ({ low = -0.6, high = -0.4 }) => [[low, high]],
  },
  {
    file: 'acrobot.json',
    build: (options, source) => new Acrobot(options, source),
    draws: ({ low = -0.1, high = 0.1 }) => Array.from({ length: 4 }, () => [low, high] as const),
  },
  {
    file: 'pendulum.json',
    build: (options, source) => new Pendulum(options, source),
    draws: ({ x_init = Math.PI, y_init = 1 }) => [
      [-x_init, x_init],
      [-y_init, y_init],
    ],
  },
]

for (const task of TASKS) {
  describeGolden(task.file, fileSchema, ({ meta, trajectories, one_step, one_step_nips }) => {
    test('gives every recorded single step', () => {
      replaySingleSteps(task.build({}), one_step, meta.one_step_tol)
    })

    if (one_step_nips !== undefined) {
      test('gives every recorded single step of the NIPS equations', () => {
        replaySingleSteps(task.build({ bookOrNips: 'nips' }), one_step_nips, meta.one_step_tol)
      })
    }

    describe.each(trajectories.map((trajectory) => [trajectory.name, trajectory] as const))(
      '%s',
      (_, trajectory) => {
        if (trajectory.reset_obs !== null) {
          test('resets to the recorded observation from the draws that lead there', () => {
            replayReset(task, trajectory)
          })
        }

        test('steps from each recorded state to its successor', () => {
          replayRows(task, trajectory, meta.one_step_tol)
        })

        test('runs open loop as recorded', () => {
          runOpenLoop(meta.env, trajectory, meta.open_loop_tol)
        })
      },
    )
  })
}

function replaySingleSteps(env: CompleteEnv, steps: OneStep, tolerance: number): void {
  expect(steps.length).toBeGreaterThan(0)
  for (const [i, [state, action, ...want]] of steps.entries()) {
    putState(env, state)
    expectStep(env, action, want, tolerance, `one_step ${i}`)
  }
}

function replayReset(task: Task, trajectory: Trajectory): void {
  const bounds = task.draws(trajectory.reset_options ?? {})
  const draws = bounds.map(([low, high], k) => (trajectory.init_state[k]! - low) / (high - low))
  const env = task.build(optionsOf(trajectory), {
    random: () => draws.shift() ?? expect.fail('a draw too many'),
    randInt: () => expect.fail('an integer draw'),
  })
  const { obs } = env.reset({ options: renamed(trajectory.reset_options ?? {}) })
  expectObs(obs, trajectory.reset_obs!, 'reset obs')
  expect(draws).toEqual([])
}

function replayRows(task: Task, trajectory: Trajectory, tolerance: number): void {
  const env = task.build(optionsOf(trajectory))
  const { rows, terminated_at, actions } = trajectory
  const states = new Map(rows.map(([t, state]) => [t, state]))
  states.set(0, trajectory.init_state)
  let replayed = 0
  for (const [t, next, obs, reward, terminated] of rows) {
    const state = states.get(t - 1)
    if (state === undefined) continue
    putState(env, state, terminated_at !== null && t > terminated_at)
    expectStep(env, actions[t - 1]!, [next, obs, reward, terminated], tolerance, `t ${t}`)
    replayed++
  }
  expect(replayed).toBeGreaterThan(0)
}

function runOpenLoop(id: string, trajectory: Trajectory, tolerance: number): void {
  const env: CompleteEnv = make(id, {
    ...optionsOf(trajectory),
    maxEpisodeSteps: trajectory.max_episode_steps ?? -1,
  })
  env.reset()
  putState(env, trajectory.init_state)
  const rows = new Map(trajectory.rows.map((row) => [row[0], row]))
  const seen = { terminatedAt: null as number | null, truncatedAt: null as number | null, sum: 0 }
  for (const [i, action] of trajectory.actions.entries()) {
    const t = i + 1
    const step = env.step(actionOf(env, action))
    seen.sum += step.reward
    if (step.terminated) seen.terminatedAt ??= t
    if (step.truncated) seen.truncatedAt ??= t
    const row = t <= trajectory.open_loop_ok ? rows.get(t) : undefined
    if (row === undefined) continue
    expectClose(stateOf(env, row[1].length), row[1], tolerance, `t ${t}: state`)
    expect(isClose(step.reward, row[3], tolerance), `t ${t}: reward ${step.reward}`).toBe(true)
    expect([t, step.terminated, step.truncated]).toEqual([t, row[4] === 1, row[5] === 1])
  }
  expect(seen.truncatedAt).toBe(trajectory.truncated_at)
  if (trajectory.open_loop_ok < trajectory.n_steps) return // chaos decides about the rest
  expect(seen.terminatedAt).toBe(trajectory.terminated_at)
  expect(isClose(seen.sum, trajectory.return, tolerance), `return ${seen.sum}`).toBe(true)
}

function expectStep(
  env: CompleteEnv,
  action: number,
  [next, obs, reward, terminated]: [number[], number[], number, 0 | 1],
  tolerance: number,
  what: string,
): void {
  const step = env.step(actionOf(env, action))
  expectClose(stateOf(env, next.length), next, tolerance, `${what}: state`)
  expectObs(step.obs, obs, `${what}: obs`)
  expectClose([step.reward], [reward], tolerance, `${what}: reward`)
  expect(step.terminated, `${what}: terminated`).toBe(terminated === 1)
}

/** The recorded names of settings are Python's. */
function renamed(recorded: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const camelCase = (name: string) =>
    name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(recorded).map(([k, v]) => [camelCase(k), v]))
}

function optionsOf({ kwargs, attrs }: Trajectory): Record<string, unknown> {
  const options = renamed({ ...kwargs, ...attrs })
  // Gymnasium takes every name but 'euler' for its other integrator; ours has a name.
  const { kinematicsIntegrator = 'euler' } = options
  return kinematicsIntegrator === 'euler'
    ? options
    : { ...options, kinematicsIntegrator: 'semi-implicit-euler' }
}

function actionOf({ actionSpace }: CompleteEnv, action: number): unknown {
  return actionSpace.kind === 'discrete' ? action : Float32Array.of(action)
}

/** Puts a recorded state into an environment; CartPole's ends in whether it has failed before. */
function putState(env: CompleteEnv, state: readonly number[], failed = false): void {
  const raw = env.unwrapped
  const whole = raw instanceof CartPole ? [...state, failed ? 1 : 0] : state
  raw.setState!({ ...raw.getState!(), state: whole, started: true })
}

/** The first `size` numbers of an environment's state. */
function stateOf(env: CompleteEnv, size: number): readonly number[] {
  return reals.parse(env.unwrapped.getState!()['state']).slice(0, size)
}
