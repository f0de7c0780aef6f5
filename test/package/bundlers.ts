/** The bundlers that must take the packages as they are: each with its defaults for a page, and minified. */
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import { build as esbuild, transform } from 'esbuild'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rollup } from 'rollup'
import { build as vite, createLogger, type Rolldown } from 'vite'
import { webpack, type Stats } from 'webpack'

export interface Bundle {
  /** Files that the page loads at once, within `outDir`; it loads the others when they are first needed. */
  readonly initial: readonly string[]
  /** What the bundler says of our packages besides errors, which reject; not how large the page is. */
  readonly warnings: readonly string[]
}

/**
 * @param entry path of the page's script
 * @param minify without it, bundles are larger and made in half the time
 */
export type Bundler = (entry: string, outDir: string, minify: boolean) => Promise<Bundle>

/** What bundlers say of every page that learns; sizes have a test of their own. */
const ABOUT_SIZE = /larger than|size limit|performance recommendations/

/** Of what rollup says, what is about our packages, or about a module that was not found. */
const OWN = /node_modules\/(wn-rl|gymnasium-js)\/|resolve/

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  esbuild: withEsbuild,
  webpack: withWebpack,
  rollup: withRollup,
  vite: withVite,
}

async function withEsbuild(entry: string, outDir: string, minify: boolean): Promise<Bundle> {
  const { metafile, warnings } = await esbuild({
    entryPoints: [entry],
    outdir: outDir,
    bundle: true,
    format: 'esm',
    splitting: true,
    minify,
    legalComments: 'none',
    metafile: true,
    absWorkingDir: resolve(outDir, '..'),
    logLevel: 'silent',
  })
  const chunks = Object.entries(metafile.outputs).map(([name, { entryPoint, imports }]) => ({
    name,
    isEntry: entryPoint !== undefined && resolve(outDir, '..', entryPoint) === entry,
    imports: imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path),
  }))
  const initial = loadedAtOnce(chunks).map((name) => name.replace(/^.*\//, ''))
  return { initial, warnings: warnings.map(({ text }) => text) }
}

async function withWebpack(entry: string, outDir: string, minify: boolean): Promise<Bundle> {
  const compiler = webpack({
    mode: 'production',
    context: resolve(outDir, '..'),
    entry,
    output: { path: outDir },
    optimization: { minimize: minify },
  })
  const stats = await new Promise<Stats>((done, failed) => {
    compiler.run((error, found) => {
      if (error) failed(error)
      else done(found!)
    })
  })
  const {
    errors = [],
    warnings = [],
    entrypoints = {},
  } = stats.toJson({ all: false, errors: true, warnings: true, entrypoints: true })
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  return {
    initial: (entrypoints['main']?.assets ?? []).map(({ name }) => name),
    warnings: withoutSize(warnings.map(({ message }) => message)),
  }
}

/** tfjs itself needs both plugins: it has packages of CommonJS below it. */
async function withRollup(entry: string, outDir: string, minify: boolean): Promise<Bundle> {
  const warnings: string[] = []
  const build = await rollup({
    input: entry,
    plugins: [nodeResolve({ browser: true }), commonjs()],
    // zod's annotations and circles are of no concern to anybody.
    onwarn: ({ message }) => OWN.test(message) && warnings.push(message),
  })
  const { output } = await build.write({ dir: outDir })
  await build.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  if (minify) await Promise.all(chunks.map(({ fileName }) => minifyFile(join(outDir, fileName))))
  return { initial: loadedAtOnce(chunks.map(chunkOf)), warnings }
}

async function withVite(entry: string, outDir: string, minify: boolean): Promise<Bundle> {
  const warnings: string[] = []
  const customLogger = createLogger('warn')
  const warn = (message: string): void => void warnings.push(message)
  Object.assign(customLogger, { warn, warnOnce: warn })
  const built = await vite({
    configFile: false,
    root: resolve(outDir, '..'),
    logLevel: 'warn',
    customLogger,
    build: { outDir, minify, rolldownOptions: { input: entry } },
  })
  const { output } = built as Rolldown.RolldownOutput
  const chunks = output.filter((file) => file.type === 'chunk')
  return { initial: loadedAtOnce(chunks.map(chunkOf)), warnings: withoutSize(warnings) }
}

interface Chunk {
  readonly name: string
  readonly isEntry: boolean
  /** Names of those that must be there before it runs. */
  readonly imports: readonly string[]
}

function chunkOf(file: { fileName: string; isEntry: boolean; imports: readonly string[] }): Chunk {
  return { name: file.fileName, isEntry: file.isEntry, imports: file.imports }
}

/** The entry, and what it imports without waiting. */
function loadedAtOnce(chunks: readonly Chunk[]): string[] {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    chunks.find((chunk) => chunk.name === name)?.imports.forEach(visit)
  }
  for (const { name, isEntry } of chunks) if (isEntry) visit(name)
  return [...found]
}

/** rollup has no minifier of its own. */
async function minifyFile(path: string): Promise<void> {
  const { code } = await transform(readFileSync(path, 'utf8'), {
    minify: true,
    legalComments: 'none',
  })
  writeFileSync(path, code)
}

function withoutSize(warnings: readonly string[]): string[] {
  return warnings.filter((text) => !ABOUT_SIZE.test(text))
}

/** The scripts that a bundler wrote. */
export function scriptsIn(outDir: string): string[] {
  mkdirSync(outDir, { recursive: true })
  return readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  )
}
