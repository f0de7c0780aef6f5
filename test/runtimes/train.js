/**
 * What every runtime runs: every agent on CartPole, through the published entry points, on the backend `simd`. Plain
 * JavaScript, so that Node runs it as it stands and vite bundles it for browsers.
 */
import { make } from 'gymnasium-js'
import { agents } from 'wn-rl/agents'
import { useBackend } from 'wn-rl/backend'

const SEED = 1
/** All agents' environments can meet it: PQN has 128. */
export const TOTAL_TIMESTEPS = 5120

/** @returns `startMs`, how long the backend took to start, and `digests`, the final parameters' by agent */
export async function report(totalTimesteps = TOTAL_TIMESTEPS) {
  const start = performance.now()
  await useBackend('simd')
  const startMs = performance.now() - start
  const digests = {}
  for (const [name, Agent] of Object.entries(agents)) {
    const agent = new Agent({ env: () => make('CartPole-v1'), seed: SEED })
    await agent.learn({ totalTimesteps })
    digests[name] = agent.digest()
    agent.dispose()
  }
  return { startMs, digests }
}
