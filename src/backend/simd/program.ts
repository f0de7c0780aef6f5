/**
 * Programs on the `simd` backend: recorded in their first run, replayed in one call into WebAssembly afterwards.
 *
 * The first call with given input shapes runs the function as tfjs does and records the kernels (recording.ts). From
 * that comes a plan (plan.ts): its inputs, constants and results have fixed places in memory, its variables are
 * pinned (pins.ts). Later calls copy the inputs in, run the plan, and copy the outputs out. Captured and eager runs use
 * the same kernels through the same interpreter, so they agree to the bit.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { CapturedProgram, NamedArrays, Profile } from '../capture.ts'
import type { Signature, TensorFunction } from '../program.ts'
import type { SimdBackend } from './backend.ts'
import { fuseChains } from './chains/index.ts'
import { fillMemory, SimdData, sizeOf } from './data.ts'
import { fuse } from './fuse.ts'
import { encode, PLAN_WORDS } from './instruction.ts'
import { type Pin, Pins, unshareVariables } from './pins.ts'
import { assignInPlace, type Assignment, liveSteps, placeInArena } from './plan.ts'
import { Recording } from './recording.ts'
import { copyStep, isHostCall, nameOf, type Step } from './step.ts'

/** A part of a plan: records for one call into WebAssembly, or a call of one of the cpu backend's kernels. */
type Segment = { readonly address: number; readonly count: number } | { readonly call: () => void }

interface Named {
  readonly name: string
  readonly data: SimdData
}

const pinsOf = new WeakMap<SimdBackend, Pins>()

export class SimdProgram implements CapturedProgram {
  readonly #backend: SimdBackend
  readonly #pins: Pins
  readonly #held: Pin[] = []
  readonly #blocks: { readonly address: number; readonly bytes: number }[] = []
  readonly #adopted: tf.DataId[] = []
  /** Slots of functions that belong to the program. */
  readonly #slots: number[] = []
  readonly #inputs: Named[] = []
  readonly #segments: Segment[] = []
  #outputs: Named[] = []
  /** Steps of the plan, for those who look at it. */
  steps: readonly Step[] = []

