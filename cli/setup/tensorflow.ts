/**
 * Builds tfjs-node's binding against the shared libraries of TensorFlow's Python wheel, since the library that the
 * package itself downloads is too old for current GPUs and often refused by networks. What is built lies in one folder
 * of the user's cache, outside of `node_modules`, where the next `npm install` would remove it.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TENSORFLOW_ENTRY, tensorflowFolder } from '../../src/backend/index.ts'
import { UsageError } from '../../src/errors.ts'
import { runCommand } from './commands.ts'
import { missingRequirements, nodePrefix } from './requirements.ts'
import { cudaRequirements, downloadWheel, unpackCuda, unpackTensorflow } from './wheel.ts'

/** The last that there will be, it seems. */
const TFJS_NODE = '@tensorflow/tfjs-node@4.22.0'
const NODE_GYP = 'node-gyp@11.5.0'
/** Versions that were found to build, load and compute. */
export const DEFAULT_VERSION = { cpu: '2.16.2', gpu: '2.18.1' } as const
const MODULES = 'node_modules'

export interface TensorflowSetup {
  readonly gpu: boolean
  readonly version: string
  /** Build again what is there. */
  readonly force: boolean
  readonly print: (line: string) => void
}

/**
 * Builds, tries and puts the library into use.
 *
 * @returns the folder of the build
 * @throws UsageError naming all that is missing on this machine; Error naming the step that failed, with its remedy
 */
export async function setupTensorflow({ gpu, version, force, print }: TensorflowSetup) {
  const home = requireFolder()
  const folder = join(home, `${version}-${gpu ? 'gpu' : 'cpu'}`)
  await mkdir(home, { recursive: true })
  if (force || !existsSync(folder)) {
    const missing = await missingRequirements(home, gpu)
    if (missing.length > 0) throw new UsageError(`setup tensorflow: ${missing.join('; ')}`)
    await build(folder, { gpu, version, print })
  } else print(`${folder} is there already (--force builds it again)`)
  const loaded = await tryLibrary(folder)
  await writeFile(join(home, TENSORFLOW_ENTRY), entryOf(folder))
  print(`TensorFlow ${loaded} computes; use it with: wn-rl train --backend tensorflow …`)
  return folder
}

function requireFolder(): string {
  const folder = tensorflowFolder(process.env)
  if (folder !== undefined) return folder
  throw new UsageError('setup tensorflow: there is no cache folder; set HOME or XDG_CACHE_HOME')
}

/** All that is unfinished is in a folder of another name, which the next attempt removes. */
async function build(
  folder: string,
  { gpu, version, print }: Omit<TensorflowSetup, 'force'>,
): Promise<void> {
  const partial = `${folder}.partial`
  const log = `${folder}.log`
  await rm(partial, { recursive: true, force: true })
  await rm(log, { force: true })
  await mkdir(partial, { recursive: true })
  await writeFile(join(partial, 'package.json'), '{ "private": true }\n')
  print(`1/4 installing ${TFJS_NODE} in ${folder}`)
  await install(partial, log)
  const modules = join(partial, MODULES, '@tensorflow', 'tfjs-node')
  const deps = join(modules, 'deps')
  const requirement = `${gpu ? 'tensorflow' : 'tensorflow-cpu'}==${version}`
  print(`2/4 fetching ${requirement}${gpu ? ' and CUDA' : ''}`)
  await fetchLibraries({ requirement, gpu, wheels: join(partial, 'wheels'), deps, log })
  print('3/4 building the binding')
  await buildBinding(partial, modules, log)
  print('4/4 trying it')
  await tryLibrary(partial)
  for (const unneeded of ['deps/include', 'build'])
    await rm(join(modules, unneeded), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  await rename(partial, folder)
}

async function install(folder: string, log: string): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock']
  // Its own install script would download the old library.
  await runCommand('npm', ['install', '--ignore-scripts', ...quiet, TFJS_NODE, NODE_GYP], {
    cwd: folder,
    log,
    remedy: 'check that npm reaches its registry (npm ping)',
  })
}

interface Libraries {
  readonly requirement: string
  readonly gpu: boolean
  readonly wheels: string
  readonly deps: string
  readonly log: string
}

async function fetchLibraries({ requirement, gpu, wheels, deps, log }: Libraries): Promise<void> {
  const wheel = await downloadWheel(requirement, wheels, log)
  await unpackTensorflow(wheel, deps, log)
  for (const cuda of gpu ? await cudaRequirements(wheel, log) : [])
    await unpackCuda(await downloadWheel(cuda, wheels, log), deps, log)
  await rm(wheels, { recursive: true })
}

async function buildBinding(folder: string, modules: string, log: string): Promise<void> {
  const gyp = join(folder, MODULES, 'node-gyp', 'bin', 'node-gyp.js')
  const prefix = nodePrefix()
  const args = [
    ...[gyp, 'rebuild', ...(prefix === undefined ? [] : [`--nodedir=${prefix}`])],
    ...['--module_name=tfjs_binding', '--napi_build_version=8'],
    `--module_path=${join(modules, 'lib', 'napi-v8')}`,
  ]
  const headers =
    prefix === undefined ? " (Node's headers are not beside it and must be downloaded)" : ''
  await runCommand(process.execPath, args, {
    cwd: modules,
    log,
    remedy: `check the C++ compiler and Node's headers${headers}, or try another --version`,
  })
}

/** Loads it in a process of its own, since a library that does not fit may crash. @returns its version */
async function tryLibrary(folder: string): Promise<string> {
  const script = `
    const util = require('node:util')
    util.isNullOrUndefined ??= (value) => value === null || value === undefined
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
    const tf = require(${JSON.stringify(join(folder, MODULES, '@tensorflow', 'tfjs-node'))})
    const [product] = tf.matMul([[2, 3]], [[4], [5]]).dataSync()
    if (product !== 23) throw new Error('2 · 4 + 3 · 5 came out as ' + product)
    console.log(tf.backend().binding.TF_Version)`
  const version = await runCommand(process.execPath, ['-e', script], {
    log: `${folder.replace(/\.partial$/, '')}.log`,
    remedy: 'try another --version (2.15.1, 2.16.2 and 2.18.1 are known to work), or --force',
  })
  return version.trim().split('\n').at(-1)!
}

/** Relative, so that the folder may be moved. */
function entryOf(folder: string): string {
  const name = folder.split('/').at(-1)!
  return `// Written by wn-rl setup tensorflow: the build in use.\nexport * from './${name}/${MODULES}/@tensorflow/tfjs-node/dist/index.js'\n`
}
