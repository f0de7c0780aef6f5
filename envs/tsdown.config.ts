import { defineConfig } from 'tsdown'

export default defineConfig({
  cwd: import.meta.dirname,
  entry: { index: 'src/index.ts', wrappers: 'src/wrappers.ts', vector: 'src/vector.ts' },
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  deps: { skipNodeModulesBundle: true },
})
