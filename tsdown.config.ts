import { relative } from 'node:path'
import { defineConfig, type UserConfig } from 'tsdown'

/**
 * A file for each module of the library, so that bundlers can leave out what a page does not import; package.json's
 * "sideEffects" names those that must stay, since they register something with tfjs. What only the command line uses
 * is left to rolldown, and types, which travel through the same build, are too.
 */
function chunkOf(id: string): string | undefined {
  const path = relative(import.meta.dirname, id).replaceAll('\\', '/')
  if (path.startsWith('node_modules/@tensorflow/')) return 'lib/src/backend/gradients'
  return /^(src|agents)\/.*(?<!\.d)\.ts$/.test(path) ? `lib/${path.slice(0, -3)}` : undefined
}

/** What both builds have in common. */
const common = {
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  sourcemap: true,
  fixedExtension: false,
  checks: { pluginTimings: false },
  // Everything that is not ours stays an import, so that there is one tfjs in the user's process; but its gradients,
  // which Node cannot import by their path, are bundled. They register themselves in tfjs's global registry.
  deps: {
    onlyBundle: ['@tensorflow/tfjs-core'],
    neverBundle: [/^gymnasium-js/, /^node:/, /^#/],
    alwaysBundle: [/^@tensorflow\/tfjs-core\/dist\/register_all_gradients/],
  },
} as const satisfies UserConfig

const library = {
  ...common,
  entry: {
    index: 'src/index.ts',
    agents: 'agents/index.ts',
    nn: 'src/nn/index.ts',
    backend: 'src/backend/index.ts',
    runs: 'runs/index.ts',
    // What package.json's "imports" chooses between.
    directory: 'src/storage/directory.ts',
    'directory-browser': 'src/storage/directory-browser.ts',
    gradients: 'src/backend/gradients.ts',
  },
  dts: true,
  // tfjs's declarations use this global type without saying where it comes from.
  banner: { dts: '/// <reference types="long" />' },
  clean: true,
  inputOptions: { preserveEntrySignatures: 'allow-extension' },
  outputOptions: {
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf }] },
    minifyInternalExports: false,
    chunkFileNames: ({ name }) => (name.startsWith('lib/') ? '[name].js' : '[name]-[hash].js'),
  },
} satisfies UserConfig

/** The command line in few files of its own: some hundred small ones would cost it 0.15 s at every start. */
const commandLine = {
  ...common,
  entry: {
    cli: 'cli/main.ts',
    // What `train --seeds` starts in processes of their own: found beside the file that it is bundled into.
    'seed-worker': 'runs/seeds/worker.ts',
  },
  dts: false,
  clean: false,
} satisfies UserConfig

export default defineConfig([library, commandLine])
