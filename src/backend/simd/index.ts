/** The backend `simd`, registered with tfjs on import. */
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import './kernels/elementwise.ts'
import './kernels/conv2d.ts'
import './kernels/depthwise.ts'
import './kernels/fused.ts'
import './kernels/matmul.ts'
import './kernels/movement.ts'
import './kernels/pooling.ts'
import './kernels/reduce.ts'
import './kernels/scan.ts'
import './kernels/strided.ts'
import { SimdBackend } from './backend.ts'
import { SimdProgram } from './program.ts'
import { BACKEND_NAME, registerKernels } from './register.ts'

registerKernels()
/** Above tfjs's own (cpu 1, wasm 2). */
tf.registerBackend(BACKEND_NAME, () => new CapturingSimdBackend(), 3)

/** The backend, able to capture programs. */
class CapturingSimdBackend extends SimdBackend {
  program(): SimdProgram {
    return new SimdProgram(this)
  }
}

export { SimdBackend } from './backend.ts'
