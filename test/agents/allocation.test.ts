/** Acting on one observation allocates nothing: whoever plays thousands of steps a second waits for no collector. */
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { AGENTS } from '../helpers/agents.ts'
import { bytesPerCall, NOISE } from '../helpers/allocation.ts'

beforeAll(() => useBackend('simd'))

test.each(AGENTS)('$name acts without an allocation', ({ create }) => {
  const agent = create({ seed: 0 })
  const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)
  expect(bytesPerCall(() => void agent.act(obs))).toBeLessThan(NOISE)
  const kept = { deterministic: true }
  expect(bytesPerCall(() => void agent.actBatch(obs, kept))).toBeGreaterThan(16) // the measurement sees what allocates
  agent.dispose()
})
