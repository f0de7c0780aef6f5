import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.ts'

/**
 * Runs that are stopped, files that are damaged or received, every bundler, the README’s environment in every form: in
 * full, of which `npm run check` has a small dose.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    include: [
      'test/storage/fuzz.test.ts',
      'test/cli/{environment-states,kill,kill-forms,kill-points,received,resume,resume-environments}.test.ts',
      'test/{package/bundles,act/same-bits,examples/readme,examples/websocket}.test.ts',
    ],
    env: { WN_RL_FULL: '1', WN_RL_FUZZ: '100000', WN_RL_KILLS: '50', WN_RL_FORM_KILLS: '21' },
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } },
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
})
