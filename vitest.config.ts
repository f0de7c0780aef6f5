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
  { find: /^wn-rl\/(agents|runs)$/, replacement: at('./$1/index.ts') },
  { find: /^wn-rl\/(nn|backend|act)$/, replacement: at('./src/$1/index.ts') },
]

/** These start processes: the built command line, scripts, workers. They need `npm run build`. */
export const PROCESS = [
  'test/cli/*.test.ts',
  'test/runs/{backends,config,library,seeds}.test.ts',
  'test/research/{results,tuning}.test.ts',
  'test/bench/bench.test.ts',
  'test/{conformance,examples,runtimes}/**/*.test.ts',
  'test/{agents,envs}/docs.test.ts',
  'test/package/*.test.ts',
  'test/backend/tensorflow-failures.test.ts',
  'test/envs/vector/worker-vector-env.test.ts',
]
/**
 * These start none, but take 7 s of a core or more each (learning, whole registries, the linter, every figure), change what
 * the files of `unit` share (the registry of environments), put something
 * in the place of a module (a full disk), or measure what other files' calls would spoil (allocations).
 */
export const SLOW = [
  'test/act/{allocation,same-bits}.test.ts',
  'test/agents/allocation.test.ts',
  'test/agents/dqn-variants.test.ts',
  'test/backend/simd/captured.test.ts',
  'test/configs/presets.test.ts',
  'test/envs/check/registry.test.ts',
  'test/envs/{make,registry}.test.ts',
  'test/envs/rendering/views.test.ts',
  'test/house.test.ts',
  'test/learning/**/*.test.ts',
  'test/logging/full-disk.test.ts',
  'test/research/report.test.ts',
]

/** @param isolate whether every file has modules of its own */
const project = (name: string, isolate: boolean, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: {
    ...{ name, isolate, include, exclude: ['node_modules/**', ...exclude] },
    testTimeout: name === 'unit' ? 60_000 : 300_000, // drawing every figure takes 15 s of a core, which may be busy
  },
})

/** `npm test` runs `unit`, which needs no build; `npm run check` all of them. */
export default defineConfig({
  resolve: { alias },
  test: {
    // Source modules that Node cannot import as they are; see src/backend/gradients.ts.
    server: { deps: { inline: [/tfjs-core\/dist\/(?!tf-core)/] } },
    // Vitest leaves one core free; but many tests wait for processes of their own, and two cores would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    hookTimeout: 60_000,
    projects: [
      // Loading tfjs anew for each of some 120 files would take longer than the tests.
      project('unit', false, ['test/**/*.test.ts'], [...PROCESS, ...SLOW]),
      project('process', true, PROCESS),
      project('slow', true, SLOW),
    ],
  },
})