  constructor(backend: SimdBackend) {
    this.#backend = backend
    this.#pins = pinsOf.get(backend) ?? new Pins(backend)
    pinsOf.set(backend, this.#pins)
  }

  /** Runs the function once, for its results and for the recording, and makes the plan. */
  record(fn: TensorFunction, specs: Signature, arrays: NamedArrays): Record<string, Float32Array> {
    const backend = this.#backend
    this.#requireOutermost()
    const atStart = unshareVariables(backend)
    return tf.tidy(() => {
      const tensors: Record<string, tf.Tensor> = {}
      const inputs = new Map<SimdData, string>()
      for (const [name, { shape, dtype }] of Object.entries(specs)) {
        const values =
          dtype === 'float32' ? Float32Array.from(arrays[name]!) : Int32Array.from(arrays[name]!)
        tensors[name] = tf.tensor(values, [...shape], dtype)
        inputs.set(backend.dataOf(tensors[name].dataId), name)
      }
      const recording = new Recording(backend, inputs, atStart)
      const outputs = this.#recorded(recording, () => fn(tensors))
      const named = Object.entries(outputs).map(([name, { dataId }]) => ({
        name,
        data: backend.dataOf(dataId),
      }))
      for (const { data } of named) recording.require(data)
      const results = named.map(({ name, data }) => [
        name,
        Float32Array.from(data.values as ArrayLike<number>),
      ])
      this.#plan(recording, atStart, named)
      return Object.fromEntries(results) as Record<string, Float32Array>
    })
  }

  /** Runs the plan. @returns fresh arrays */
  replay(arrays: NamedArrays): Record<string, Float32Array> {
    this.#run(arrays)
    const results: Record<string, Float32Array> = {}
    for (const { name, data } of this.#outputs)
      results[name] = Float32Array.from(data.values as ArrayLike<number>)
    return results
  }

  replayInto(arrays: NamedArrays, results: Readonly<Record<string, Float32Array>>): void {
    this.#run(arrays)
    const { f32 } = this.#backend.heap
    for (let at = 0; at < this.#outputs.length; at++) {
      const { name, data } = this.#outputs[at]!
      const result = results[name]!
      if (4 * result.length !== data.bytes || data.dtype !== 'float32')
        throw unfit(name, result.length, data)
      const start = data.address / 4
      for (let i = 0; i < result.length; i++) result[i] = f32[start + i]!
    }
  }

  profile(arrays: NamedArrays, now: () => number, profile: Profile): void {
    this.#prepare(arrays)
    if (profile.length === 0)
      profile.push(
        ...this.steps.map((step) => ({ name: nameOf(step, this.#backend.codes), time: 0 })),
      )
    let index = 0
    for (const segment of this.#segments) {
      const count = 'call' in segment ? 1 : segment.count
      for (let i = 0; i < count; i++) {
        const start = now()
        if ('call' in segment) segment.call()
        else this.#backend.runPlan(segment.address + i * PLAN_WORDS * 4, 1)
        profile[index++]!.time += now() - start
      }
    }
  }

  /** Counted loops here and in `replayInto`, and no views: iterators and views may be allocations. */
  #run(arrays: NamedArrays): void {
    this.#prepare(arrays)
    for (let i = 0; i < this.#segments.length; i++) {
      const segment = this.#segments[i]!
      if ('call' in segment) segment.call()
      else this.#backend.runPlan(segment.address, segment.count)
    }
  }

  /** Brings the variables to their places and copies the inputs in. */
  #prepare(arrays: NamedArrays): void {
    this.#requireOutermost()
    for (let i = 0; i < this.#held.length; i++) this.#pins.restore(this.#held[i]!)
    const { heap } = this.#backend
    for (let i = 0; i < this.#inputs.length; i++) {
      const { name, data } = this.#inputs[i]!
      fillMemory(heap, data.dtype, data.address, arrays[name]!)
    }
  }

  /** Frees the plan's memory and lets go of its variables. */
  dispose(): void {
    for (const pin of this.#held) this.#pins.release(pin)
    for (const { address, bytes } of this.#blocks) this.#backend.heap.release(address, bytes)
    for (const dataId of this.#adopted) this.#backend.disposeData(dataId, true)
    this.#backend.chains.release(this.#slots)
    this.#held.length = this.#blocks.length = this.#adopted.length = this.#slots.length = 0
  }

  #requireOutermost(): void {
    if (this.#backend.recorder)
      throw new Error('compile: a program cannot be called within another one')
  }

  #recorded<T>(recording: Recording, run: () => T): T {
    this.#requireOutermost()
    this.#backend.recorder = recording
    try {
      return run()
    } finally {
      this.#backend.recorder = undefined
    }
  }

  #plan(
    recording: Recording,
    atStart: ReadonlyMap<SimdData, tf.Variable>,
    outputs: readonly Named[],
  ): void {
    const backend = this.#backend
    const results = [...atStart].flatMap(([before, variable]) => {
      if (variable.isDisposed) return []
      const now = backend.dataOf(variable.dataId)
      return now === before ? [] : [{ variable, before, source: now }]
    })
    for (const { source } of results) recording.require(source)
    unshareVariables(backend) // two variables may have been given the same result

    // Where the plan finds what it does not compute itself.
    const places = new Map<SimdData, SimdData>()
    for (const [data, name] of recording.inputs) {
      const place = this.#block(data)
      places.set(data, place)
      this.#inputs.push({ name, data: place })
    }
    for (const [data, values] of recording.constants) {
      const place = this.#block(data)
      fillMemory(backend.heap, data.dtype, place.address, values)
      places.set(data, place)
    }
    // A variable may be handed on unread: as an output, or as another variable's value.
    const handedOn = [...outputs.map(({ data }) => data), ...results.map(({ source }) => source)]
    for (const data of handedOn) recording.require(data)
    const read = new Map([
      ...recording.variables,
      ...handedOn.flatMap((data) => {
        const variable = atStart.get(data)
        return variable ? [[data, variable] as const] : []
      }),
    ])
    for (const [data, variable] of read) places.set(data, this.#pinned(variable))
    const assigned = results.map(({ variable, before, source }) => ({
      place: places.get(before) ?? this.#pinned(variable),
      source,
    }))
    // What a variable held before is copied first, where it is wanted after the variable was assigned.
    const written = new Set(assigned.map(({ place }) => place))
    const prelude: Step[] = []
    const asItWas = (data: SimdData): SimdData => {
      const place = places.get(data)
      if (!place || !written.has(place)) return data
      const copy = data.ofSameSize()
      prelude.push(copyStep(data, copy, backend.codes))
      return copy
    }
    const assignments: Assignment[] = assigned.map(({ place, source }) => ({
      place,
      source: asItWas(source),
    }))
    const wanted = outputs.map(({ name, data }) => ({ name, data: asItWas(data) }))

    const kept = new Set([
      ...wanted.map(({ data }) => data),
      ...assignments.map(({ source }) => source),
    ])
    const live = liveSteps([...prelude, ...recording.steps], kept)
    const fused = liveSteps(fuse(live, kept, backend.codes), kept)
    const { steps, slots } = fuseChains(fused, kept, backend.codes, backend.chains)
    this.#slots.push(...slots)
    this.#write(assignInPlace(steps, assignments, places, wanted, backend.codes), places, wanted)
  }

  #write(steps: readonly Step[], places: Map<SimdData, SimdData>, outputs: readonly Named[]): void {
    const { heap } = this.#backend
    const isPlaced = (data: SimdData) => places.has(data)
    const { offsets, size } = placeInArena(
      steps,
      isPlaced,
      new Set(outputs.map(({ data }) => data)),
      this.#backend.codes,
    )
    const arena = this.#reserve(size)
    for (const [data, offset] of offsets)
      places.set(data, SimdData.at(heap, data.dtype, arena + offset, data.bytes))
    const at = (data: SimdData) => places.get(data)!

    const plan = this.#reserve(steps.length * PLAN_WORDS * 4)
    let start = 0
    for (const [index, step] of steps.entries()) {
      if (isHostCall(step.run)) {
        this.#addRecords(plan, start, index)
        this.#segments.push({ call: this.#hostCall(step, at) })
        start = index + 1
      } else {
        encode(heap.i32, plan / 4 + index * PLAN_WORDS, step.run, (data) => at(data).address)
      }
    }
    this.#addRecords(plan, start, steps.length)
    this.#outputs = outputs.map(({ name, data }) => ({ name, data: at(data) }))
    this.steps = steps
  }

  #addRecords(plan: number, from: number, to: number): void {
    if (to > from) this.#segments.push({ address: plan + from * PLAN_WORDS * 4, count: to - from })
  }

  /** A call of a cpu kernel on the plan's places: its results are copied to where the plan has them. */
  #hostCall({ run, reads, writes }: Step, at: (data: SimdData) => SimdData): () => void {
    if (!isHostCall(run)) throw new TypeError('this step is not a call of a cpu kernel')
    const backend = this.#backend
    let next = 0
    const bind = ({ shape, dtype }: tf.TensorInfo): tf.TensorInfo => {
      const dataId = backend.adopt(at(reads[next++]!))
      this.#adopted.push(dataId)
      return { dataId, shape, dtype }
    }
    // Concat and its like are given a list instead of names.
    const inputs = (Array.isArray(run.inputs) ? [] : {}) as Record<
      string,
      tf.TensorInfo | tf.TensorInfo[]
    >
    for (const [name, tensor] of Object.entries(run.inputs) as [string, tf.TensorInfo][]) {
      inputs[name] = Array.isArray(tensor) ? (tensor as tf.TensorInfo[]).map(bind) : bind(tensor)
    }
    const params = {
      inputs: inputs as tf.NamedTensorInfoMap,
      backend,
      ...(run.attrs && { attrs: run.attrs }),
    }
    return () => {
      for (const [i, output] of [run.kernelFunc(params)].flat().entries()) {
        backend.copyTo(at(writes[i]!).address, backend.dataOf(output.dataId))
        backend.disposeData(output.dataId)
      }
    }
  }

  /** The pinned place of a variable, by an object of its own. */
  #pinned(variable: tf.Variable): SimdData {
    const pin = this.#pins.hold(variable)
    this.#held.push(pin)
    this.#pins.restore(pin)
    return SimdData.at(this.#backend.heap, variable.dtype, pin.address, sizeOf(variable.shape) * 4)
  }

  /** Room of the program's own for data of that size. */
  #block({ dtype, bytes }: SimdData): SimdData {
    return SimdData.at(this.#backend.heap, dtype, this.#reserve(bytes), bytes)
  }

  #reserve(bytes: number): number {
    const address = this.#backend.heap.allocate(bytes)
    this.#blocks.push({ address, bytes })
    return address
  }
}

function unfit(name: string, length: number, { bytes, dtype }: SimdData): RangeError {
  return new RangeError(
    `output "${name}" has ${bytes / 4} values of ${dtype}, the array given for it ${length} of float32; give one that fits`,
  )
}
