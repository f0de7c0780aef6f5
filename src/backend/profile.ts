/** Where the time of a program goes: for those who look for what is slow. */
import * as tf from '@tensorflow/tfjs-core'
import type { Profile } from './capture.ts'
import { recordingOf } from './compile.ts'
import type { Program, ProgramInputs, Signature } from './program.ts'

/**
 * Runs a program step by step and measures each.
 *
 * @param now a clock, in the unit that the times shall have
 * @param profile an empty array on the first call, the same one on later calls, which add to it
 * @throws Error on a backend that does not capture programs
 */
export function profileProgram<S extends Signature, O extends string>(
  program: Program<S, O>,
  inputs: ProgramInputs<S>,
  now: () => number,
  profile: Profile,
): void {
  const recording = recordingOf(program, inputs)
  if (!recording)
    throw new Error(`the backend "${tf.getBackend()}" does not capture programs; choose simd`)
  recording.profile(inputs, now, profile)
}
