import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsdown'

/**
 * `wn-rl/act` as one file that imports nothing: a page takes it as it is, without a bundler, and no chunk that it would
 * share with the rest of the library can bring tfjs along.
 */
export default defineConfig({
  entry: { act: 'src/act/index.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  minify: true,
  clean: false,
  fixedExtension: false,
  checks: { pluginTimings: false },
  // The sources, not what was built of them: one chunk of dist/ holds all environments.
  alias: {
    'gymnasium-js/spaces': fileURLToPath(new URL('./envs/src/spaces.ts', import.meta.url)),
  },
  deps: { alwaysBundle: [/./], onlyBundle: ['seedrandom', '@noble/hashes'] },
})
