/**
 * Choosing the backend that tensors live on. One backend is in use at a time in a process, as in tfjs itself.
 *
 * Until one is chosen, tensors live on tfjs's cpu backend, which needs no asynchronous start: so `new Dqn(…)` works
 * at once, and `learn` moves to the best backend there is.
 */
import '@tensorflow/tfjs-backend-cpu'
import type * as wasm from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import '#tfjs-gradients' // gradients.ts
import { messageOf } from '../errors.ts'
import { loadTfjsBackend } from './optional.ts'
import { download, waitingBackend, WEBGPU } from './reading.ts'
import { describeTensorflow, loadTensorflow } from './tensorflow.ts'

// Keeps tfjs from advertising its native backend on stderr; it changes nothing else.
tf.enableProdMode()

type WasmPackage = Pick<typeof wasm, 'setWasmPaths'>

export const BACKENDS = ['simd', 'tensorflow', 'wasm', 'cpu', WEBGPU] as const

export type BackendName = (typeof BACKENDS)[number]

/** What is in use, and why in one sentence for the header of a run. */
export interface BackendChoice {
  readonly name: BackendName
  readonly reason: string
  /** What it runs on, where that is more than this machine's processor and our own code. */
  readonly device?: string
}

/** Backends on which a seed gives the same numbers again, bit for bit. */
export const BIT_EXACT: readonly BackendName[] = ['simd', 'cpu']

export interface BackendOptions {
  /** Kernels that the program needs beyond what every backend has, such as `Conv2DBackpropFilter`. */
  readonly kernels?: readonly string[]
  /** In browsers: the URL prefix from which tfjs's .wasm files are served. Node finds them by itself. */
  readonly wasmPaths?: string
  /**
   * In bundled pages, for `webgpu` and `wasm`: imports the package, `() => import('@tensorflow/tfjs-backend-webgpu')`.
   * Elsewhere it is found by its name. Bundlers must see the name in the page's own source, so that pages which do not
   * ask for the package need not have it.
   */
  readonly load?: () => Promise<unknown>
  /** For `webgpu`: part of a GPU's name, in any case, or its index; the fastest unless given. */
  readonly gpu?: string | undefined
  /** What `auto` tries before simd, and why: the winner of a measurement. */
  readonly preferred?: BackendChoice | undefined
}

let choice: BackendChoice | undefined

/** The backend that `useBackend` chose, or undefined before the first choice. */
export function backendInUse(): BackendChoice | undefined {
  return choice
}

/**
 * Starts a backend and makes it the one in use. Existing tensors move to it when they are next read.
 *
 * @param asked a name, or `auto`: what is preferred, or simd, or cpu where WebAssembly SIMD is missing
 * @throws RangeError for an unknown name; Error if the backend asked for does not start or lacks a kernel
 */
export async function useBackend(
  asked: BackendName | 'auto' = 'auto',
  options: BackendOptions = {},
): Promise<BackendChoice> {
  if (asked !== 'auto' && !BACKENDS.includes(asked)) {
    throw new RangeError(
      `backend: "${asked as string}" is unknown; choose one of auto, ${BACKENDS.join(', ')}`,
    )
  }
  // simd looks at every variable there is, and what is on a GPU cannot be fetched at once.
  if (asked !== WEBGPU && !waitingBackend()?.failure)
    await download(Object.values(tf.engine().registeredVariables))
  choice = asked === 'auto' ? await pickAutomatically(options) : await start(asked, options)
  return choice
}

/** Lets tensors be made before a backend is chosen: on the cpu backend, which starts without waiting. */
export function useCpuUntilChosen(): void {
  if (!choice) void tf.setBackend('cpu')
}

/** The backend already in use, or else the automatic choice. */
export async function backendFor(options: BackendOptions = {}): Promise<BackendChoice> {
  if (!choice) return useBackend('auto', options)
  requireKernels(choice.name, options.kernels ?? [])
  return choice
}

/** @throws Error naming the kernels that the backend lacks, and a backend that has them */
export function requireKernels(name: BackendName, kernels: readonly string[]): void {
  const missing = missingKernels(name, kernels)
  if (missing.length === 0) return
  throw new Error(
    `backend: "${name}" has no ${missing.join(', ')}, which this network's gradients need; choose simd or cpu`,
  )
}

async function pickAutomatically({
  preferred,
  ...options
}: BackendOptions): Promise<BackendChoice> {
  if (preferred) return startPreferred(preferred, options)
  try {
    await initialize('simd', options)
    return { name: 'simd', reason: 'auto: the fastest backend, everywhere' }
  } catch (error) {
    await initialize('cpu', options)
    return {
      name: 'cpu',
      reason: `auto: ${whyNotSimd(error)}; this will be slow, and digests are not those of simd`,
    }
  }
}

/** Node has no WebAssembly under --jitless, and browsers none under some policies. */
function whyNotSimd(error: unknown): string {
  return typeof WebAssembly === 'undefined'
    ? 'there is no WebAssembly here (as under --jitless), which simd needs'
    : `simd does not start here (${messageOf(error)})`
}

/** Where it does not start, or lacks a kernel, what `auto` takes without it. */
async function startPreferred(
  preferred: BackendChoice,
  options: BackendOptions,
): Promise<BackendChoice> {
  try {
    return { ...(await start(preferred.name, options)), reason: preferred.reason }
  } catch (error) {
    const { name, reason } = await pickAutomatically(options)
    return { name, reason: `${reason}; ${preferred.name} does not start (${messageOf(error)})` }
  }
}

async function start(name: BackendName, options: BackendOptions): Promise<BackendChoice> {
  const device = await initialize(name, options)
  requireKernels(name, options.kernels ?? [])
  return { name, reason: 'as asked', ...(device !== undefined && { device }) }
}

/** @returns what it runs on, if there is something to say */
async function initialize(name: BackendName, options: BackendOptions): Promise<string | undefined> {
  if (name === 'simd') await import('./simd/index.ts')
  if (name === 'tensorflow') await loadTensorflow()
  if (name === 'wasm') await loadWasm(options)
  const device = name === WEBGPU ? await startWebGpu(options) : undefined
  if (!(await tf.setBackend(name)))
    throw new Error(`backend: "${name}" does not start on this platform`)
  await tf.ready()
  return name === 'tensorflow' ? describeTensorflow() : device
}

async function loadWasm({ load, wasmPaths }: BackendOptions): Promise<void> {
  const wasm = await loadTfjsBackend<WasmPackage>('wasm', load)
  if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths)
}

async function startWebGpu({ gpu, load }: BackendOptions): Promise<string> {
  const { registerWebGpu } = await import('./webgpu.ts')
  return registerWebGpu(gpu, load)
}

function missingKernels(name: BackendName, kernels: readonly string[]): string[] {
  // tfjs declares that there is always one.
  const find = (kernel: string): tf.KernelConfig | undefined => tf.getKernel(kernel, name)
  return kernels.filter((kernel) => !find(kernel))
}
