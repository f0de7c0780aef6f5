/**
 * The WebAssembly module of the kernels: instantiated at once, without waiting, from bytes that the build embeds.
 *
 * Constants that the AssemblyScript sources export (codes of operations, sizes) become `codes`, so that they are
 * written down once.
 */
import { decodeByteText } from './byte-text.ts'
import type { Codes } from './instruction.ts'
import { KERNELS } from './kernels.generated.ts'

export interface KernelModule {
  readonly memory: WebAssembly.Memory
  /** Executes `count` records that start at byte `plan`. */
  readonly run: (plan: number, count: number) => void
  /** Functions that records may call. */
  readonly table: WebAssembly.Table
  /** The first byte that the module's own tables leave free. */
  readonly heapStart: number
  readonly codes: Codes
}

/** Pages of 64 KiB that memory starts with. */
const INITIAL_PAGES = 64

/** Compiled once, instantiated as often as is asked: each instance has a memory of its own. */
let compiled: WebAssembly.Module | undefined

/** @throws Error (WebAssembly's own) where WebAssembly SIMD is missing, or a page may not compile it */
export function instantiateKernels(): KernelModule {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES })
  compiled ??= new WebAssembly.Module(decodeByteText(KERNELS))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const codes = Object.entries(exports).flatMap(([name, value]) =>
    value instanceof WebAssembly.Global ? [[name, Number(value.value)] as const] : [],
  )
  const { run, table, arenaStart } = exports as unknown as Pick<KernelModule, 'run' | 'table'> & {
    arenaStart: () => number
  }
  return { memory, run, table, heapStart: arenaStart(), codes: Object.fromEntries(codes) }
}
