import { Discrete, type ResetArgs, type ResetResult, type StepResult } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { argMax } from '../../src/masks.ts'
import {
  combineCallbacks,
  environmentsFrom,
  evaluate,
  evaluateInTurns,
  periodicEvaluation,
  type Policy,
} from '../../src/training/index.ts'
import { cartPole } from '../helpers/agents.ts'
import { GameEnv, type Game } from '../helpers/environments.ts'

/** Falls over after some steps that differ from episode to episode. */
const alwaysLeft: Policy = { actBatch: (obs) => new Int32Array(obs.length / 4) }

/** An episode of as many steps as its first state says, each with reward 1. */
const countdown: Game = {
  observationSpace: new Discrete(10),
  start: (rng) => rng.randInt(2, 10),
  observe: (state) => state,
  play: (state) => ({ state: state - 1, reward: 1, terminated: state === 1 }),
}
const anyAction: Policy = { actBatch: (obs) => new Int32Array(obs.length) }

describe('an evaluation', () => {
  const options = { makeEnv: () => new GameEnv(countdown), seed: 3 }

  test('reports returns, lengths, mean and population standard deviation', () => {
    const { returns, lengths, mean, std, episodes } = evaluate(anyAction, {
      ...options,
      episodes: 4,
    })
    expect(episodes).toBe(4)
    expect(returns).toEqual(lengths)
    const average = returns.reduce((sum, one) => sum + one, 0) / 4
    expect(mean).toBe(average)
    const variance = returns.reduce((sum, one) => sum + (one - average) ** 2, 0) / 4
    expect(std).toBeCloseTo(Math.sqrt(variance), 12)
  })

  test('plays each environment’s first episode, whatever the others do meanwhile', () => {
    const many = evaluate(anyAction, { ...options, episodes: 8 })
    const few = evaluate(anyAction, { ...options, episodes: 3 })
    expect(new Set(many.lengths).size).toBeGreaterThan(2)
    expect(many.returns.slice(0, 3)).toEqual(few.returns)
    const cartPoles = (episodes: number) =>
      evaluate(alwaysLeft, { makeEnv: cartPole, episodes, seed: 1 })
    expect(cartPoles(6).lengths.slice(0, 2)).toEqual(cartPoles(2).lengths)
  })

  test('steps an environment no further than its episode, and shows nothing of what comes after', () => {
    let steps = 0
    const counted: Game = { ...countdown, play: (state) => (steps++, countdown.play(state, 0)) }
    const seen: number[][] = []
    const policy: Policy = {
      actBatch: (obs) => (seen.push([...(obs as Int32Array)]), new Int32Array(obs.length)),
    }
    const makeEnv = () => new GameEnv(counted)
    const { lengths } = evaluate(policy, { makeEnv, episodes: 6, seed: 3 })
    expect(steps).toBe(lengths.reduce((sum, length) => sum + length))
    const left = lengths.map((length, i) => seen.map((obs, step) => [obs[i], length - step]))
    for (const [observed, expected] of left.flat()) expect(observed).toBe(Math.max(0, expected!))
  })

  test('lets those that are through go on with actions that are legal', () => {
    class Masked extends GameEnv {
      override step(action: unknown): StepResult {
        const step = super.step(action)
        return { ...step, info: maskOf(step.terminated ? 0 : 1) }
      }
      override reset(args?: ResetArgs): ResetResult {
        return { ...super.reset(args), info: maskOf(1) }
      }
    }
    const maskOf = (legal: number) => ({ actionMask: new Uint8Array(2).fill(legal) })
    const policy: Policy = {
      actBatch: (obs, { infos }) => {
        for (const info of infos!) expect(info['actionMask']).toContain(1)
        return new Int32Array(obs.length)
      },
    }
    const makeEnv = () => new Masked(countdown)
    const { lengths } = evaluate(policy, { makeEnv, episodes: 6, seed: 3 })
    expect(new Set(lengths).size).toBeGreaterThan(1)
  })

  test.each([
    ['nothing', undefined, 'function 0 returned undefined'],
    ['a promise', Promise.resolve(), 'function 0 returned a promise'],
    ['an object', {}, 'observationSpace is undefined'],
  ])('of %s instead of an environment is refused by name', (_, env, message) => {
    const makeEnv = () => env as never
    expect(() => evaluate(anyAction, { ...options, makeEnv, episodes: 2 })).toThrow(message)
  })

  test('repeats with its seed and differs with another', () => {
    const lengths = (seed: number) => evaluate(anyAction, { ...options, episodes: 8, seed }).lengths
    expect(lengths(3)).toEqual(lengths(3))
    expect(lengths(3)).not.toEqual(lengths(4))
  })

  test('asks for deterministic actions unless told', () => {
    const asked = new Set<boolean>()
    const policy: Policy = {
      actBatch: (obs, { deterministic }) => (asked.add(deterministic), new Int32Array(obs.length)),
    }
    evaluate(policy, { ...options, episodes: 1 })
    expect([...asked]).toEqual([true])
    evaluate(policy, { ...options, episodes: 1, deterministic: false })
    expect([...asked]).toEqual([true, false])
  })

  test('cuts an episode that never ends, and counts it as it stands', () => {
    const endless = { ...countdown, play: (state: number) => ({ state, reward: 0.5 }) }
    const makeEnv = () => new GameEnv(endless)
    const { returns, lengths } = evaluate(anyAction, {
      makeEnv,
      episodes: 2,
      seed: 1,
      maxEpisodeSteps: 20,
    })
    expect([returns, lengths]).toEqual([
      [10, 10],
      [20, 20],
    ])
  })

  test('closes its environments when the policy fails', () => {
    let closed = 0
    class Counted extends GameEnv {
      override close(): void {
        closed++
      }
    }
    const policy: Policy = {
      actBatch: () => {
        throw new Error('no idea')
      },
    }
    const makeEnv = () => new Counted(countdown)
    expect(() => evaluate(policy, { makeEnv, episodes: 3, seed: 1 })).toThrow('no idea')
    expect(closed).toBe(3)
  })

  test.each([0, -1, 1.5])('of %s episodes is refused', (episodes) => {
    expect(() => evaluate(anyAction, { ...options, episodes })).toThrow(
      /episodes.*positive whole number/,
    )
  })
})

