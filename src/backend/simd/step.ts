/** Steps of a program: what kernels were run on what data. A recording gathers them, a plan is made of them. */
import type * as tf from '@tensorflow/tfjs-core'
import type { SimdData } from './data.ts'
import type { Codes, Instruction } from './instruction.ts'

/** A kernel of ours, or one of the cpu backend's. */
export interface Step {
  readonly run: Instruction | HostCall
  readonly reads: readonly SimdData[]
  readonly writes: readonly SimdData[]
}

/** A call of a kernel that tfjs's cpu backend brings. */
export interface HostCall {
  readonly kernelName: string
  readonly kernelFunc: tf.KernelFunc
  readonly inputs: tf.NamedTensorInfoMap
  readonly attrs: tf.NamedAttrMap | undefined
  readonly outputs: readonly tf.TensorInfo[]
}

/** Is told of everything that a program does while it is recorded. */
export interface Recorder {
  /** A tensor came from the host: a constant. */
  written(data: SimdData): void
  /** A kernel of ours runs. */
  emitted(instruction: Instruction): void
  /** A kernel of tfjs's cpu backend has run. */
  hosted(call: HostCall): void
  /** Somebody wants to see a tensor's values before the program has ended. */
  read(): void
}

export function copyStep(from: SimdData, to: SimdData, codes: Codes): Step {
  const args = [
    { kind: 'write', data: to } as const,
    { kind: 'read', data: from } as const,
    from.bytes,
  ]
  return { run: { code: codes['OP_COPY']!, args }, reads: [from], writes: [to] }
}

export function isHostCall(run: Instruction | HostCall): run is HostCall {
  return 'kernelFunc' in run
}

/** A step in words: its operation, its kind where there are several, the bytes that it reads and writes. */
export function nameOf({ run, reads, writes }: Step, codes: Codes): string {
  const bytes = (list: readonly SimdData[]) => list.map((data) => data.bytes / 4).join(' ')
  const sizes = `(${bytes(reads)}) → (${bytes(writes)})`
  if (isHostCall(run)) return `cpu ${run.kernelName} ${sizes}`
  if (run.name) return `${run.name} ${sizes}`
  const find = (prefix: string, code: unknown) =>
    Object.keys(codes).find((key) => key.startsWith(prefix) && codes[key] === code)
  const operation = find('OP_', run.code) ?? String(run.code)
  const kind = ['UNARY', 'BINARY', 'COMPARE', 'LOGICAL'].find((each) => operation === `OP_${each}`)
  return `${(kind && find(`${kind}_`, run.args[0])) ?? operation.slice(3)} ${sizes}`
}
