/**
 * Damaged models and checkpoints: whatever is in the files, reading them ends with a clear error or with what was
 * written. `WN_RL_FUZZ` says how many of each kind are tried; `npm run test:full` tries 100,000.
 */
import { Box, Discrete } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { loadPolicy } from 'wn-rl/act'
import { encodeCheckpoint, readCheckpoint } from '../../src/storage/checkpoint.ts'
import {
  type FileStore,
  loadModel,
  manifestChecksum,
  memoryStore,
  saveModel,
  sha256Hex,
} from '../../src/storage/index.ts'
import { fc } from '../helpers/properties.ts'

const NUM_RUNS = Number(process.env['WN_RL_FUZZ'] ?? 2000)
const TIMEOUT = 3_600_000
const PLACE = 'runs/x'

type Files = Readonly<Record<string, Uint8Array>>

async function filesOf(fill: (store: FileStore) => Promise<void>): Promise<Files> {
  const store = memoryStore(PLACE)
  await fill(store)
  const names = [...(await store.list())].sort()
  const entries = names.map(async (name) => [name, await store.read(name)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

const tensors = {
  '0/w': { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) },
  '0/b': { shape: [3], data: Float32Array.of(1, 2, 3) },
}

/** What a policy says to an observation of zeros. */
async function asked(store: FileStore): Promise<object> {
  const policy = await loadPolicy(store)
  const { agent, globalStep, observationSpace, actionSpace } = policy
  const { shape = [1] } = observationSpace as { shape?: readonly number[] }
  const zeros = new Array<number>(shape.reduce((size, n) => size * n, 1)).fill(0)
  return { agent, globalStep, actionSpace, q: Array.from(policy.qValues(zeros)) }
}

const KINDS = {
  model: {
    manifest: 'model.json',
    listed: 'weights',
    read: loadModel as (store: FileStore) => Promise<object>,
    files: await filesOf((store) =>
      saveModel(store, {
        agent: 'dqn',
        globalStep: 42,
        observationSpace: new Box({ low: [-1, -Infinity], high: [1, Infinity] }),
        actionSpace: new Discrete(3, 5),
        options: { gamma: 0.9, network: [{ type: 'dense', units: 16, activation: 'relu' }] },
        tensors,
      }),
    ),
  },
  policy: {
    manifest: 'model.json',
    listed: 'weights',
    read: asked,
    files: await filesOf((store) =>
      saveModel(store, {
        agent: 'dqn',
        globalStep: 42,
        observationSpace: new Box({ low: [-1, -Infinity, 0, 0], high: [1, Infinity, 1, 1] }),
        actionSpace: new Discrete(3, 5),
        options: { network: [], normalization: 'none', scaleObservations: true },
        tensors,
      }),
    ),
  },
  checkpoint: {
    manifest: 'checkpoint.json',
    listed: 'tensors',
    read: readCheckpoint as (store: FileStore) => Promise<object>,
    files: await filesOf(async (store) => {
      const files = encodeCheckpoint({
        agent: 'a2c',
        globalStep: 42,
        library: '0.1.0',
        state: {
          json: {
            exploration: { seed: '1/exploration', c: 1, s0: 0.5 },
            learning: { obs: [1, 2] },
          },
          tensors: {
            'policy/w': { dtype: 'float32', ...tensors['0/w'] },
            obs: { dtype: 'uint8', shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) },
            sums: { dtype: 'float64', shape: [2], data: Float64Array.of(1 / 3, -0) },
          },
        },
        run: { session: { episodes: 3, returns: [1, 2, 3] } },
        files: { 'model.json': new TextEncoder().encode('{"a": 1}') },
      })
      for (const [name, bytes] of files) await store.write(name, bytes)
    }),
  },
} as const

/** Damage to bytes, by fractions of their length, so that it shrinks well. */
const damage = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bit: fc.nat(7),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('overwrite' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  // What means harm rather than what is torn: other numbers, names and keys where the JSON has some.
  fc.record({
    kind: fc.constant('edit' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    what: fc.constantFrom(
      /-?\d+(\.\d+)?/g,
      /"[^"]*"/g,
      /[[\]{},:]/g,
      /"(dtype|shape|data_offsets)"/g,
    ),
    into: fc.oneof(
      fc.constantFrom(
        '1e308',
        '-1',
        '9007199254740993',
        '4294967296',
        '0',
        'null',
        '[]',
        '{}',
        '""',
        '"__proto__"',
        '"../../x"',
        '"/etc/passwd"',
        '"F64"',
        '"I64"',
        '"U8"',
        '[1e9,1e9]',
        '"constructor"',
        '{"__proto__":{}}',
      ),
      fc.integer().map(String),
      fc.json({ maxDepth: 2 }),
    ),
  }),
)

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never

function damaged(bytes: Uint8Array, how: Damage): Uint8Array {
  const at = Math.min(bytes.length - 1, Math.floor(how.at * bytes.length))
  if (how.kind === 'cut') return bytes.slice(0, at)
  if (how.kind === 'flip') {
    const flipped = bytes.slice()
    flipped[at]! ^= 1 << how.bit
    return flipped
  }
  if (how.kind === 'edit') return edited(bytes, how)
  const rest = how.kind === 'insert' ? at : at + how.bytes.length
  return Uint8Array.from([...bytes.subarray(0, at), ...how.bytes, ...bytes.subarray(rest)])
}

/** Of a manifest all of it, of a safetensors file the header, whose length stays right. */
function edited(
  bytes: Uint8Array,
  { at, what, into }: Extract<Damage, { kind: 'edit' }>,
): Uint8Array {
  const isJson = bytes[0] === '{'.charCodeAt(0)
  if (!isJson && bytes.length < 8) return bytes
  const claimed = isJson ? 0n : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const headerEnd = isJson || claimed > bytes.length - 8 ? bytes.length : 8 + Number(claimed)
  const text = new TextDecoder().decode(bytes.subarray(isJson ? 0 : 8, headerEnd))
  const places = [...text.matchAll(what)]
  const place = places[Math.min(places.length - 1, Math.floor(at * places.length))]
  if (!place) return bytes
  const changed = text.slice(0, place.index) + into + text.slice(place.index + place[0].length)
  const encoded = new TextEncoder().encode(changed)
  if (isJson) return encoded
  const file = new Uint8Array(8 + encoded.length + bytes.length - headerEnd)
  new DataView(file.buffer).setBigUint64(0, BigInt(encoded.length), true)
  file.set(encoded, 8)
  file.set(bytes.subarray(headerEnd), 8 + encoded.length)
  return file
}

/** Makes checksums and sizes right again, as whoever means harm can; not where there is no JSON to put them in. */
function resealed(files: Record<string, Uint8Array>, manifest: string, listed: string): void {
  try {
    const json = JSON.parse(new TextDecoder().decode(files[manifest])) as Record<string, unknown>
    const entry = json[listed] as { file: string; bytes: number; sha256: string }
    const bytes = files[entry.file]
    if (bytes) Object.assign(entry, { bytes: bytes.length, sha256: sha256Hex(bytes) })
    const sealed = { ...json, sha256: manifestChecksum(json) }
    files[manifest] = new TextEncoder().encode(JSON.stringify(sealed))
  } catch {
    // then it stays as it is
  }
}

/** Bytes asked for by length while something runs. */
async function allocationsOf<T>(
  work: () => Promise<T>,
): Promise<{ bytes: number; result: T | Error }> {
  const Original = globalThis.Uint8Array
  let bytes = 0
  globalThis.Uint8Array = new Proxy(Original, {
    construct(target, args: unknown[], newTarget) {
      if (typeof args[0] === 'number') bytes += args[0]
      return Reflect.construct(target, args, newTarget) as object
    },
  })
  try {
    return { result: await work().catch((error: unknown) => error as Error), bytes }
  } finally {
    globalThis.Uint8Array = Original
  }
}

describe.each(Object.entries(KINDS))('a damaged %s', (_, { manifest, listed, read, files }) => {
  test(
    'is a clear error that names the file, and takes no more memory than its files have',
    async () => {
      const names = Object.keys(files)
      const original = JSON.stringify(await read(await storeOf(files)))
      let refused = 0
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          fc.array(damage, { minLength: 1, maxLength: 3 }),
          fc.boolean(),
          async (name, damages, sealedAgain) => {
            const broken = { ...files, [name]: damages.reduce(damaged, files[name]!) }
            if (sealedAgain) resealed(broken, manifest, listed)
            const size = Object.values(broken).reduce((sum, bytes) => sum + bytes.length, 0)
            const store = await storeOf(broken)
            const { bytes, result } = await allocationsOf(() => read(store))
            expect(bytes).toBeLessThanOrEqual(2 * size + HASH_BYTES)
            if (!(result instanceof Error)) {
              // Checksums are no signature: what was sealed again may be well-formed. Else it is what was written.
              if (!sealedAgain) expect(JSON.stringify(result)).toBe(original)
              return
            }
            refused++
            expect(result.message).toMatch(new RegExp(`^${PLACE}[/: ]`))
            expect(result.constructor).toBe(Error)
          },
        ),
        { numRuns: NUM_RUNS },
      )
      expect(refused).toBeGreaterThan(NUM_RUNS / 2)
    },
    TIMEOUT,
  )
})

/** What the hash functions ask for themselves, whatever the file. */
const HASH_BYTES = 4096

async function storeOf(files: Files): Promise<FileStore> {
  const store = memoryStore(PLACE)
  for (const [name, bytes] of Object.entries(files)) await store.write(name, bytes)
  return store
}
