/** Acting on one observation allocates nothing: whoever plays thousands of steps a second waits for no collector. */
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { AGENTS } from '../helpers/agents.ts'

const WARM_UP = 200_000
const CALLS = 2_000
const WINDOWS = 31
/** Bytes a call; the smallest object has 16. */
const NOISE = 4

beforeAll(() => useBackend('simd'))

/** What a call leaves on the heap, in bytes: the median over windows, since a collection spoils the one it is in. */
function bytesPerCall(call: () => void): number {
  const repeat = (times: number) => {
    for (let i = 0; i < times; i++) call()
  }
  repeat(WARM_UP) // compiled by now
  const windows = Array.from({ length: WINDOWS }, () => {
    const before = process.memoryUsage().heapUsed
    repeat(CALLS)
    return (process.memoryUsage().heapUsed - before) / CALLS
  })
  return windows.toSorted((a, b) => a - b)[(WINDOWS - 1) / 2]!
}

test.each(AGENTS)('$name acts without an allocation', ({ create }) => {
  const agent = create({ seed: 0 })
  const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)
  expect(bytesPerCall(() => void agent.act(obs))).toBeLessThan(NOISE)
  const kept = { deterministic: true }
  expect(bytesPerCall(() => void agent.actBatch(obs, kept))).toBeGreaterThan(16) // the measurement sees what allocates
  agent.dispose()
})
