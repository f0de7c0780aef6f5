/** Environments that answer later: every agent learns from them what it learns from those that answer at once. */
import { type AsyncEnv, CartPole, type Env, type ResetArgs, Rng } from 'gymnasium-js'
import { NormalizeObservation, TimeLimit } from 'gymnasium-js/wrappers'
import { describe, expect, test } from 'vitest'
import { A2c, Dqn, Ppo, Pqn } from '../../agents/index.ts'

/** CartPole behind delays, which are drawn, so that answers come in any order. */
class Distant implements AsyncEnv<Float32Array, number> {
  readonly #near = new CartPole()
  readonly #delays = new Rng('delays')
  readonly observationSpace = this.#near.observationSpace
  readonly actionSpace = this.#near.actionSpace
  asked = 0

  async reset(args?: ResetArgs) {
    return this.#late(() => this.#near.reset(args))
  }

  async step(action: number) {
    return this.#late(() => this.#near.step(action))
  }

  async #late<T>(answer: () => T): Promise<T> {
    if (++this.asked > 1) throw new Error('it was asked twice at once')
    for (let turn = this.#delays.randInt(0, 3); turn > 0; turn--) await Promise.resolve()
    this.asked--
    return answer()
  }

  getState() {
    return this.#near.getState()
  }

  setState(state: ReturnType<CartPole['getState']>) {
    this.#near.setState(state)
  }
}

const limited = (env: AsyncEnv | Env) => new TimeLimit(env, 60)
const AGENTS = {
  dqn: (env: () => Env) => new Dqn({ env, numEnvs: 3, learningStarts: 100, batchSize: 16 }),
  a2c: (env: () => Env) => new A2c({ env, numEnvs: 3, initializationSteps: 60 }),
  ppo: (env: () => Env) => new Ppo({ env, numEnvs: 3, numSteps: 32, initializationSteps: 60 }),
  pqn: (env: () => Env) => new Pqn({ env, numEnvs: 3, numSteps: 16 }),
}

describe.each(Object.entries(AGENTS))('%s', (_, create) => {
  test('learns the same bits from environments that answer later', async () => {
    const digests = []
    for (const env of [() => new CartPole(), () => new Distant()]) {
      const agent = create(() => limited(env()))
      await agent.learn({ totalTimesteps: 1200 })
      digests.push(agent.digest())
      agent.dispose()
    }
    expect(digests[1]).toBe(digests[0])
  })
})

test('wrappers with statistics go on when the answer is there', async () => {
  const digests = []
  for (const env of [() => new CartPole(), () => new Distant()]) {
    const agent = AGENTS.a2c(() => new NormalizeObservation(limited(env())))
    await agent.learn({ totalTimesteps: 900 })
    digests.push(agent.digest())
    agent.dispose()
  }
  expect(digests[1]).toBe(digests[0])
})

test('a state is taken and given back between timesteps', async () => {
  const whole = AGENTS.dqn(() => limited(new Distant()))
  await whole.learn({ totalTimesteps: 900 })
  const half = AGENTS.dqn(() => limited(new Distant()))
  await half.learn({
    totalTimesteps: 900,
    callbacks: [{ onStep: (globalStep) => globalStep < 450 }],
  })
  const resumed = AGENTS.dqn(() => limited(new Distant()))
  resumed.setState(half.getState())
  await resumed.learn({ totalTimesteps: 900 })
  expect(resumed.digest()).toBe(whole.digest())
  for (const agent of [whole, half, resumed]) agent.dispose()
})

test('a promise that is rejected is told with environment and seed', async () => {
  class Breaking extends Distant {
    #steps = 0
    override async step(action: number) {
      if (++this.#steps === 40) throw new Error('the line is dead')
      return super.step(action)
    }
  }
  let made = 0
  const agent = AGENTS.dqn(() => limited(made++ === 1 ? new Breaking() : new Distant()))
  const learning = agent.learn({ totalTimesteps: 900 })
  await expect(learning).rejects.toThrow(
    'dqn: env 1 (Breaking): the line is dead, at timestep 120 (seed "1/env/1")',
  )
  agent.dispose()
})
