import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    agents: 'agents/index.ts',
    nn: 'src/nn/index.ts',
    backend: 'src/backend/index.ts',
    cli: 'cli/main.ts',
    // What `train --seeds` starts in processes of their own: found beside the file that it is bundled into.
    'seed-worker': 'cli/seed-worker.ts',
  },
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  checks: { pluginTimings: false },
  // Everything that is not ours stays an import, so that there is one tfjs in the user's process; but its gradients,
  // which Node cannot import by their path, are bundled. They register themselves in tfjs's global registry.
  deps: {
    onlyBundle: ['@tensorflow/tfjs-core'],
    neverBundle: [/^gymnasium-js/, /^node:/],
    alwaysBundle: [/^@tensorflow\/tfjs-core\/dist\/register_all_gradients/],
  },
})
