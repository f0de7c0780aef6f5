/** How much memory a backend has for tensors. */
import type { MemoryLimit } from '../memory.ts'
import { backendInUse, type BackendName } from './select.ts'

/** @param name of a backend; the one in use, or simd, which is what is chosen where none is, unless given */
export function tensorMemory(name: BackendName = backendInUse()?.name ?? 'simd'): MemoryLimit {
  // Addresses in WebAssembly have 32 bits.
  const bytes = name === 'simd' || name === 'wasm' ? 2 ** 32 : Infinity
  return [bytes, `on the backend ${name} (cpu and tensorflow have more)`]
}
