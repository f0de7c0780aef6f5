/**
 * Programs: a pure function from named input tensors to named output tensors, run as one step from typed arrays to
 * typed arrays. Backends run the function eagerly inside one `tidy`, or record its kernels once and replay them, so the
 * functions given here must stay pure. What is read by waiting (WebGPU) is read through `run` and `later`.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type CapturedProgram, type CapturingBackend, isCapturing } from './capture.ts'
import { fittedSpecs, tensorsOf } from './inputs.ts'
import { Later, readTogether } from './later.ts'
import type { Program, ProgramInputs, Signature, TensorFunction } from './program.ts'
import { type Awaitable, readsByWaiting, submitWork } from './reading.ts'
import { runBothWays } from './verify.ts'

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
 * const double = compile(({ x }) => ({ y: tf.mul(x, 2) }), { inputs: { x: { shape: [-1, 3], dtype: 'float32' } } })
 * double({ x: new Float32Array([1, 2, 3]) }).y // Float32Array [2, 4, 6]
 */
export function compile<S extends Signature, O extends string>(
  fn: (inputs: { readonly [K in keyof S]: tf.Tensor }) => Record<O, tf.Tensor>,
  options: CompileOptions<S>,
): Program<S, O> {
  const compiled = new Compiled<S, O>(fn as TensorFunction, options)
  const program = Object.assign((inputs: ProgramInputs<S>) => compiled.call(inputs), {
    run: (inputs: ProgramInputs<S>) => compiled.run(inputs),
    later: (inputs: ProgramInputs<S>) => compiled.later(inputs),
    into: (inputs: ProgramInputs<S>, outputs: Outputs<O>) => compiled.into(inputs, outputs),
    dispose: () => compiled.dispose(),
  })
  compiledOf.set(program, compiled)
  return program
}

/**
 * The recording that a call with these inputs replays, made if there is none yet; undefined on a backend that does not
 * capture. For those who look inside, as profile.ts does.
 */
export function recordingOf<S extends Signature, O extends string>(
  program: Program<S, O>,
  inputs: ProgramInputs<S>,
): CapturedProgram | undefined {
  return compiledOf.get(program)?.recordingFor(inputs)
}

const compiledOf = new WeakMap<object, Compiled<Signature, string>>()

type Outputs<O extends string> = Readonly<Record<O, Float32Array>>

/** A recording, the backend that replays it, and the lengths of its inputs. */
interface Latest {
  readonly backend: object
  readonly recording: CapturedProgram
  readonly lengths: readonly number[]
}

/** A function and its recordings, one for each set of input shapes. */
class Compiled<S extends Signature, O extends string> {
  readonly #fn: TensorFunction
  readonly #options: CompileOptions<S>
  readonly #names: readonly (keyof S & string)[]
  readonly #recordings = new Map<string, CapturedProgram>()
  /** What `into` ran last. */
  #latest: Latest | undefined

  constructor(fn: TensorFunction, options: CompileOptions<S>) {
    this.#fn = fn
    this.#options = options
    this.#names = Object.keys(options.inputs)
  }

  call(inputs: ProgramInputs<S>): Record<O, Float32Array> {
    const specs = fittedSpecs(this.#options.inputs, inputs)
    const backend = tf.backend()
    const eagerly = () => tf.tidy(() => readAll(this.#fn(tensorsOf(specs, inputs))))
    if (!isCapturing(backend)) return eagerly()
    const replayed = () => this.#replayed(backend, specs, inputs)
    const outputs = this.#options.verify ? runBothWays(eagerly, replayed) : replayed()
    return outputs
  }

  run(inputs: ProgramInputs<S>): Awaitable<Record<O, Float32Array>> {
    return readsByWaiting() ? readOne(this.#begin(inputs)) : this.call(inputs)
  }

  later(inputs: ProgramInputs<S>): Later<O> {
    const outputs = this.#begin(inputs)
    submitWork()
    return outputs
  }

  /** The slow way stands apart: a closure in it would cost an allocation at every call. */
  into(inputs: ProgramInputs<S>, outputs: Outputs<O>): void {
    const latest = this.#latest
    if (latest && !this.#options.verify && this.#fits(latest, inputs))
      latest.recording.replayInto(inputs, outputs)
    else this.#recordInto(inputs, outputs)
  }

  recordingFor(inputs: ProgramInputs<S>): CapturedProgram | undefined {
    const find = () => this.#recordings.get(keyOf(fittedSpecs(this.#options.inputs, inputs)))
    if (!find()) this.call(inputs)
    return find()
  }

  dispose(): void {
    for (const recording of this.#recordings.values()) recording.dispose()
    this.#recordings.clear()
    this.#latest = undefined
  }

  /** Replays the recording for these shapes, or makes it if they are new. */
  #replayed(
    backend: CapturingBackend,
    specs: Signature,
    inputs: ProgramInputs<S>,
  ): Record<string, Float32Array> {
    const key = keyOf(specs)
    const known = this.#recordings.get(key)
    if (known) return known.replay(inputs)
    const recording = backend.program()
    const outputs = recording.record(this.#fn, specs, inputs)
    this.#recordings.set(key, recording)
    return outputs
  }

  #begin(inputs: ProgramInputs<S>): Later<O> {
    const specs = fittedSpecs(this.#options.inputs, inputs)
    return new Later<O>(() => this.#fn(tensorsOf(specs, inputs)))
  }

  #fits({ backend, lengths }: Latest, inputs: ProgramInputs<S>): boolean {
    if (backend !== tf.backend()) return false
    for (let i = 0; i < this.#names.length; i++)
      if (inputs[this.#names[i]!].length !== lengths[i]) return false
    return true
  }

  #recordInto(inputs: ProgramInputs<S>, outputs: Outputs<O>): void {
    const results = this.call(inputs)
    for (const name in outputs) copyInto(name, results[name], outputs[name])
    const recording = this.#recordings.get(keyOf(fittedSpecs(this.#options.inputs, inputs)))
    const lengths = this.#names.map((name) => inputs[name].length)
    this.#latest = recording && { backend: tf.backend(), recording, lengths }
  }
}

async function readOne<O extends string>(later: Later<O>): Promise<Record<O, Float32Array>> {
  const [outputs] = await readTogether([later])
  return outputs!
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

/** Copies each output to the host: on the cpu backend `dataSync` hands out the tensor's own memory. */
function readAll<O extends string>(outputs: Record<O, tf.Tensor>): Record<O, Float32Array> {
  const arrays: Partial<Record<O, Float32Array>> = {}
  for (const name in outputs) arrays[name] = Float32Array.from(outputs[name].dataSync())
  return arrays as Record<O, Float32Array>
}
