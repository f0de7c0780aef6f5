/**
 * TensorFlow's native library as a backend, through `@tensorflow/tfjs-node`: what `wn-rl setup tensorflow` built, or
 * the package that the user installed. Either is loaded only when asked for.
 *
 * The package brings a tfjs-core of its own where npm puts one beside it. That does no harm: the engine, the kernels
 * and the gradients live in tables on `globalThis`, which all copies share.
 */
import * as tf from '@tensorflow/tfjs-core'
import { messageOf } from '../errors.ts'
import { importByName } from './optional.ts'

/** The packages that may bring the library, the better one first. */
export const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

type Variables = Record<string, string | undefined>

/** What of Node is used, without an import that browsers would stumble over. */
interface Host {
  readonly env: Variables
  readonly versions?: { readonly node?: string }
  getBuiltinModule?(name: string): Record<string, unknown> | undefined
}

/** What a test replaces. */
export interface TensorflowOptions {
  readonly host?: Host | undefined
  /** Imports a package or a file's URL. */
  readonly load?: (specifier: string) => Promise<unknown>
}

/**
 * Small networks are many small products: one thread does each faster than several that wait for one another, and
 * oneDNN takes longer to choose a kernel than Eigen to run one. Warnings about such choices go nowhere. GPUs multiply in
 * float32, not in their 19-bit format, so that runs agree with other backends.
 */
const DEFAULT_VARIABLES = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_CPP_MIN_LOG_LEVEL: '2',
  NVIDIA_TF32_OVERRIDE: '0',
}

/** The folder in which `wn-rl setup tensorflow` builds; undefined where no variable names a home. */
export function tensorflowFolder(env: Readonly<Variables>): string | undefined {
  const cache = env['XDG_CACHE_HOME'] ?? (env['HOME'] && `${env['HOME']}/.cache`)
  return cache ? `${cache}/wn-rl/tensorflow` : undefined
}

/** The file in that folder which loads the version in use. */
export const TENSORFLOW_ENTRY = 'index.mjs'

/**
 * Loads the library and registers the backend `tensorflow`.
 *
 * @throws Error if it is absent or its native library does not load, naming the cause and the commands that help
 */
export async function loadTensorflow({
  host = (globalThis as { process?: Host }).process,
  load = importByName,
}: TensorflowOptions = {}): Promise<void> {
  if (tf.findBackendFactory('tensorflow') as unknown) return
  if (!host?.versions?.node)
    throw new Error('backend: "tensorflow" needs Node; choose simd, which runs everywhere')
  for (const [name, value] of Object.entries(DEFAULT_VARIABLES)) host.env[name] ??= value
  supplyMissingUtilities(host.getBuiltinModule?.('node:util'))
  const folder = tensorflowFolder(host.env)
  const built = folder === undefined ? [] : [urlOf(`${folder}/${TENSORFLOW_ENTRY}`)]
  const broken: string[] = []
  for (const specifier of [...built, ...TENSORFLOW_PACKAGES]) {
    try {
      await load(specifier)
      return
    } catch (error) {
      if (!isAbsent(error, specifier)) broken.push(`${specifier}: ${causeOf(error)}`)
    }
  }
  throw new Error(broken.length > 0 ? brokenMessage(broken) : absentMessage(folder))
}

/** What the backend in use runs on: `TensorFlow 2.16.2 on the CPU`. */
export function describeTensorflow(): string {
  const backend = tf.backend() as unknown as NodeBackend
  const version = backend.binding?.TF_Version
  return `TensorFlow ${version ?? '(unknown version)'} on the ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`
}

/** What of the package's backend is read; another version may lack it. */
interface NodeBackend {
  readonly binding?: { readonly TF_Version?: string }
  readonly isUsingGpuDevice?: boolean
}

/**
 * The package, last released for Node 22, calls a function that Node 23 took away.
 *
 * @param util Node's module of that name, as `require` hands it out
 */
export function supplyMissingUtilities(util: Record<string, unknown> | undefined): void {
  if (util) util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
}

/** Whether it is the package or file itself that is not there, rather than something that it needs. */
function isAbsent(error: unknown, specifier: string): boolean {
  const { code, message } = error as { code?: string; message?: string }
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return false
  const name = specifier.startsWith('file:')
    ? decodeURIComponent(new URL(specifier).pathname)
    : specifier
  return message?.split(/imported from|Require stack/)[0]?.includes(`'${name}'`) ?? false
}

/** Without Node's own function for it, which would need an import. */
function urlOf(path: string): string {
  return `file://${path.split('/').map(encodeURIComponent).join('/')}`
}

function causeOf(error: unknown): string {
  return messageOf(error).trim().replace(/\s+/g, ' ')
}

function absentMessage(folder: string | undefined): string {
  return (
    `backend: "tensorflow" is not installed (looked for ${folder ?? 'no cache folder: HOME is not set'}, ` +
    `${TENSORFLOW_PACKAGES.join(', ')}); run: wn-rl setup tensorflow ` +
    '(with --gpu for an NVIDIA GPU), or: npm install @tensorflow/tfjs-node'
  )
}

function brokenMessage(broken: readonly string[]): string {
  return (
    `backend: "tensorflow" is installed, but does not load (${broken.join('; ')}); ` +
    'build a library that fits this machine: wn-rl setup tensorflow --force (with --gpu for an NVIDIA GPU)'
  )
}
