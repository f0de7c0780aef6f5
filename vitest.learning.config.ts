import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.ts'

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/learning/**/*.test.ts'],
    env: { WN_RL_FULL: '1' },
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } },
    testTimeout: 3_600_000,
  },
})
