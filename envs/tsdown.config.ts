import { defineConfig } from 'tsdown'

export default defineConfig({
  cwd: import.meta.dirname,
  entry: {
    index: 'src/index.ts',
    spaces: 'src/spaces.ts',
    wrappers: 'src/wrappers.ts',
    vector: 'src/vector.ts',
    check: 'src/check.ts',
    rendering: 'src/rendering.ts',
    workers: 'src/workers.ts',
    box2d: 'src/box2d.ts',
    // What package.json's "imports" chooses between.
    'envs/box2d/entry-points': 'src/envs/box2d/entry-points.ts',
    'envs/box2d/entry-points-browser': 'src/envs/box2d/entry-points-browser.ts',
    // What WorkerVectorEnv starts: found beside the file that starts it.
    'vector/worker-entry': 'src/vector/worker-entry.ts',
  },
  // A file per module: bundlers drop whole files that a program does not use (`sideEffects` in package.json), but of a
  // single file they would keep the registry, and with it every environment.
  unbundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  checks: { pluginTimings: false },
  // planck must be inside: software-trig.ts swaps Math's functions while it loads, which an import would be hoisted over.
  deps: { neverBundle: [/^node:/, /^#/], onlyBundle: ['planck'] },
  outputOptions: {
    // npm leaves folders named node_modules out of a package.
    entryFileNames: ({ name }) => `${name.replace(/^.*node_modules\//, 'vendor/')}.js`,
  },
})
