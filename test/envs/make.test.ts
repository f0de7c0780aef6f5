import { CartPole, make, register } from 'gymnasium-js'
import type { CartPoleOptions, Env } from 'gymnasium-js'
import { OrderEnforcing, PassiveEnvChecker, TimeLimit } from 'gymnasium-js/wrappers'
import { describe, expect, test } from 'vitest'

describe('make', () => {
  test('stacks TimeLimit on OrderEnforcing on PassiveEnvChecker on the environment', () => {
    const env = make('CartPole-v1')
    if (!(env instanceof TimeLimit)) expect.fail('no TimeLimit')
    expect(env.maxEpisodeSteps).toBe(500)
    const ordered = env.env
    if (!(ordered instanceof OrderEnforcing)) expect.fail('no OrderEnforcing')
    const checked = ordered.env
    if (!(checked instanceof PassiveEnvChecker)) expect.fail('no PassiveEnvChecker')
    expect(checked.env).toBe(env.unwrapped)
    expect(env.unwrapped).toBeInstanceOf(CartPole)
  })

  test('leaves the checker out when asked to', () => {
    const env = make('CartPole-v1', { disableEnvChecker: true, maxEpisodeSteps: -1 })
    if (!(env instanceof OrderEnforcing)) expect.fail('no OrderEnforcing')
    expect(env.env).toBe(env.unwrapped)
    expect(env.spec?.kwargs).toEqual({})
  })

  test('says what an entry point returned that is no environment', () => {
    const entryPoint = () => Promise.resolve(new CartPole()) as unknown as Env
    register({ id: 'test/Promise-v0', entryPoint })
    expect(() => make('test/Promise-v0')).toThrow('returned a promise; await what it needs')
  })

  test('the spec carries the kwargs and the limit that were used', () => {
    const env = make('CartPole-v1', { maxEpisodeSteps: 7, suttonBartoReward: true })
    expect(env.spec).toMatchObject({
      id: 'CartPole-v1',
      maxEpisodeSteps: 7,
      rewardThreshold: 475,
      kwargs: { suttonBartoReward: true },
    })
    expect(env.unwrapped.spec).toBe(env.spec)
  })

  test('a spec makes the same environment again', () => {
    const first = make('CartPole-v1', { maxEpisodeSteps: 2, suttonBartoReward: true })
    const env = make(first.spec!)
    env.reset({ seed: 1 })
    expect(env.step(0)).toMatchObject({ reward: 0, truncated: false })
    expect(env.step(0)).toMatchObject({ reward: 0, truncated: true })
  })

  test('a limit of -1 takes the limit away', () => {
    const env = make('CartPole-v1', { maxEpisodeSteps: -1 })
    expect(env).not.toBeInstanceOf(TimeLimit)
    expect(env.spec!.maxEpisodeSteps).toBeUndefined()
    expect(() => make('CartPole-v1', { maxEpisodeSteps: 0 })).toThrow('maxEpisodeSteps is 0')
  })

  test('kwargs of the call come on top of those of the registration', () => {
    const seen: object[] = []
    const entryPoint = (options: CartPoleOptions) => {
      seen.push(options)
      return new CartPole(options)
    }
    const kwargs = { suttonBartoReward: true, kinematicsIntegrator: 'euler' }
    register({ id: 'test/Kwargs-v0', entryPoint, kwargs })
    make('test/Kwargs-v0', { kinematicsIntegrator: 'semi-implicit-euler', renderMode: 'ansi' })
    expect(seen).toEqual([
      {
        suttonBartoReward: true,
        kinematicsIntegrator: 'semi-implicit-euler',
        renderMode: 'ansi',
      },
    ])
  })

  test('unknown kwargs are refused by name', () => {
    expect(() => make('CartPole-v1', { suttonBartoRewards: true })).toThrow(
      "unknown argument 'suttonBartoRewards'; did you mean 'suttonBartoReward'?",
    )
  })

  test('a render mode reaches the environment and shows through the wrappers', () => {
    const env = make('CartPole-v1', { renderMode: 'ansi' })
    env.reset({ seed: 1 })
    expect(env.renderMode).toBe('ansi')
    expect(env.render()).toContain('theta')
    expect(() => make('CartPole-v1', { renderMode: 'human' as 'ansi' })).toThrow(
      "renderMode is 'human'",
    )
  })
})
