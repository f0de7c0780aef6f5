/**
 * The safetensors file format: a JSON header and raw little-endian float32 data. It holds numbers and nothing that
 * can run. Every length is checked before anything is read or allocated by it.
 *
 * Layout: 8 bytes header length (little-endian), header, data. The header maps each name to its dtype, shape and
 * byte range. Source: the format's description at github.com/huggingface/safetensors.
 *
 * Left out on purpose: dtypes other than F32.
 */

export interface HostTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export type HostTensors = Readonly<Record<string, HostTensor>>

const LENGTH_BYTES = 8
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000
const BYTES = Float32Array.BYTES_PER_ELEMENT

/** @returns the file's bytes; tensors in name order, the data aligned to 8 bytes */
export function encodeSafetensors(tensors: HostTensors): Uint8Array {
  const names = Object.keys(tensors).sort()
  const header: Record<string, unknown> = {}
  let end = 0
  for (const name of names) {
    const { shape, data } = tensors[name]!
    const begin = end
    end += data.length * BYTES
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padding = (LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES
  const start = LENGTH_BYTES + json.length + padding
  const file = new Uint8Array(start + end).fill(0x20, LENGTH_BYTES, start) // the header is padded with spaces
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(json.length + padding), true)
  file.set(json, LENGTH_BYTES)
  let at = start
  for (const name of names) {
    for (const value of tensors[name]!.data) {
      view.setFloat32(at, value, true)
      at += BYTES
    }
  }
  return file
}

/**
 * @param file the bytes of a safetensors file
 * @param source names the file in errors
 * @throws Error naming the file and the reason, for anything that is not a whole, well-formed float32 file
 */
export function decodeSafetensors(file: Uint8Array, source: string): HostTensors {
  const fail = (reason: string) =>
    new Error(`${source} is not a readable safetensors file: ${reason}`)
  if (file.length < LENGTH_BYTES) throw fail('it is shorter than its own length field')
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const headerBytes = view.getBigUint64(0, true)
  if (headerBytes > MAX_HEADER_BYTES || Number(headerBytes) > file.length - LENGTH_BYTES) {
    throw fail(`its header claims ${headerBytes} bytes of a file of ${file.length}`)
  }
  const start = LENGTH_BYTES + Number(headerBytes)
  const entries = parseHeader(file.subarray(LENGTH_BYTES, start), fail)
  const tensors = new Map<string, HostTensor>()
  let expected = 0
  for (const [name, entry] of entries) {
    const { shape, begin, end } = readEntry(name, entry, fail)
    if (begin !== expected || end > file.length - start) {
      throw fail(`the bytes of tensor "${name}" are not where they should be`)
    }
    expected = end
    const data = new Float32Array((end - begin) / BYTES)
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + begin + i * BYTES, true)
    tensors.set(name, { shape, data })
  }
  if (expected !== file.length - start) throw fail('bytes follow that belong to no tensor')
  return Object.fromEntries(tensors)
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

function readEntry(
  name: string,
  entry: unknown,
  fail: Fail,
): { shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  if (dtype !== 'F32') throw fail(`tensor "${name}" has dtype ${JSON.stringify(dtype)}, not F32`)
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw fail(`tensor "${name}" has no proper shape and data_offsets`)
  }
  const [begin, end] = offsets as [number, number]
  const bytes = shape.reduce((product, size) => product * size, BYTES)
  if (end - begin !== bytes)
    throw fail(`tensor "${name}" has ${end - begin} bytes, but its shape needs ${bytes}`)
  return { shape, begin, end }
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  )
}
