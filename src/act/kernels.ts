/** What a policy is computed with: WebAssembly or plain JavaScript alike. */
import type { ChainFunctions } from '../backend/simd/chains/functions.ts'
import type { GrowingMemory } from '../backend/simd/heap.ts'

/** An interpreter of plans over a memory of its own. */
export interface Kernels {
  readonly memory: GrowingMemory
  /** Executes `count` records that start at byte `plan`. */
  readonly run: (plan: number, count: number) => void
  /** The first byte that may be used. */
  readonly heapStart: number
  /** Codes of operations, by name. */
  readonly codes: Readonly<Record<string, number>>
  /** Makes one function of several elementwise operations; absent where no code is made while running. */
  readonly functions?: ChainFunctions
}
