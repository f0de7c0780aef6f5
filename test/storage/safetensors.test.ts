import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeStateTensors } from '../../src/storage/index.ts'
import {
  decodeSafetensors,
  digestOf,
  encodeSafetensors,
  type HostTensors,
} from '../../src/storage/index.ts'
import { fc } from '../helpers/properties.ts'

const tensors: HostTensors = {
  b: { shape: [2], data: Float32Array.of(1.5, -2) },
  'a/v': { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
}

/** A file with this header and these bytes of data, well-formed or not. */
function fileOf(header: unknown, data = 0, headerBytes?: number): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  )
  const file = new Uint8Array(8 + json.length + data)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes ?? json.length), true)
  file.set(json, 8)
  return file
}

const entry = (begin: number, end: number, changes = {}) => ({
  dtype: 'F32',
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
  ...changes,
})

describe('a safetensors file', () => {
  test('gives back what was written', () => {
    expect(decodeSafetensors(encodeSafetensors(tensors), 'file')).toEqual(tensors)
  })

  test('gives back any numbers, names and shapes, from any place in memory', () => {
    const tensor = fc
      .array(fc.float(), { maxLength: 6 })
      .map((data) => ({ shape: [data.length], data: Float32Array.from(data) }))
    const named = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
      tensor,
    )
    fc.assert(
      fc.property(named, fc.nat(7), (tensors, offset) => {
        const file = encodeSafetensors(tensors)
        const moved = new Uint8Array(file.length + offset).subarray(offset)
        moved.set(file)
        const read = decodeSafetensors(moved, 'file')
        expect(Object.keys(read).sort()).toEqual(Object.keys(tensors).sort())
        for (const [name, value] of Object.entries(tensors)) expect(read[name]).toEqual(value)
      }),
    )
  })

  test('gives back an empty tensor, wherever its name comes', () => {
    const empty = { shape: [0, 3], data: new Float32Array() }
    const one = { shape: [], data: Float32Array.of(7) }
    const both = { ' ': empty, 0: one, z: empty } // the header lists names that are integers first
    expect(decodeSafetensors(encodeSafetensors(both), 'file')).toEqual(both)
  })

  test('is laid out as the format says', () => {
    const file = encodeSafetensors(tensors)
    const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true))
    expect((8 + headerBytes) % 8).toBe(0)
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)))).toEqual({
      'a/v': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      b: { dtype: 'F32', shape: [2], data_offsets: [24, 32] },
    })
    expect(file).toHaveLength(8 + headerBytes + 32)
    expect(new DataView(file.buffer).getFloat32(8 + headerBytes + 24, true)).toBe(1.5)
  })

  test('of other writers is read too: metadata, any order of names, no padding', () => {
    const header = { z: entry(0, 4), __metadata__: { format: 'pt' }, a: entry(4, 12) }
    expect(Object.keys(decodeSafetensors(fileOf(header, 12), 'file'))).toEqual(['z', 'a'])
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /shorter than its own length field/],
    ['half a length', new Uint8Array(7), /shorter than its own length field/],
    ['a truncated header', encodeSafetensors(tensors).subarray(0, 40), /header claims/],
    ['a header of 2^63 bytes', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 128]), /header claims/],
    ['truncated data', encodeSafetensors(tensors).slice(0, -4), /"b" are not where they should be/],
    ['trailing bytes', fileOf({ a: entry(0, 4) }, 5), /bytes follow/],
    ['a header that is not JSON', fileOf('{"a":'), /not JSON/],
    ['a header that is not text', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff), /not JSON/],
    ['a header that is a list', fileOf([]), /not an object/],
    ['a header that is null', fileOf('null'), /not an object/],
    ['an entry that is null', fileOf({ a: null }), /"a" has dtype/],
    ['another dtype', fileOf({ a: entry(0, 4, { dtype: 'F16' }) }, 4), /"a" has dtype "F16"/],
    ['a shape that needs more', fileOf({ a: entry(0, 4, { shape: [2] }) }, 4), /4 bytes.*needs 8/],
    ['a negative size', fileOf({ a: entry(0, 4, { shape: [-1] }) }, 4), /no proper shape/],
    [
      'a size that is no integer',
      fileOf({ a: entry(0, 4, { shape: [1e300] }) }, 4),
      /no proper shape/,
    ],
    [
      'a size beyond memory',
      fileOf({ a: entry(0, 4, { shape: [2 ** 40] }) }, 4),
      /"a" has 4 bytes/,
    ],
    ['one offset', fileOf({ a: entry(0, 4, { data_offsets: [0] }) }, 4), /data_offsets/],
    [
      'offsets as text',
      fileOf({ a: entry(0, 4, { data_offsets: ['0', '4'] }) }, 4),
      /data_offsets/,
    ],
    [
      'offsets the wrong way round',
      fileOf({ a: entry(0, 4, { data_offsets: [4, 0] }) }, 4),
      /bytes/,
    ],
    ['overlapping tensors', fileOf({ a: entry(0, 8), b: entry(4, 12) }, 12), /"b" are not where/],
    ['a gap', fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12), /"b" are not where/],
    ['data that is not there', fileOf({ a: entry(0, 8) }, 4), /"a" are not where/],
  ])('with %s is refused by name', (_, file, message) => {
    expect(() => decodeSafetensors(file, 'dir/model.safetensors')).toThrow(message)
    expect(() => decodeSafetensors(file, 'dir/model.safetensors')).toThrow(
      /^dir\/model\.safetensors is not a readable safetensors file: /,
    )
  })

  test('with a tensor named __proto__ is refused by name', () => {
    const file = fileOf('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)
    expect(() => decodeSafetensors(file, 'file')).toThrow(/^file is not .*called __proto__/)
  })

  test('of a model holds float32 only; states may hold more', () => {
    const file = encodeSafetensors({ a: { shape: [2], data: Int32Array.of(-1, 2) } })
    expect(() => decodeSafetensors(file, 'file')).toThrow('tensor "a" has dtype "I32", not F32')
    expect(decodeStateTensors(file, 'file')).toEqual({
      a: { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 2) },
    })
  })

  test('read through Node is copied, whatever its place in memory', () => {
    const tensors = { a: { shape: [1], data: Float64Array.of(0.1) } }
    const read = decodeStateTensors(Buffer.from(encodeSafetensors(tensors)), 'file')
    expect(read['a']!.data).toEqual(tensors.a.data)
    expect(read['a']!.data.buffer.byteLength).toBe(8)
  })
})

describe('a digest', () => {
  test('is the SHA-256 of the tensors in name order', () => {
    const { b, 'a/v': v } = tensors
    expect(digestOf({ 'a/v': v!, b: b! })).toBe(digestOf(tensors))
    const sha256 = createHash('sha256').update(encodeSafetensors(tensors)).digest('hex')
    expect(digestOf(tensors)).toBe(sha256)
  })

  test('changes with any value, name or shape', () => {
    const digests = [
      tensors,
      { ...tensors, b: { shape: [2], data: Float32Array.of(1.5, -2.0000002) } },
      { ...tensors, b: { shape: [2, 1], data: Float32Array.of(1.5, -2) } },
      { c: tensors['b']!, 'a/v': tensors['a/v']! },
    ].map(digestOf)
    expect(new Set(digests).size).toBe(4)
  })
})
