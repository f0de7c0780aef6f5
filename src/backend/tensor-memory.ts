/** How much memory a backend has for tensors. */
import type { MemoryLimit } from '../memory.ts'
import { backendInUse, type BackendName } from './select.ts'

/** Addresses in WebAssembly have 32 bits. */
const WASM_BYTES = 2 ** 32

/** @param name of a backend; the one in use, or simd, which is what is chosen where none is, unless given */
export function tensorMemory(name: BackendName = backendInUse()?.name ?? 'simd'): MemoryLimit {
  const isWasm = name === 'simd' || name === 'wasm'
  return {
    name: `on the backend ${name} (cpu and tensorflow have more)`,
    bytes: isWasm ? WASM_BYTES : Number.POSITIVE_INFINITY,
  }
}
