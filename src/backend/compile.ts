/**
 * Programs: a pure function from named input tensors to named output tensors, run as one step from typed arrays to
 * typed arrays. Backends run the function eagerly inside one `tidy`, or record its kernels once and replay them, so the
 * functions given here must stay pure. What is read by waiting (WebGPU) is read through `run` and `later`.
 */
import * as tf from '@tensorflow/tfjs-core'
import { runBothWays } from './verify.ts'
import {
  type CapturedProgram,
  type CapturingBackend,
  isCapturing,
  type Profile,
} from './capture.ts'
import { Later, readTogether } from './later.ts'
import { type Awaitable, readsByWaiting } from './reading.ts'
import { submitWork } from './webgpu.ts'

/** The typed arrays that a program takes. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray

/** Shape and dtype of one input; a leading −1 stands for a length that the given array decides. */
export interface TensorSpec {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
}

/** The inputs of a program by name. */
export type Signature = Readonly<Record<string, TensorSpec>>

/** What a compiled program is called with: one array per name of its signature. */
export type ProgramInputs<S extends Signature> = { readonly [K in keyof S]: NumericArray }

/** A compiled program: typed arrays in, fresh typed arrays out. */
export interface Program<S extends Signature, O extends string> {
  /** @throws Error on a backend that is read by waiting, if there are outputs; `run` works everywhere */
  (inputs: ProgramInputs<S>): Record<O, Float32Array>
  /**
   * As a call; on a backend that is read by waiting, a promise of the outputs, which are read back in one go. The
   * computation has begun when this returns.
   */
  run(inputs: ProgramInputs<S>): Awaitable<Record<O, Float32Array>>
  /** Begins, and leaves the outputs on the device: `readTogether` reads those of several runs in one go. */
  later(inputs: ProgramInputs<S>): Later<O>
  /**
   * As a call, but writes into arrays of the caller's. With the shapes of the call before, on a backend that captures,
   * it allocates nothing.
   *
   * @param outputs one array per output, of its length; outputs must be float32
   * @throws RangeError if an array's length does not fit
   */
  into(inputs: ProgramInputs<S>, outputs: Readonly<Record<O, Float32Array>>): void
  /**
   * Runs the program step by step and measures each; for those who look for what is slow.
   *
   * @param now a clock, in the unit that the times shall have
   * @param profile an empty array on the first call, the same one on later calls, which add to it
   * @throws Error on a backend that does not capture programs
   */
  profile(inputs: ProgramInputs<S>, now: () => number, profile: Profile): void
  /** Frees what a recording holds; the next call records anew. */
  dispose(): void
}

export interface CompileOptions<S extends Signature> {
  readonly inputs: S
  /** Runs every call eagerly too and compares bit for bit; for tests. */
  readonly verify?: boolean
}

/**
 * Turns a pure function of tensors into a program over typed arrays.
 *
 * What may change between calls must be an input or a `Variable` that the function reads; any other host value that
 * the function closes over (a learning rate, a coefficient) is a constant, and may be read only once for each set of
 * input shapes. A program changes the world in one way only: by `assign` on variables.
 *
 * On a backend that captures (`simd`), the first call with given input shapes runs `fn` and records its kernels; later
 * calls replay them. Frozen are: host values, tensors made from them, the shapes, and which branch the function took.
 * Refused are: reading a tensor that was made outside and is neither an input nor a variable, and reading a tensor's
 * values inside. On other backends the function runs anew each time, inside one `tidy`.
 *
 * @param fn maps input tensors to output tensors; all tensors it creates are disposed of after the call
 * @param options.inputs the shape and dtype of each input
 * @returns the program; the arrays that it returns belong to the caller
 * @throws RangeError if an array's length does not fit its declared shape
 * @example
 * const double = compile(({ x }) => ({ y: x.mul(2) }), { inputs: { x: { shape: [-1, 3], dtype: 'float32' } } })
 * double({ x: new Float32Array([1, 2, 3]) }).y // Float32Array [2, 4, 6]
 */
