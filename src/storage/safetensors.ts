/**
 * The safetensors file format: a JSON header and raw little-endian numbers. It holds numbers and nothing that can
 * run. Every length is checked before anything is read or allocated by it.
 *
 * Layout: 8 bytes header length (little-endian), header, data. The header maps each name to its dtype, shape and
 * byte range. Source: the format's description at github.com/huggingface/safetensors.
 *
 * Models hold float32 only; states of learning hold any dtype of `DTYPES`. Left out on purpose: 64-bit integers and
 * the short floats, which nothing here has.
 */
import type { DType, TypedArray } from 'gymnasium-js'
import type { StateTensors } from '../state.ts'

export interface HostTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export type HostTensors = Readonly<Record<string, HostTensor>>

/** Numbers of one dtype, which their array tells. */
interface AnyTensor {
  readonly shape: readonly number[]
  readonly data: TypedArray
}

type MadeOfBytes = new (buffer: ArrayBuffer) => TypedArray

/** The format's names of our dtypes, and the arrays that hold them. */
const DTYPES: Readonly<Record<string, { readonly dtype: DType; readonly Values: MadeOfBytes }>> = {
  F32: { dtype: 'float32', Values: Float32Array },
  F64: { dtype: 'float64', Values: Float64Array },
  I8: { dtype: 'int8', Values: Int8Array },
  I16: { dtype: 'int16', Values: Int16Array },
  I32: { dtype: 'int32', Values: Int32Array },
  U8: { dtype: 'uint8', Values: Uint8Array },
  U16: { dtype: 'uint16', Values: Uint16Array },
  U32: { dtype: 'uint32', Values: Uint32Array },
}

const LENGTH_BYTES = 8
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000
/** On all engines of today; the others swap. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * @returns the file's bytes; tensors in name order, the data aligned to 8 bytes
 * @throws RangeError for more tensors than can be read again
 */
export function encodeSafetensors(tensors: Readonly<Record<string, AnyTensor>>): Uint8Array {
  const names = Object.keys(tensors).sort()
  const header: Record<string, unknown> = {}
  let end = 0
  for (const name of names) {
    const { shape, data } = tensors[name]!
    const begin = end
    end += data.byteLength
    header[name] = { dtype: formatName(data, name), shape, data_offsets: [begin, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  if (json.length > MAX_HEADER_BYTES - LENGTH_BYTES) {
    throw new RangeError(
      `${names.length} tensors need a header of ${json.length} bytes, and ${MAX_HEADER_BYTES} are the most`,
    )
  }
  const padding = (LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES
  const start = LENGTH_BYTES + json.length + padding
  const file = new Uint8Array(start + end).fill(0x20, LENGTH_BYTES, start) // the header is padded with spaces
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length + padding), true)
  file.set(json, LENGTH_BYTES)
  let at = start
  for (const name of names) {
    const { data } = tensors[name]!
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    toLittleEndian(file.subarray(at, at + data.byteLength), data.BYTES_PER_ELEMENT)
    at += data.byteLength
  }
  return file
}

/**
 * @param file the bytes of a safetensors file
 * @param source names the file in errors
 * @throws Error naming the file and the reason, for anything that is not a whole, well-formed float32 file
 */
export function decodeSafetensors(file: Uint8Array, source: string): HostTensors {
  const tensors = decode(file, source, ['F32'])
  return Object.fromEntries(
    tensors.map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]),
  )
}

/** Like `decodeSafetensors`, for tensors of any dtype that we write. */
export function decodeStateTensors(file: Uint8Array, source: string): StateTensors {
  return Object.fromEntries(decode(file, source, Object.keys(DTYPES)))
}

/** @param allowed the format's names of dtypes */
function decode(file: Uint8Array, source: string, allowed: readonly string[]) {
  const fail = (reason: string) =>
    new Error(`${source} is not a readable safetensors file: ${reason}`)
  if (file.length < LENGTH_BYTES) throw fail('it is shorter than its own length field')
  const headerBytes = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(
    0,
    true,
  )
  if (headerBytes > MAX_HEADER_BYTES || Number(headerBytes) > file.length - LENGTH_BYTES) {
    throw fail(`its header claims ${headerBytes} bytes of a file of ${file.length}`)
  }
  const start = LENGTH_BYTES + Number(headerBytes)
  const entries = parseHeader(file.subarray(LENGTH_BYTES, start), fail)
  let expected = 0
  const ranges = entries.map(([name, entry]) => {
    const read = readEntry(name, entry, allowed, fail)
    if (read.begin !== expected || read.end > file.length - start) {
      throw fail(`the bytes of tensor "${name}" are not where they should be`)
    }
    expected = read.end
    return [name, read] as const
  })
  if (expected !== file.length - start) throw fail('bytes follow that belong to no tensor')
  return ranges.map(([name, { dtype, shape, Values, begin, end }]) => {
    const bytes = new Uint8Array(end - begin) // a copy, so that it is aligned, whatever `file` is a view of
    bytes.set(file.subarray(start + begin, start + end))
    const data = new Values(bytes.buffer)
    toLittleEndian(bytes, data.BYTES_PER_ELEMENT)
    return [name, { dtype, shape, data }] as const
  })
}

type Fail = (reason: string) => Error

/** The header's entries in the order of their data. */
function parseHeader(bytes: Uint8Array, fail: Fail): [string, unknown][] {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw fail('its header is not JSON')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw fail('its header is not an object')
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  return entries.sort(([, a], [, b]) => offset(a, 0) - offset(b, 0) || offset(a, 1) - offset(b, 1))
}

/** Where an entry's bytes begin (0) or end (1): an empty tensor comes before the one that begins where it does. */
function offset(entry: unknown, which: 0 | 1): number {
  const offsets = (entry as { data_offsets?: unknown[] } | null)?.data_offsets
  const value = Array.isArray(offsets) ? offsets[which] : undefined
  return typeof value === 'number' ? value : 0
}

function readEntry(name: string, entry: unknown, allowed: readonly string[], fail: Fail) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  if (name === '__proto__') throw fail('a tensor is called __proto__')
  if (typeof dtype !== 'string' || !allowed.includes(dtype)) {
    const known = allowed.join(', ')
    throw fail(`tensor "${name}" has dtype ${JSON.stringify(dtype)}, not ${known}`)
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw fail(`tensor "${name}" has no proper shape and data_offsets`)
  }
  const { Values, dtype: ours } = DTYPES[dtype]!
  const [begin, end] = offsets as [number, number]
  const bytes = shape.reduce((product, size) => product * size, bytesPerElement(Values))
  if (end - begin !== bytes)
    throw fail(`tensor "${name}" has ${end - begin} bytes, but its shape needs ${bytes}`)
  return { dtype: ours, shape, Values, begin, end }
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  )
}

function formatName(data: TypedArray, name: string): string {
  const found = Object.entries(DTYPES).find(([, { Values }]) => data instanceof Values)
  if (found) return found[0]
  throw new TypeError(`tensor "${name}" is held by ${data.constructor.name}, which has no dtype`)
}

function bytesPerElement(Values: MadeOfBytes): number {
  return (Values as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT
}

/** Between the engine's order of bytes and the file's, in place; does nothing where they are the same. */
function toLittleEndian(bytes: Uint8Array, size: number): void {
  if (IS_LITTLE_ENDIAN) return
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse()
}
