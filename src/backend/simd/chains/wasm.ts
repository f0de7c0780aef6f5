/**
 * As much of WebAssembly's binary format as chains need: instructions as bytes, and a module of functions that take an
 * address and return nothing.
 *
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */
/** Instructions. */
export type Code = readonly number[]

export type LocalType = 'i32' | 'v128'

const TYPE: Readonly<Record<LocalType, number>> = { i32: 0x7f, v128: 0x7b }
const FUNCTION_TYPE = 0x60
const NO_RESULT = 0x40

/** A function without results whose one parameter, local 0, is an i32. */
export interface WasmFunction {
  /** Types of its locals from 1 on. */
  readonly locals: readonly LocalType[]
  readonly code: Code
}

/** A module that imports the memory `env.memory` and exports its functions as f0, f1, … */
export function moduleOf(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const exported = functions.map((_, i) => [...text(`f${i}`), 0x00, ...unsigned(i)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic number and version
    ...section(1, [[FUNCTION_TYPE, 1, TYPE.i32, 0]]),
    ...section(2, [[...text('env'), ...text('memory'), 0x02, 0x00, 1]]), // of one page or more
    ...section(3, Array<Code>(functions.length).fill([0])),
    ...section(7, exported),
    ...section(10, functions.map(body)),
  ])
}

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
  /** Sets it, and leaves the value. */
  tee: (index: number, value: Code): Code => [...value, 0x22, ...unsigned(index)],
}

/** Adds a constant to an i32. */
export function increase(index: number, by: number): Code {
  if (by === 0) return []
  return local.set(index, [...local.get(index), 0x41, ...signed(by), 0x6a])
}

/** Runs the body `count` ≥ 1 times. @param counter an i32 */
export function repeat(counter: number, count: number, ...body: readonly Code[]): Code {
  return [
    ...local.set(counter, [0x41, ...signed(count)]),
    ...[0x03, NO_RESULT],
    ...body.flat(),
    ...local.tee(counter, [...local.get(counter), 0x41, ...signed(-1), 0x6a]),
    ...[0x0d, 0, 0x0b], // again, unless it is 0
  ]
}

/** The i32 at an address and an offset. */
export function loadWord(address: Code, offset: number): Code {
  return [...address, 0x28, 2, ...unsigned(offset)]
}

/** A SIMD instruction on operands that come before it. */
export function simd(opcode: number, ...operands: readonly Code[]): Code {
  return [...operands.flat(), 0xfd, ...unsigned(opcode)]
}

/** A SIMD instruction that reads or writes memory; `lane` for those that name one. No alignment is promised. */
export function access(
  opcode: number,
  operands: readonly Code[],
  offset: number,
  lane?: number,
): Code {
  return [
    ...simd(opcode, ...operands),
    0,
    ...unsigned(offset),
    ...(lane === undefined ? [] : [lane]),
  ]
}

/** Four times the same 32 bits. */
export function constant(word: number): Code {
  const bytes = [word, word >> 8, word >> 16, word >> 24].map((each) => each & 0xff)
  return [...simd(0x0c), ...bytes, ...bytes, ...bytes, ...bytes]
}

function body({ locals, code }: WasmFunction): Code {
  const declared = locals.map((type) => [1, TYPE[type]])
  const bytes = [...vector(declared), ...code, 0x0b]
  return [...unsigned(bytes.length), ...bytes]
}

function section(id: number, entries: readonly Code[]): Code {
  const bytes = vector(entries)
  return [id, ...unsigned(bytes.length), ...bytes]
}

function vector(entries: readonly Code[]): Code {
  return [...unsigned(entries.length), ...entries.flat()]
}

function text(ascii: string): Code {
  return vector(Array.from(ascii, (character) => [character.charCodeAt(0)]))
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))]
}

function signed(value: number): Code {
  const [low, rest] = [value & 0x7f, value >> 7]
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)
  return isLast ? [low] : [low | 0x80, ...signed(rest)]
}
