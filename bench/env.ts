/**
 * Suite `env`: timesteps per second under a random policy, with resets: through `make`, as a user has it, and through
 * `makeVector` with 8, 128 and 1,024 copies, in all of which a timestep of one copy counts as one.
 *
 * The actions are drawn beforehand, so that environments are measured and not the policy.
 * `CartPole-v1/bare-loop` is CartPole's own `dynamics` on one Float64Array with nothing around it, which all other
 * figures of CartPole are compared with.
 */
import { Rng, make, registeredSpecs } from 'gymnasium-js'
import type { CompleteEnv, Space } from 'gymnasium-js'
import { SyncVectorEnv, makeVector } from 'gymnasium-js/vector'
import type { ActionArray, VectorEnv } from 'gymnasium-js/vector'
import { FlattenObservation } from 'gymnasium-js/wrappers'
import { dynamics, hasFailed } from '../envs/src/envs/classic-control/cartpole.ts'
import type { Contender, Prepared } from './measure.ts'

/** Copies of the vector environments. */
const COPIES: readonly number[] = [8, 128, 1024]
/** Turns are as long as a multiple of this many timesteps, so that every vector environment is stepped in full. */
export const ENV_GRANULARITY = 1024
/** Actions, or batches of them, that are drawn beforehand and taken in turn. */
const DRAWN = 1024

const BARE_LOOP = 'CartPole-v1/bare-loop'

/** @returns the contenders: one case per registered environment */
export function envCases(): Contender[][] {
  return registeredSpecs().map(({ id }) => {
    const references = id === 'CartPole-v1' ? [BARE_LOOP] : []
    const contender = (name: string, prepare: () => Prepared): Contender => ({
      name,
      task: name,
      references,
      activate: () => Promise.resolve(),
      prepare: () => Promise.resolve(prepare()),
    })
    return [
      ...references.map((name) => contender(name, prepareBareLoop)),
      contender(`${id}/scalar`, () => prepareScalar(id)),
      ...COPIES.map((n) => contender(`${id}/vector-${n}`, () => prepareVector(id, n))),
    ]
  })
}

function prepareScalar(id: string): Prepared {
  const env: CompleteEnv = make(id)
  const rng = new Rng('bench')
  const actions = Array.from({ length: DRAWN }, () => env.actionSpace.sample(rng))
  env.reset({ seed: 1 })
  const work = (times: number) => {
    for (let t = 0; t < times; t++) {
      const step = env.step(actions[t % DRAWN])
      if (step.terminated || step.truncated) env.reset()
    }
  }
  return { work, dispose: () => env.close() }
}

function prepareVector(id: string, n: number): Prepared {
  const envs = vectorOf(id, n)
  const rng = new Rng('bench')
  const batches = Math.max(16, DRAWN / n)
  const actions = Array.from({ length: batches }, () => sampleBatch(envs.singleActionSpace, n, rng))
  envs.reset({ seed: 1 })
  const work = (times: number) => {
    for (let t = 0; t < times / n; t++) envs.step(actions[t % batches]!)
  }
  return { work, dispose: () => envs.close() }
}

/** `makeVector`, where observations are one array; a Tuple is flattened to one first. */
function vectorOf(id: string, n: number): VectorEnv {
  const { kind } = make(id).observationSpace
  if (kind !== 'tuple' && kind !== 'dict') return makeVector(id, n)
  return new SyncVectorEnv(Array.from({ length: n }, () => () => new FlattenObservation(make(id))))
}

function prepareBareLoop(): Prepared {
  const rng = new Rng('bench')
  const actions = Int32Array.from({ length: DRAWN }, () => rng.randInt(0, 2))
  const state = new Float64Array(4)
  const work = (times: number) => {
    for (let t = 0; t < times; t++) {
      dynamics(state, 0, actions[t % DRAWN]!, 'euler')
      if (hasFailed(state, 0)) state.fill(0.01)
    }
  }
  return { work }
}

/** Random actions [n, ...]. */
function sampleBatch(space: Space, n: number, rng: Rng): ActionArray {
  const rows = Array.from({ length: n }, () => space.sample(rng))
  if (space.kind === 'discrete') return Int32Array.from(rows, Number)
  const size = (rows[0] as Float32Array).length
  const batch = new Float32Array(n * size)
  for (const [i, row] of rows.entries()) batch.set(row as Float32Array, i * size)
  return batch
}