describe('periodic evaluation', () => {
  /** Evaluates a game whose every episode earns what `score` says at that timestep. */
  async function run(
    steps: readonly number[],
    score: (step: number) => number,
    totalTimesteps = 100,
  ) {
    let now = 0
    const play = (state: number) => ({ state, reward: score(now), terminated: true })
    const evaluated: number[] = []
    const best: number[] = []
    const { onStep } = periodicEvaluation(anyAction, {
      makeEnv: () => new GameEnv({ ...countdown, play }),
      episodes: 2,
      seed: 1,
      every: 10,
      totalTimesteps,
      onMetrics: (step, metrics) => {
        expect(metrics).toEqual({
          'eval/mean_return': score(step),
          'eval/std_return': 0,
          'eval/mean_length': 1,
        })
        evaluated.push(step)
      },
      onBest: (step, { mean }) => {
        expect(mean).toBe(score(step))
        best.push(step)
      },
    })
    for (now of steps) expect(await onStep(now)).toBe(true)
    return { evaluated, best }
  }
  const upTo = (end: number, by: number) => Array.from({ length: end / by }, (_, i) => (i + 1) * by)

  test('evaluates every so many timesteps and at the end', async () => {
    expect((await run(upTo(30, 1), () => 1, 30)).evaluated).toEqual([10, 20, 30])
    expect((await run(upTo(24, 1), () => 1, 24)).evaluated).toEqual([10, 20, 24])
    expect((await run(upTo(40, 8), () => 1, 40)).evaluated).toEqual([16, 24, 32, 40])
  })

  test('keeps the best, and of equals the later', async () => {
    const scores = new Map([
      [10, 5],
      [20, 3],
      [30, 5],
      [40, 7],
      [50, 6],
    ])
    const { best } = await run(upTo(50, 10), (step) => scores.get(step)!)
    expect(best).toEqual([10, 30, 40])
  })

  test('takes fresh episodes each time', async () => {
    const means: number[] = []
    const { onStep } = periodicEvaluation(anyAction, {
      makeEnv: () => new GameEnv(countdown),
      episodes: 5,
      seed: 1,
      every: 1,
      totalTimesteps: 10,
      onMetrics: (_, metrics) => void means.push(metrics['eval/mean_return']!),
    })
    for (const step of [1, 2, 3, 4]) await onStep(step)
    expect(new Set(means).size).toBeGreaterThan(1)
  })
})

