/** The checks of environments that answer later: the same as of those that answer at once. */
import { type AsyncEnv, CartPole, type Env, type ResetArgs, Taxi } from 'gymnasium-js'
import { checkEnv, checkEnvAsync } from 'gymnasium-js/check'
import { describe, expect, test } from 'vitest'
import { wrong } from './planted.ts'

/** Any environment behind a few turns of the event loop. */
class Later implements AsyncEnv {
  readonly #env: Env
  constructor(env: Env) {
    this.#env = env
  }
  get observationSpace() {
    return this.#env.observationSpace
  }
  get actionSpace() {
    return this.#env.actionSpace
  }
  async reset(args?: ResetArgs) {
    await Promise.resolve()
    return this.#env.reset(args)
  }
  async step(action: unknown) {
    await Promise.resolve()
    return this.#env.step(action)
  }
  getState() {
    return this.#env.getState!()
  }
  setState(state: ReturnType<CartPole['getState']>) {
    this.#env.setState!(state)
  }
  render() {
    return this.#env.render?.()
  }
  close() {
    this.#env.close?.()
  }
}

test.each([
  ['CartPole', () => new CartPole()],
  ['Taxi', () => new Taxi()],
])('%s has the findings that it has when it answers at once', async (_, make) => {
  expect(await checkEnvAsync(() => new Later(make()))).toEqual(checkEnv(make))
})

describe('a defect is found, alone', () => {
  test.each(wrong)('%s', async (_, build, check, found) => {
    const errors = (await checkEnvAsync((options) => new Later(build(options)))).filter(
      ({ severity }) => severity === 'error',
    )
    expect(errors.map((error) => error.check)).toContain(check)
    expect(errors.find((error) => error.check === check)!.found).toContain(found)
  })
})

test('environments that answer at once are checked as well', async () => {
  expect(await checkEnvAsync(() => new CartPole())).toEqual(checkEnv(() => new CartPole()))
})

test('a promise that is rejected is an exception, named by the call', async () => {
  class Broken extends Later {
    override async step(): Promise<never> {
      await Promise.resolve()
      throw new Error('the line is dead')
    }
  }
  const [finding] = await checkEnvAsync(() => new Broken(new CartPole()))
  expect(finding).toMatchObject({ check: 'throws', severity: 'error' })
  expect(finding!.found).toContain('step 1 after reset({ seed: 0 }) threw Error: the line is dead')
})

test('who does not wait is told who does', () => {
  const [finding] = checkEnv(() => new Later(new CartPole()) as AsyncEnv as Env)
  expect(finding).toMatchObject({ check: 'reset-result', severity: 'error' })
  expect(finding!.remedy).toContain('checkEnvAsync')
})
