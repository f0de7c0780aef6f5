/** Suite `act`: from one observation to the greedy action, through DQN's own `act`. */
import { Box, Discrete } from 'gymnasium-js'
import { Dqn } from '../agents/index.ts'
import { Rng } from '../src/rng.ts'
import { onBackends } from './backends.ts'
import { cycling, observations } from './data.ts'
import { floorContender } from './gemm-floor.ts'
import type { Contender, Prepared } from './measure.ts'

/** Observations that take turns. */
const OBSERVATIONS = 16

/** CartPole's four numbers (120-84). */
function prepareMlp(): Prepared {
  const observationSpace = new Box({ low: -4, high: 4, shape: [4], dtype: 'float32' })
  const agent = new Dqn({ spaces: { observationSpace, actionSpace: new Discrete(2) }, seed: 1 })
  const rng = new Rng('bench')
  return acting(agent, () => observations(rng, 4, 'gaussian'))
}

/** MinAtar's 10×10×4 image (conv 16, dense 128). */
function prepareConv(): Prepared {
  const observationSpace = new Box({ low: 0, high: 1, shape: [10, 10, 4], dtype: 'uint8' })
  const agent = new Dqn({ spaces: { observationSpace, actionSpace: new Discrete(6) }, seed: 1 })
  const rng = new Rng('bench')
  return acting(agent, () => Uint8Array.from(observations(rng, 400, 'pixels')))
}

/** @returns the contenders, case by case */
export function actCases(asked: (backend: string) => boolean): Contender[][] {
  const caseOf = (path: string, prepare: () => Prepared) => [
    ...onBackends({ path, others: [`gemm-floor/act-${path}`], asked }, prepare),
    ...floorContender(`act-${path}`, asked),
  ]
  return [caseOf('mlp', prepareMlp), caseOf('conv', prepareConv)]
}

function acting(agent: Dqn, observe: () => Float32Array | Uint8Array): Prepared {
  const next = cycling(Array.from({ length: OBSERVATIONS }, observe), (obs) =>
    agent.act(obs, { deterministic: true }),
  )
  let check = 1 // every action leaves its mark
  for (let i = 0; i < OBSERVATIONS; i++) check = check * 1.5 + next()
  const work = (times: number) => {
    for (let i = 0; i < times; i++) next()
  }
  return { work, check, dispose: () => agent.dispose() }
}
