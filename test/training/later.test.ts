/** Evaluation in environments that answer later, and learning that is resumed in some that have no state. */
import {
  type AsyncEnv,
  CartPole,
  type EnvReset,
  type EnvStep,
  type ResetArgs,
  Rng,
} from 'gymnasium-js'
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { evaluate, evaluateInTurns, periodicEvaluation } from '../../src/training/index.ts'
import { smallA2c, smallDqn, smallPpo } from '../helpers/agents.ts'
import { throughFiles } from '../helpers/states.ts'

beforeAll(() => useBackend('simd'))

/** CartPole that answers after so many turns of the event loop as are drawn; without a state. */
class Distant implements AsyncEnv<Float32Array, number> {
  readonly #near = new CartPole()
  readonly observationSpace = this.#near.observationSpace
  readonly actionSpace = this.#near.actionSpace
  readonly #delays: Rng
  isClosed = false

  constructor(delays: string) {
    this.#delays = new Rng(delays)
  }

  async reset(args?: ResetArgs): Promise<EnvReset<Float32Array>> {
    await this.#delay()
    return this.#near.reset(args)
  }

  async step(action: number): Promise<EnvStep<Float32Array>> {
    await this.#delay()
    return this.#near.step(action)
  }

  close(): void {
    this.isClosed = true
  }

  async #delay(): Promise<void> {
    if (this.#delays.random() < 0.02) await new Promise((resolve) => setTimeout(resolve, 1))
    for (let turn = this.#delays.randInt(0, 4); turn > 0; turn--) await Promise.resolve()
  }
}

const OPTIONS = { episodes: 6, seed: 3 }

test('an evaluation is that of the environment that answers at once, whatever the delays', async () => {
  const agent = smallDqn()
  const near = evaluate(agent, { ...OPTIONS, makeEnv: () => new CartPole() })
  for (const delays of ['a', 'b']) {
    let made = 0
    const makeEnv = () => (made++ % 3 === 0 ? new CartPole() : new Distant(`${delays}/${made}`))
    expect(await evaluateInTurns(agent, { ...OPTIONS, makeEnv })).toEqual(near)
  }
  agent.dispose()
})

test('evaluate, which does not wait, names what does, and closes what it made', () => {
  const agent = smallDqn()
  const made: Distant[] = []
  const makeEnv = () => made[made.push(new Distant('e')) - 1]!
  expect(() => evaluate(agent, { ...OPTIONS, makeEnv })).toThrow(
    'evaluate: the environment answers later; await evaluateInTurns instead',
  )
  expect(made.every(({ isClosed }) => isClosed)).toBe(true)
  agent.dispose()
})

test('periodic evaluations and callbacks go with environments that answer later', async () => {
  const of = async (env: () => AsyncEnv) => {
    const agent = smallPpo({ env })
    const heard: unknown[] = []
    const evaluation = periodicEvaluation(agent, {
      ...OPTIONS,
      makeEnv: env,
      every: 200,
      totalTimesteps: 600,
      onMetrics: (step, metrics) => void heard.push([step, metrics]),
    })
    const onEpisode = (episode: unknown) => void heard.push(episode)
    await agent.learn({ totalTimesteps: 600, callbacks: [evaluation, { onEpisode }] })
    heard.push(agent.digest())
    agent.dispose()
    return heard
  }
  let made = 0
  expect(await of(() => new Distant(`${made++}`))).toEqual(await of(() => new CartPole()))
})

test.each([
  ['dqn', smallDqn],
  ['a2c', smallA2c],
] as const)(
  '%s goes on in new episodes where such an environment has no state',
  async (_, small) => {
    const resumed = async (delays: string) => {
      const env = () => new Distant(delays)
      const first = small({ env })
      const listener = { onStep: (step: number) => step < 200 }
      await first.learn({ totalTimesteps: 400, callbacks: [listener] })
      const second = small({ env })
      second.setState(throughFiles(first.getState()))
      await second.learn({ totalTimesteps: 400 })
      const { globalStep } = second
      const digest = second.digest()
      for (const agent of [first, second]) agent.dispose()
      return { globalStep, digest }
    }
    const once = await resumed('a')
    expect(once.globalStep).toBe(400)
    expect(await resumed('b')).toEqual(once)
  },
)

test('a reset that fails then is told by learn, and leaves no rejection behind', async () => {
  class Dead extends Distant {
    override async reset(args?: ResetArgs): Promise<EnvReset<Float32Array>> {
      const start = await super.reset(args)
      if (String(args?.seed).includes('resumed')) throw new Error('the line is dead')
      return start
    }
  }
  const env = () => new Dead('d')
  const first = smallDqn({ env })
  await first.learn({ totalTimesteps: 200 })
  const second = smallDqn({ env })
  second.setState(first.getState())
  expect(() => second.getState()).toThrow(/in the middle of a timestep/)
  await expect(second.learn({ totalTimesteps: 400 })).rejects.toThrow(
    /env 0 \(Dead\).*the line is dead/,
  )
  for (const agent of [first, second]) agent.dispose()
})
