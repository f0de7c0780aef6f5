/** What `compile` asks of a backend that can record a program and replay it. */
import type { Signature, TensorFunction } from './program.ts'

export type NamedArrays = Readonly<Record<string, ArrayLike<number>>>

/** A program for one set of input shapes. */
export interface CapturedProgram {
  /** Runs the function once, for its results and for the recording. */
  record(fn: TensorFunction, specs: Signature, inputs: NamedArrays): Record<string, Float32Array>
  /** Runs the recording on other inputs. */
  replay(inputs: NamedArrays): Record<string, Float32Array>
  /** As `replay`, into arrays of the outputs' lengths; allocates nothing. */
  replayInto(inputs: NamedArrays, outputs: Readonly<Record<string, Float32Array>>): void
  /** As `replay`, step by step, adding the time of each to its entry. @param now a clock, in any unit */
  profile(inputs: NamedArrays, now: () => number, profile: Profile): void
  /** Frees what the recording holds. */
  dispose(): void
}

/** Where a program's time goes: one entry per step of its plan, in order. */
export type Profile = { readonly name: string; time: number }[]

export interface CapturingBackend {
  program(): CapturedProgram
}

export function isCapturing(backend: object): backend is CapturingBackend {
  return 'program' in backend
}
