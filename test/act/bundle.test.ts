/** What a page has to load for `wn-rl/act`: no more than so many bytes, and nothing that only learning needs. */
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { expect, test } from 'vitest'
import { inRepository } from '../helpers/wn-rl.ts'

/** Gzipped, of which the WebAssembly kernels in base64 are 32 kB. */
const MOST_BYTES = 60_000

/** As `esbuild --bundle --minify --format=esm` makes it for a page, without any other setting. */
async function bundled(contents: string): Promise<{ bytes: Uint8Array; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: inRepository('.'), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    alias: {
      'wn-rl/act': inRepository('src/act/index.ts'),
      'gymnasium-js/spaces': inRepository('envs/src/spaces.ts'),
    },
  })
  return { bytes: outputFiles[0]!.contents, inputs: inputsOf(metafile) }
}

/** Files of which something is in the bundle. */
function inputsOf({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  )
}

test('acting takes at most 60 kB gzipped, and nothing of learning', async () => {
  const { bytes, inputs } = await bundled(
    `import { loadPolicy } from 'wn-rl/act'\nglobalThis.loadPolicy = loadPolicy`,
  )
  expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(MOST_BYTES)
  expect(inputs).toContain('src/act/load.ts')
  const foreign =
    /node_modules\/(zod|@tensorflow|@stdlib|planck)\/|envs\/src\/(envs|vector|wrappers|rendering|make|registry)|^(agents|cli|configs)\/|src\/(training|buffers)\/(?!masks\.ts|action-masks\.ts)/
  expect(inputs.filter((path) => foreign.test(path))).toEqual([])
  expect(new TextDecoder().decode(bytes)).not.toMatch(/from\s*["']node:|import\(["']node:/)
})
