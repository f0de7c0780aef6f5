import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.ts'

export default defineConfig({
  resolve: { alias },
  test: { include: ['test/learning/**/*.test.ts'], testTimeout: 3_600_000 },
})