export function compile<S extends Signature, O extends string>(
  fn: (inputs: { readonly [K in keyof S]: tf.Tensor }) => Record<O, tf.Tensor>,
  options: CompileOptions<S>,
): Program<S, O> {
  const signature: [keyof S & string, TensorSpec][] = Object.entries(options.inputs)
  const captured = new Map<string, CapturedProgram>()
  const run: TensorFunction = fn as TensorFunction
  const specsOf = (inputs: ProgramInputs<S>) => {
    const specs: Record<string, TensorSpec> = {}
    for (const [name, spec] of signature) {
      specs[name] = { ...spec, shape: fittedShape(name, spec, inputs[name].length) }
    }
    return specs
  }
  const program = (inputs: ProgramInputs<S>) => {
    const specs = specsOf(inputs)
    const backend = tf.backend()
    const eager = () => runEagerly(run, specs, inputs)
    if (!isCapturing(backend)) return eager() as Record<O, Float32Array>
    const replay = () => runCaptured(backend, captured, run, specs, inputs)
    return (options.verify ? runBothWays(eager, replay) : replay()) as Record<O, Float32Array>
  }
  const names = signature.map(([name]) => name)
  // The recording that ran last, and the lengths of its inputs.
  let latest: { backend: object; recording: CapturedProgram; lengths: number[] } | undefined
  const fitsLatest = (inputs: ProgramInputs<S>) => {
    if (!latest || latest.backend !== tf.backend()) return false
    for (let i = 0; i < names.length; i++)
      if (inputs[names[i]!].length !== latest.lengths[i]) return false
    return true
  }
  const recordInto = (inputs: ProgramInputs<S>, outputs: Readonly<Record<O, Float32Array>>) => {
    const results = program(inputs)
    for (const name in outputs) copyInto(name, results[name], outputs[name])
    const recording = captured.get(keyOf(specsOf(inputs)))
    const lengths = names.map((name) => inputs[name].length)
    latest = recording && { backend: tf.backend(), recording, lengths }
  }
  // A function of its own: a closure in it would cost an allocation at every call.
  const into = (inputs: ProgramInputs<S>, outputs: Readonly<Record<O, Float32Array>>) => {
    if (latest && !options.verify && fitsLatest(inputs))
      latest.recording.replayInto(inputs, outputs)
    else recordInto(inputs, outputs)
  }
  const begin = (inputs: ProgramInputs<S>) => {
    const specs = specsOf(inputs)
    return new Later<O>(() => run(tensorsOf(specs, inputs)))
  }
  const later = (inputs: ProgramInputs<S>) => {
    const outputs = begin(inputs)
    submitWork()
    return outputs
  }
  const runAnywhere = (inputs: ProgramInputs<S>) =>
    readsByWaiting() ? readOne(begin(inputs)) : program(inputs)
  const profile = (inputs: ProgramInputs<S>, now: () => number, times: Profile) => {
    program(inputs) // records it if need be
    const recording = captured.get(keyOf(specsOf(inputs)))
    if (!recording)
      throw new Error(`the backend "${tf.getBackend()}" does not capture programs; choose simd`)
    recording.profile(inputs, now, times)
  }
  const dispose = () => {
    for (const recording of captured.values()) recording.dispose()
    captured.clear()
    latest = undefined
  }
  return Object.assign(program, { run: runAnywhere, later, into, profile, dispose })
}

type TensorFunction = (inputs: Readonly<Record<string, tf.Tensor>>) => Record<string, tf.Tensor>

function runEagerly(
  fn: TensorFunction,
  specs: Signature,
  inputs: Readonly<Record<string, NumericArray>>,
): Record<string, Float32Array> {
  return tf.tidy(() => readAll(fn(tensorsOf(specs, inputs))))
}

function tensorsOf(
  specs: Signature,
  inputs: Readonly<Record<string, NumericArray>>,
): Record<string, tf.Tensor> {
  const tensors = Object.entries(specs).map(([name, { shape, dtype }]) => [
    name,
    tensorFrom(inputs[name]!, shape, dtype),
  ])
  return Object.fromEntries(tensors) as Record<string, tf.Tensor>
}

async function readOne<O extends string>(later: Later<O>): Promise<Record<O, Float32Array>> {
  const [outputs] = await readTogether([later])
  return outputs!
}

/** Replays the program for these shapes, or records it if they are new. */
function runCaptured(
  backend: CapturingBackend,
  captured: Map<string, CapturedProgram>,
  fn: TensorFunction,
  specs: Signature,
  inputs: Readonly<Record<string, NumericArray>>,
): Record<string, Float32Array> {
  const key = keyOf(specs)
  const known = captured.get(key)
  if (known) return known.replay(inputs)
  const program = backend.program()
  const outputs = program.record(fn, specs, inputs)
  captured.set(key, program)
  return outputs
}

function copyInto(name: string, result: Float32Array | undefined, given: Float32Array): void {
  if (result?.length !== given.length) {
    throw new RangeError(
      `output "${name}" has ${result?.length ?? 'no'} values, the array given for it ${given.length}; give one that fits`,
    )
  }
  given.set(result)
}

/** What a recording is kept under: the shapes of its inputs. */
function keyOf(specs: Signature): string {
  return Object.values(specs)
    .map(({ shape }) => shape.join('x'))
    .join(',')
}

/** A tensor of an array of any kind: `tf.tensor` itself refuses most of them, Float64Array included. */
export function tensorFrom(
  values: NumericArray,
  shape: readonly number[],
  dtype: TensorSpec['dtype'],
): tf.Tensor {
  return tf.tensor(toTensorValues(values, dtype), [...shape], dtype)
}

function toTensorValues(
  values: NumericArray,
  dtype: TensorSpec['dtype'],
): Float32Array | Int32Array {
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

/** The shape of an input with its leading −1 replaced by what the array's length says. */
function fittedShape(name: string, spec: TensorSpec, length: number): number[] {
  const [leading, ...rest] = spec.shape
  const row = rest.reduce((product, size) => product * size, 1)
  if (leading === -1 && row > 0 && length % row === 0) return [length / row, ...rest]
  const size = leading === undefined ? 1 : leading * row
  if (size !== length) {
    throw new RangeError(
      `input "${name}" has ${length} values, which do not fill the shape [${spec.shape.join(', ')}]; ` +
        `give a multiple of ${row} values where the shape starts with -1, and exactly as many as it holds otherwise`,
    )
  }
  return [...spec.shape]
}

/** Copies each output to the host: on the cpu backend `dataSync` hands out the tensor's own memory. */
function readAll<O extends string>(outputs: Record<O, tf.Tensor>): Record<O, Float32Array> {
  const arrays: Partial<Record<O, Float32Array>> = {}
  for (const name in outputs) arrays[name] = Float32Array.from(outputs[name].dataSync())
  return arrays as Record<O, Float32Array>
}