describe('callbacks', () => {
  test('are called in order, all of them, and any may stop', async () => {
    const calls: string[] = []
    const { onStep, onEpisode, onMetrics } = combineCallbacks([
      { onStep: (step) => (calls.push(`a${step}`), false) },
      {},
      {
        onStep: async (step) => (await Promise.resolve(), calls.push(`b${step}`), true),
        onEpisode: ({ env }) => void calls.push(`episode${env}`),
        onMetrics: (step) => void calls.push(`metrics${step}`),
      },
    ])
    expect(await onStep(1)).toBe(false)
    onEpisode({ globalStep: 1, env: 2, episodicReturn: 0, episodicLength: 1 })
    onMetrics(3, {})
    expect(calls).toEqual(['a1', 'b1', 'episode2', 'metrics3'])
    for (const answer of [undefined, true, 0, null, 'no'])
      expect(await combineCallbacks({ onStep: () => answer }).onStep(1)).toBe(true)
    expect(combineCallbacks(() => false).onStep(1)).toBe(false)
  })

  test.each([
    [{ onSteps: () => false }, 'unknown callback "onSteps"; did you mean "onStep"?'],
    [{ on_step: () => false }, 'unknown callback "on_step"; did you mean "onStep"?'],
    [{ onstep: () => false }, 'unknown callback "onstep"; did you mean "onStep"?'],
    [{ onTrainingStart: () => false }, 'unknown callback "onTrainingStart"'],
    [{ onStep: true }, 'callbacks: onStep is true; give a function'],
    [undefined, 'callbacks: undefined is no object with onStart, onStep'],
  ])('a misspelt one is refused: %o', (listener, message) => {
    expect(() => combineCallbacks([listener as never])).toThrow(
      new RegExp(message.replace('?', '\\?')),
    )
  })

  test('that answer later are waited for, and what they refuse is told', async () => {
    const told: string[] = []
    const later = async (what: string) => {
      await Promise.resolve()
      told.push(what)
    }
    const callbacks = combineCallbacks({
      onEpisode: () => later('episode'),
      onMetrics: () => later('metrics'),
      onStep: () => void told.push('step'),
    })
    callbacks.onEpisode({ globalStep: 1, env: 0, episodicReturn: 0, episodicLength: 1 })
    callbacks.onMetrics(1, {})
    expect(await callbacks.onStep(1)).toBe(true)
    expect(told).toEqual(['episode', 'metrics', 'step'])
    expect(callbacks.onStep(2)).toBe(true) // at once again

    const refusing = combineCallbacks({ onMetrics: () => Promise.reject(new Error('disk full')) })
    refusing.onMetrics(1, {})
    await expect(refusing.onStep(1)).rejects.toThrow('disk full')
    refusing.onMetrics(2, {})
    await expect(refusing.onEnd(2)).rejects.toThrow('disk full')
  })

  test('members of other names are the listener’s own affair', async () => {
    class Counting {
      readonly steps: number[] = []
      online = true
      onStep(step: number) {
        this.steps.push(step)
      }
      reset() {
        this.steps.length = 0
      }
    }
    const counting = new Counting()
    await combineCallbacks(counting).onStep(7)
    expect(counting.steps).toEqual([7])
  })
})

describe('environments', () => {
  test('of a function are made as often as asked, and can be made again', () => {
    let made = 0
    const factory = () => (made++, new GameEnv(countdown))
    const { vector, makeEnv } = environmentsFrom(factory, 3, 8)
    expect([vector.numEnvs, made]).toEqual([3, 3])
    expect(makeEnv!()).toBeInstanceOf(GameEnv)
  })

  test('that are finished cannot be made again', () => {
    const one = environmentsFrom(new GameEnv(countdown), undefined, 8)
    expect([one.vector.numEnvs, one.makeEnv]).toEqual([1, undefined])
    const { vector } = one
    expect(environmentsFrom(vector, 1, 8)).toEqual({
      vector,
      gathering: vector,
      makeEnv: undefined,
    })
    expect(() => environmentsFrom(one.vector, 2, 8)).toThrow(/numEnvs is 2, but env has 1/)
  })
})

