/**
 * What a program did in its first run: the steps that its kernels took, and where each tensor came from.
 *
 * A tensor that a program reads is an input, a variable, a constant (it came from the host, or was computed from
 * constants alone), or the result of an earlier step. Anything else was made outside, and would be frozen without
 * anybody saying so: it is refused.
 */
import type * as tf from '@tensorflow/tfjs-core'
import type { SimdBackend } from './backend.ts'
import type { SimdData } from './data.ts'
import type { Instruction } from './instruction.ts'
import type { HostCall, Recorder, Step } from './step.ts'

export class Recording implements Recorder {
  readonly steps: Step[] = []
  /** The variables that the program reads, by the data that they had at the start. */
  readonly variables = new Map<SimdData, tf.Variable>()
  readonly inputs: ReadonlyMap<SimdData, string>
  /** Constants and their values. */
  readonly constants = new Map<SimdData, ArrayLike<number>>()
  readonly #backend: SimdBackend
  readonly #atStart: ReadonlyMap<SimdData, tf.Variable>
  readonly #results = new Set<SimdData>()

  /**
   * @param inputs the data of the program's inputs
   * @param variables every variable there is, by its data
   */
  constructor(
    backend: SimdBackend,
    inputs: ReadonlyMap<SimdData, string>,
    variables: ReadonlyMap<SimdData, tf.Variable>,
  ) {
    this.#backend = backend
    this.inputs = inputs
    this.#atStart = variables
  }

  written(data: SimdData): void {
    this.constants.set(data, copyOf(data))
  }

  emitted(instruction: Instruction): void {
    const of = (kind: string) =>
      instruction.args.flatMap((arg) =>
        typeof arg === 'object' && arg.kind === kind ? [arg.data] : [],
      )
    this.#add({ run: instruction, reads: of('read'), writes: [...of('write'), ...of('scratch')] })
  }

  hosted(call: HostCall): void {
    const dataOf = ({ dataId }: tf.TensorInfo) => this.#backend.dataOf(dataId)
    const reads = (Object.values(call.inputs) as tf.TensorInfo[]).flat().map(dataOf)
    const writes = call.outputs.map(dataOf)
    if (writes.every((data) => reads.includes(data))) return // an alias: the same data under another shape
    this.#add({ run: call, reads, writes })
  }

  read(): void {
    throw new Error(
      'compile: the program reads the values of a tensor while it runs; return the tensor as an output instead',
    )
  }

  #add(step: Step): void {
    for (const data of step.reads) this.require(data)
    if (step.reads.every((data) => this.constants.has(data))) {
      for (const data of step.writes) this.constants.set(data, copyOf(data))
      return
    }
    for (const data of step.writes) {
      this.constants.delete(data)
      this.#results.add(data)
    }
    this.steps.push(step)
  }

  /** @throws Error for data that is neither an input, a variable, a constant nor a result */
  require(data: SimdData): void {
    const variable = this.#atStart.get(data)
    if (variable) this.variables.set(data, variable)
    else if (!this.inputs.has(data) && !this.constants.has(data) && !this.#results.has(data)) {
      throw new Error(
        'compile: the program reads a tensor that was made outside of it; make it an input, a variable, or inside',
      )
    }
  }
}

function copyOf(data: SimdData): ArrayLike<number> {
  const { values } = data
  if (!ArrayBuffer.isView(values)) throw new TypeError('compile: a program may hold numbers only')
  return values.slice()
}
