/** Which kernels a policy is computed with: the project's WebAssembly ones or, where there are none, plain JavaScript. */
import { ChainFunctions } from '../backend/simd/chains/functions.ts'
import { instantiateKernels } from '../backend/simd/module.ts'
import type { Kernels } from './kernels.ts'
import { plainKernels } from './plain-kernels.ts'
import type { ActBackend } from './policy.ts'

/**
 * @param asked undefined: WebAssembly where the engine has it and the page may compile it
 * @throws Error (WebAssembly's own) if `simd` is asked for and cannot be had
 */
export function kernelsOf(asked: ActBackend | undefined): {
  readonly backend: ActBackend
  readonly kernels: Kernels
} {
  if (asked === 'plain') return { backend: 'plain', kernels: plainKernels() }
  try {
    const kernels = instantiateKernels()
    const functions = new ChainFunctions(kernels.memory, kernels.table)
    return { backend: 'simd', kernels: { ...kernels, functions } }
  } catch (error) {
    if (asked === 'simd') throw error
    return { backend: 'plain', kernels: plainKernels() } // the policy says which it got
  }
}