test('argMax takes the first of equals, within its row', () => {
  expect(argMax([9, 1, 3, 3, 9], 1, 3)).toBe(1)
  expect(argMax([-5], 0, 1)).toBe(0)
})

describe('an interrupted evaluation', () => {
  const options = {
    makeEnv: () => new GameEnv(countdown),
    episodes: 4,
    seed: 3,
    every: 100,
    totalTimesteps: 1000,
  }

  test('in turns is the same as in one go, and none when it is given up', async () => {
    expect(await evaluateInTurns(anyAction, options)).toEqual(evaluate(anyAction, options))
    expect(await evaluateInTurns(anyAction, options, AbortSignal.abort())).toBeUndefined()
  })

  test('is due again for who goes on, and then gives what it would have given', async () => {
    const rows: unknown[] = []
    const onMetrics = (globalStep: number, metrics: object) => rows.push([globalStep, metrics])
    const signal = AbortSignal.abort()
    const broken = periodicEvaluation(anyAction, { ...options, onMetrics, signal })
    expect(await broken.onStep(99)).toBe(true)
    expect(await broken.onStep(100)).toBe(false)
    expect(rows).toEqual([])
    expect(JSON.parse(JSON.stringify(broken.getState()))).toEqual({ best: null, due: 100 })
    const onwards = periodicEvaluation(anyAction, {
      ...options,
      onMetrics,
      state: broken.getState(),
    })
    expect(await onwards.onStep(100)).toBe(true)
    expect(await onwards.onStep(199)).toBe(true)
    await periodicEvaluation(anyAction, { ...options, onMetrics }).onStep(100)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toEqual(rows[1])
    expect(onwards.getState()).toEqual({
      best: evaluate(anyAction, { ...options, seed: '3/100' }).mean,
      due: 200,
    })
  })

  test('at the last timestep is played to its end', async () => {
    const last = periodicEvaluation(anyAction, { ...options, signal: AbortSignal.abort() })
    expect(await last.onStep(1000)).toBe(true)
    expect(last.getState().best).not.toBeNull()
  })
})

describe('copies that play in turn', () => {
  const counted = () => {
    const alive = { now: 0, most: 0 }
    const makeEnv = () => {
      alive.most = Math.max(alive.most, ++alive.now)
      return Object.assign(new GameEnv(countdown), {
        close: () => {
          alive.now--
        },
      })
    }
    return { alive, makeEnv }
  }

  test.each([1, 3, 8, 40])('%i of them give the same returns', (evalEnvs) => {
    const options = { makeEnv: () => new GameEnv(countdown), episodes: 40, seed: 3 }
    expect(evaluate(anyAction, { ...options, evalEnvs })).toEqual(evaluate(anyAction, options))
  })

  test.each([
    [1, 1],
    [3, 3],
    [undefined, 10],
    [500, 40],
  ])('asked for %s, there are %i at once', (evalEnvs, most) => {
    const { alive, makeEnv } = counted()
    evaluate(anyAction, { makeEnv, episodes: 40, seed: 3, evalEnvs })
    expect(alive).toEqual({ now: 0, most })
  })

  test('episodes that do not end are cut, and counted', () => {
    const options = { makeEnv: () => new GameEnv(countdown), episodes: 20, seed: 3 }
    const whole = evaluate(anyAction, options)
    const cut = evaluate(anyAction, { ...options, maxEpisodeSteps: 2 })
    expect(whole.cut).toBe(0)
    expect(cut.cut).toBe(whole.lengths.filter((length) => length > 2).length)
    expect(cut.lengths).toEqual(whole.lengths.map((length) => Math.min(length, 2)))
    expect(() => evaluate(anyAction, { ...options, evalEnvs: 0 })).toThrow(/evalEnvs: 0 is not a/)
    expect(() => evaluate(anyAction, { ...options, maxEpisodeSteps: 0.5 })).toThrow(/Steps: 0.5 is/)
  })
})
