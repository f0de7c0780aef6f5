/**
 * Node 20 cannot start a thread from TypeScript, so the worker's side and the modules that it loads
 * are bundled into a folder of their own, in which they share one registry. What runs is the source.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const SOURCES = fileURLToPath(new URL('../../../envs/src/', import.meta.url))

export interface WorkerBuild {
  /** For WorkerVectorEnv's option. */
  readonly entry: URL
  /** fixtures/worker-envs.ts. */
  readonly module: URL
  remove(): Promise<void>
}

export async function buildWorker(): Promise<WorkerBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'gymnasium-worker-'))
  await build({
    entryPoints: {
      'worker-entry': join(SOURCES, 'vector/worker-entry.ts'),
      module: fileURLToPath(new URL('fixtures/worker-envs.ts', import.meta.url)),
    },
    alias: {
      'gymnasium-js': join(SOURCES, 'index.ts'),
      'gymnasium-js/wrappers': join(SOURCES, 'wrappers.ts'),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // What is CommonJS among the dependencies requires its own kind.
    banner: {
      js: "import { createRequire as make_require } from 'node:module'; const require = make_require(import.meta.url);",
    },
  })
  return {
    entry: pathToFileURL(join(folder, 'worker-entry.mjs')),
    module: pathToFileURL(join(folder, 'module.mjs')),
    remove: () => rm(folder, { recursive: true }),
  }
}
