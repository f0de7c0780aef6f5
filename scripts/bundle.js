/**
 * Bundles a TypeScript program of ours with the sources it imports, so that Node 20 runs it without a build of the
 * packages: what runs is always the working tree.
 */
import { build } from 'esbuild'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = (path) => join(root, 'node_modules', path)

/** Packages that are loaded as they are installed: they bring a command line or WebAssembly of their own. */
const EXTERNAL = ['@jax-js/jax', 'jasmine', 'jasmine-core', 'linkedom', 'node-fetch', 'prettier']
const TFJS = /^@tensorflow\/tfjs-(core|backend-\w+)$/

/** Of tfjs, paths into the packages are bundled, since Node cannot import them; the packages themselves are not. */
const installedTfjs = {
  name: 'installed-tfjs',
  setup({ onResolve }) {
    onResolve({ filter: TFJS }, ({ path }) => ({ path, external: true }))
  },
}

/**
 * tfjs's specs reach into tfjs-core by path, which would put a second engine beside the one that Node's entry file
 * brings; so everything is led to the ES modules that they reach into.
 */
const oneTfjs = {
  name: 'one-tfjs',
  setup({ onResolve }) {
    onResolve({ filter: TFJS }, ({ path }) => ({
      path: installed(`${path}/dist/index.js`),
    }))
    onResolve({ filter: /^@tensorflow\/tfjs-core\/dist\// }, ({ path }) => ({
      path: installed(path.endsWith('.js') ? path : `${path}.js`),
    }))
  },
}

/** Our sources find files beside them by `import.meta.url`, which in a bundle would be the bundle's. */
const ownLocation = {
  name: 'own-location',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes('node_modules')) return undefined
      const location = JSON.stringify(pathToFileURL(path).href)
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', location)
      return { contents, loader: 'ts' }
    })
  },
}

/** The names that CommonJS modules in the bundle (emscripten's output, jasmine's helpers) find in their scope. */
const COMMONJS = `
import { createRequire as makeRequire } from 'node:module'
const require = makeRequire(import.meta.url)
const __filename = require('node:url').fileURLToPath(import.meta.url)
const __dirname = require('node:path').dirname(__filename)
`

/**
 * Bundles `entry`, imports the bundle and hands its exports to `use`; the bundle is gone afterwards.
 *
 * @param entry path of a .ts file, from the repository's root
 * @param options.tfjs `installed`: Node's own tfjs, as a user of the packages gets it; `bundled`: its ES modules
 */
export async function withBundle(entry, options, use) {
  return withBundleFile(entry, options, async (path) => use(await import(pathToFileURL(path).href)))
}

/** The same for a program that is to be started in processes of its own: hands `use` the bundle's path. */
export async function withBundleFile(entry, { tfjs }, use) {
  // Inside node_modules, so that the external packages are found from there.
  const cache = installed('.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'wn-rl-'))
  try {
    const outfile = join(folder, 'bundle.js')
    await build({
      entryPoints: [resolve(root, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      mainFields: ['module', 'main'],
      plugins: [tfjs === 'bundled' ? oneTfjs : installedTfjs, ownLocation],
      external: EXTERNAL,
      // tfjs-core's package.json calls its specs and its gradients free of side effects.
      ignoreAnnotations: true,
      sourcemap: 'inline',
      logLevel: 'error',
      banner: { js: COMMONJS },
    })
    return await use(outfile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
