/** How a policy is asked: masks, batches, draws, and what it says to nonsense. */
import { Box, Discrete, MultiDiscrete, Rng } from 'gymnasium-js'
import { loadPolicy, type Policy } from 'wn-rl/act'
import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, Dqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { smallA2c, smallDqn } from '../helpers/agents.ts'
import { fc } from '../helpers/properties.ts'

beforeAll(() => useBackend('simd'))

const observationSpace = new Box({ low: -1, high: 1, shape: [3] })
const OBS = Float32Array.of(0.5, -0.25, 0.125)
const DRAWN = { deterministic: false }

async function policyOf(agent: Dqn | A2c): Promise<Policy> {
  const store = memoryStore('runs/x')
  await agent.save(store)
  return loadPolicy(store)
}

const dqn = (n: number, start = 0) =>
  smallDqn({ spaces: { observationSpace, actionSpace: new Discrete(n, start) } })
const a2c = (actionSpace: Discrete | MultiDiscrete | Box) =>
  smallA2c({ spaces: { observationSpace, actionSpace } })

/** Masks of so many actions that leave at least one. */
const masksOf = (n: number) =>
  fc.array(fc.constantFrom(0, 1), { minLength: n, maxLength: n }).filter((mask) => mask.includes(1))

describe('under a mask', () => {
  test.each([
    ['DQN', Dqn, () => dqn(5, 7)],
    ['A2C', A2c, () => a2c(new Discrete(5, 7))],
  ])('the actions of %s are the agent’s, and legal', async (_, Agent, create) => {
    const store = memoryStore('runs/x')
    const made = create()
    await made.save(store)
    made.dispose()
    const [agent, policy] = [await Agent.load(store), await loadPolicy(store)]
    const rng = new Rng(1).stream('exploration')
    const random = () => rng.random()
    fc.assert(
      fc.property(
        masksOf(5),
        fc.array(fc.float({ noNaN: true }), { minLength: 3, maxLength: 3 }),
        (mask, obs) => {
          const info = { actionMask: mask }
          const seen = Float32Array.from(obs)
          const action = policy.act(seen, { mask })
          expect(action).toBe(agent.act(seen, { deterministic: true, info }))
          expect(mask[(action as number) - 7]).toBe(1)
        },
      ),
    )
    const obs = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i))
    const mask = [1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1]
    const infos = [0, 1, 2, 3].map((row) => ({ actionMask: mask.slice(5 * row, 5 * row + 5) }))
    expect(policy.actBatch(obs, { mask })).toEqual(
      agent.actBatch(obs, { deterministic: true, infos }),
    )
    for (const info of infos)
      expect(policy.act(OBS, { ...DRAWN, random, mask: info.actionMask })).toBe(
        agent.act(OBS, { ...DRAWN, info }),
      )
    agent.dispose()
  })

  test('illegal actions have probability 0, and the others sum to 1', async () => {
    const policy = await policyOf(a2c(new MultiDiscrete([3, 2])))
    const p = policy.probabilities(OBS, { mask: [true, false, true, false, true] })
    expect([p[1], p[3], p[4]]).toEqual([0, 0, 1])
    expect(p[0]! + p[2]!).toBeCloseTo(1, 6)
  })

  test.each([
    ['of another length', [1, 1, 1], 'mask is not 5 zeros and ones'],
    ['of other numbers', [1, 1, 1, 1, 2], 'mask is not 5 zeros and ones'],
    ['that leaves no action', [0, 0, 0, 0, 0], 'mask allows no action'],
  ])('%s it is refused', async (_, mask, message) => {
    for (const agent of [dqn(5), a2c(new MultiDiscrete([3, 2]))]) {
      const policy = await policyOf(agent)
      expect(() => policy.act(OBS, { mask })).toThrow(message)
    }
  })

  test('a choice without an action is refused', async () => {
    const policy = await policyOf(a2c(new MultiDiscrete([3, 2])))
    expect(() => policy.act(OBS, { mask: [1, 1, 1, 0, 0] })).toThrow('mask allows no action')
    expect(policy.act(OBS, { mask: [0, 0, 1, 0, 1] })).toEqual(Int32Array.of(2, 1))
  })

  test('continuous actions are refused', async () => {
    const policy = await policyOf(a2c(new Box({ low: -1, high: 1, shape: [2] })))
    expect(() => policy.act(OBS, { mask: [1, 1] })).toThrow(
      'mask: actions of Box(-1.0, 1.0, (2,), float32) are continuous; leave it out',
    )
  })
})

describe('asked for', () => {
  test('an action of several numbers it writes where it is told to', async () => {
    const policy = await policyOf(a2c(new MultiDiscrete([3, 2])))
    const out = new Int32Array(2).fill(9)
    expect(policy.act(OBS, { out })).toBe(out)
    expect(out).toEqual(policy.act(OBS))
  })

  test('a drawn action without anything to draw from it says what is missing', async () => {
    const policy = await policyOf(dqn(2))
    expect(() => policy.act(OBS, DRAWN)).toThrow(
      /random is missing, but deterministic is false; give .*Math\.random/,
    )
  })

  test('what another agent has it says what to ask for', async () => {
    const [q, discrete, box] = await Promise.all(
      [dqn(2), a2c(new Discrete(2)), a2c(new Box({ low: 0, high: 1, shape: [1] }))].map(policyOf),
    )
    expect(() => q!.probabilities(OBS)).toThrow(
      'this policy of dqn has no probabilities; ask for qValues',
    )
    expect(() => q!.values(OBS)).toThrow('this policy of dqn has no values')
    expect(() => discrete!.qValues(OBS)).toThrow('this policy of a2c has no Q-values')
    expect(() => discrete!.means(OBS)).toThrow('this policy of a2c has no means')
    expect(() => box!.probabilities(OBS)).toThrow('no probabilities; ask for means')
  })

  test.each([[[1, 2]], [[]], [3]])(
    'observations of %j numbers, it says how many one has',
    async (obs) => {
      const policy = await policyOf(dqn(2))
      const size = typeof obs === 'number' ? 1 : obs.length
      expect(() => policy.act(obs)).toThrow(`obs has ${size} numbers, but one observation has 3`)
      if (typeof obs !== 'number')
        expect(() => policy.actBatch(obs)).toThrow(
          `obs has ${size} numbers, but one observation has 3`,
        )
    },
  )

  test('batches of other sizes in turn, which memory grows for, it says the same', async () => {
    const policy = await policyOf(dqn(4))
    const one = policy.qValues(OBS)
    for (const rows of [3, 1, 20_000, 2, 50_000, 3]) {
      const obs = Float32Array.from({ length: 3 * rows }, (_, i) => OBS[i % 3]!)
      const q = policy.qValues(obs)
      expect(q.length).toBe(4 * rows)
      expect([...q.subarray(-4)]).toEqual([...one])
      expect(policy.qValues(OBS)).toEqual(one)
    }
  })
})

test('two policies do not see each other', async () => {
  const [first, second] = [await policyOf(dqn(2)), await policyOf(a2c(new Discrete(2)))]
  const [q, p] = [first.qValues(OBS), second.probabilities(OBS)]
  expect(first.qValues(OBS)).toEqual(q)
  expect(second.probabilities(OBS)).toEqual(p)
})
