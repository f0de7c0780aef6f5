import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import makeInventory, { Inventory } from '../../examples/inventory/inventory.ts'
import { bestReorderRule, score, trainA2c, trainDqn } from '../../examples/inventory/train.ts'
import { emptyFolder, inRepository, lastJson, wnRl } from '../helpers/wn-rl.ts'

/** Mean return of the best rule "below s, fill up to S" on the test's episodes: 145.4. */
const rule = bestReorderRule()

describe('the shop', () => {
  test('sells, stores and charges as its docstring says', () => {
    const env = new Inventory()
    env.reset({ seed: 1 })
    const { obs, reward, info } = env.step(4)
    const { demand } = z.object({ demand: z.number() }).parse(info)
    const sold = Math.min(9, demand) // 5 crates at the start and 4 ordered
    expect(obs[0]).toBe(9 - sold)
    expect(Array.from(obs.subarray(1))).toEqual([0, 1, 0, 0, 0, 0, 0]) // tomorrow is Tuesday
    expect(reward).toBeCloseTo(sold - 0.5 * (demand - sold) - 0.1 * (9 - sold) - 2, 12)
  })

  test('is cut off after eight weeks, not terminated', () => {
    const env = makeInventory()
    env.reset({ seed: 1 })
    const ends = Array.from({ length: 56 }, () => env.step(3)).map(({ terminated, truncated }) => [
      terminated,
      truncated,
    ])
    expect(ends.flat().filter(Boolean)).toHaveLength(1)
    expect(ends.at(-1)).toEqual([false, true])
  })

  test('goes on from a saved state', () => {
    const [env, copy] = [new Inventory(), new Inventory()]
    env.reset({ seed: 7 })
    env.step(2)
    copy.setState(JSON.parse(JSON.stringify(env.getState())) as ReturnType<Inventory['getState']>)
    for (let day = 0; day < 20; day++) expect(copy.step(day % 5)).toEqual(env.step(day % 5))
  })
})

describe('agents trained through the library beat the best fixed rule', () => {
  test('dqn', async () => {
    expect(score(await trainDqn(20_000))).toBeGreaterThan(rule.mean)
  })

  test('a2c', async () => {
    expect(score(await trainA2c(50_000))).toBeGreaterThan(rule.mean)
  })
})

test.each(['dqn', 'a2c'])('%s trains on the shop through the command line', (agent) => {
  const folder = emptyFolder()
  const env = inRepository('examples/inventory/inventory.ts')
  const { status, stdout } = wnRl(
    ['train', '--agent', agent, '--env', env, '--total-timesteps', '4000', '--json', '--quiet'],
    folder,
  )
  expect(status).toBe(0)
  const scoreSchema = z.object({ mean: z.number(), std: z.number(), episodes: z.number() })
  const { runDir, evaluation } = z
    .object({ runDir: z.string(), evaluation: scoreSchema })
    .parse(lastJson(stdout))
  expect(runDir).toMatch(/^runs\/inventory__/)
  expect(lastJson(wnRl(['eval', runDir, '--json'], folder).stdout)).toMatchObject(evaluation)
})
