/** One call of a kernel: an operation's code and its arguments, as a record of words that the interpreter reads. */
import type { SimdData } from './data.ts'

/** Words of a record: the code and up to 23 arguments. */
export const PLAN_WORDS = 24

/** Constants of the kernels' module by name: codes of operations and of their kinds, sizes. */
export type Codes = Readonly<Record<string, number>>

export type Argument =
  | number
  | {
      readonly kind: 'read' | 'write' | 'scratch'
      readonly data: SimdData
      readonly offset?: number
    }

export interface Instruction {
  readonly code: number
  readonly args: readonly Argument[]
  /** What it is called in a profile, where the code does not say. */
  readonly name?: string
  /** Arguments whose places a result may take over, where the code does not say. */
  readonly replaceable?: readonly number[]
}

const bits = new DataView(new ArrayBuffer(4))

/** The bits of a float32, as an argument. */
export function float(value: number): number {
  bits.setFloat32(0, value, true)
  return bits.getInt32(0, true)
}

/** Writes an instruction's record. @param at index of its first word */
export function encode(
  words: Int32Array,
  at: number,
  { code, args }: Instruction,
  addressOf: (data: SimdData) => number,
): void {
  if (args.length >= PLAN_WORDS)
    throw new RangeError(`an instruction has ${args.length} arguments; ${PLAN_WORDS - 1} fit`)
  words[at] = code
  for (const [i, arg] of args.entries()) {
    words[at + 1 + i] = typeof arg === 'number' ? arg : addressOf(arg.data) + (arg.offset ?? 0)
  }
}
