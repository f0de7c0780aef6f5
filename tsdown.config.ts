import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    agents: 'agents/index.ts',
    nn: 'src/nn/index.ts',
    backend: 'src/backend/index.ts',
    cli: 'cli/main.ts',
  },
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  // Everything that is not ours stays an import: one copy of tfjs in the user's process.
  deps: { skipNodeModulesBundle: true, neverBundle: [/^gymnasium-js/, /^node:/] },
})
