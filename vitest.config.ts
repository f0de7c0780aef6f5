import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The entry points, and what package.json's "imports" names, resolved to their sources. */
export const alias = [
  { find: '#box2d', replacement: at('./envs/src/envs/box2d/entry-points.ts') },
  { find: '#directory-store', replacement: at('./src/storage/directory.ts') },
  { find: '#tfjs-gradients', replacement: at('./src/backend/gradients.ts') },
  { find: /^gymnasium-js$/, replacement: at('./envs/src/index.ts') },
  {
    find: /^gymnasium-js\/(spaces|wrappers|vector|check|rendering|workers|box2d)$/,
    replacement: at('./envs/src/$1.ts'),
  },
  { find: /^wn-rl$/, replacement: at('./src/index.ts') },
  { find: /^wn-rl\/agents$/, replacement: at('./agents/index.ts') },
  { find: /^wn-rl\/(nn|backend|act)$/, replacement: at('./src/$1/index.ts') },
]

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['node_modules/**'],
    // Source modules that Node cannot import as they are; see src/backend/gradients.ts.
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } },
    // Vitest leaves one core free; but many tests wait for processes of their own, and two cores would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
