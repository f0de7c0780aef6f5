/** Acting on one observation allocates nothing: whoever plays thousands of steps a second waits for no collector. */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { AGENTS } from '../helpers/agents.ts'

/** Enough that 64 bytes a call would fill the young generation (16 MB) more than once. */
const CALLS = 500_000

beforeAll(() => useBackend('simd'))

/** How often the collector runs during `work`. */
async function collections(work: () => void): Promise<number> {
  let count = 0
  const observer = new PerformanceObserver((list) => void (count += list.getEntries().length))
  observer.observe({ entryTypes: ['gc'] })
  await setImmediate()
  work()
  await setImmediate()
  count += observer.takeRecords().length
  observer.disconnect()
  return count
}

test.each(AGENTS)('$name acts without a collection', async ({ create }) => {
  const agent = create({ seed: 0 })
  const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)
  const act = () => {
    for (let i = 0; i < CALLS; i++) agent.act(obs)
  }
  act() // compiled by now
  expect(await collections(act)).toBeLessThanOrEqual(1)
  const wasteful = () => {
    for (let i = 0; i < CALLS; i++) agent.actBatch(obs, { deterministic: true })
  }
  expect(await collections(wasteful)).toBeGreaterThan(5) // the measurement sees what allocates
  agent.dispose()
})
