/** A policy that acts on one observation allocates nothing: a game waits for no collector. */
import { loadPolicy } from 'wn-rl/act'
import { beforeAll, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { AGENTS } from '../helpers/agents.ts'
import { bytesPerCall, NOISE } from '../helpers/allocation.ts'

beforeAll(() => useBackend('simd'))

test.each(AGENTS)('the policy of $name acts without an allocation', async ({ create }) => {
  const agent = create({ seed: 0 })
  const store = memoryStore()
  await agent.save(store)
  agent.dispose()
  const policy = await loadPolicy(store)
  const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)
  const masked = { mask: Uint8Array.of(1, 0) }
  const drawn = { deterministic: false, random: () => 0.4 }
  expect(bytesPerCall(() => void policy.act(obs))).toBeLessThan(NOISE)
  expect(bytesPerCall(() => void policy.act(obs, masked))).toBeLessThan(NOISE)
  expect(bytesPerCall(() => void policy.act(obs, drawn))).toBeLessThan(NOISE)
  expect(bytesPerCall(() => void policy.actBatch(obs))).toBeGreaterThan(16) // the measurement sees what allocates
})
