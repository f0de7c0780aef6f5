import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Box, Discrete, make } from 'gymnasium-js'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { A2c, Dqn, Ppo } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { assignVariables, readVariables } from '../../src/training/index.ts'
import {
  digestOf,
  type FileStore,
  loadModel,
  manifestChecksum,
  memoryStore,
  type Model,
  saveModel,
} from '../../src/storage/index.ts'
import { directoryStore, disk, makeFolder } from '../../src/storage/directory.ts'
import { faulty } from './faulty-files.ts'
import { inRepository } from '../helpers/wn-rl.ts'
import { smallA2c, smallDqn } from '../helpers/agents.ts'
import { expectNear } from '../helpers/tensors.ts'

const model: Model = {
  agent: 'dqn',
  globalStep: 42,
  observationSpace: new Box({ low: [-1, -Infinity], high: [1, Infinity] }),
  actionSpace: new Discrete(3, 5),
  options: { gamma: 0.9, network: [] },
  tensors: { '0/w': { shape: [2, 1], data: Float32Array.of(0.1, -3) } },
}

/** What replaces it. */
const better: Model = {
  ...model,
  globalStep: 43,
  tensors: { '0/w': { shape: [2, 1], data: Float32Array.of(7, 8) } },
}

let folder: string
beforeAll(async () => {
  await useBackend('cpu')
  folder = await mkdtemp(join(tmpdir(), 'wn-rl-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function saved(): Promise<FileStore> {
  const store = memoryStore('runs/x')
  await saveModel(store, model)
  return store
}

/** Replaces a text in the manifest; its checksum stays as it was. */
async function alter(store: FileStore, from: string | RegExp, to: string): Promise<void> {
  const text = new TextDecoder().decode(await store.read('model.json'))
  expect(text).toMatch(from)
  await store.write('model.json', new TextEncoder().encode(text.replace(from, to)))
}

/** Replaces a text in the manifest, and its checksum, as whoever means harm can. */
async function edit(store: FileStore, from: string | RegExp, to: string): Promise<void> {
  await alter(store, from, to)
  const text = new TextDecoder().decode(await store.read('model.json'))
  if (!text.trimEnd().endsWith('}')) return // torn
  const manifest = JSON.parse(text) as object
  const signed = { ...manifest, sha256: manifestChecksum(manifest) }
  await store.write('model.json', new TextEncoder().encode(JSON.stringify(signed, undefined, 2)))
}

/** The one file of weights. */
async function weightsFile(store: FileStore): Promise<string> {
  const names = (await store.list()).filter((name) => name !== 'model.json')
  expect(names).toEqual([expect.stringMatching(/^model-[0-9a-f]{12}\.safetensors$/)])
  return names[0]!
}

/** A store that fails from the given call on, as a crash would. */
function crashing(store: FileStore, at: 'write' | 'remove', name: RegExp): FileStore {
  const crash = (file: string, work: () => Promise<void>) =>
    name.test(file) ? Promise.reject(new Error('crash')) : work()
  return {
    ...store,
    write: (file, bytes) =>
      at === 'write' ? crash(file, () => store.write(file, bytes)) : store.write(file, bytes),
    remove: (file) =>
      at === 'remove' ? crash(file, () => store.remove(file)) : store.remove(file),
  }
}

describe('a model', () => {
  test('is read as it was written, with its spaces', async () => {
    const { observationSpace, actionSpace, ...rest } = await loadModel(await saved())
    const { observationSpace: obs, actionSpace: act, ...written } = model
    expect(rest).toEqual({ ...written, statistics: [] })
    expect(observationSpace.equals(obs)).toBe(true)
    expect(actionSpace.equals(act)).toBe(true)
  })

  test('is two files on disk, and nothing else is left there', async () => {
    const at = join(folder, 'a', 'b')
    await saveModel(directoryStore(at), model)
    await saveModel(directoryStore(at), { ...model, globalStep: 43 })
    expect((await readdir(at)).sort()).toEqual([
      await weightsFile(directoryStore(at)),
      'model.json',
    ])
    expect((await loadModel(directoryStore(at))).globalStep).toBe(43)
  })

  test('replaces the one before, and removes its weights', async () => {
    const at = join(folder, 'replaced')
    await saveModel(directoryStore(at), model)
    const before = await weightsFile(directoryStore(at))
    await writeFile(join(at, `${before}.tmp`), 'left by a crash')
    await writeFile(join(at, 'notes.txt'), "the user's own")
    await saveModel(directoryStore(at), better)
    const names = await readdir(at)
    expect(names).toHaveLength(3)
    expect(names).toContain('notes.txt')
    expect(names).not.toContain(before)
    expect((await loadModel(directoryStore(at))).tensors).toEqual(better.tensors)
  })

  test.each([
    ['while the weights are written', 'write', /safetensors/, model],
    ['between weights and manifest', 'write', /json/, model],
    ['before the old weights are removed', 'remove', /safetensors/, better],
  ] as const)('is whole after a crash %s', async (_, at, name, expected) => {
    const store = await saved()
    await expect(saveModel(crashing(store, at, name), better)).rejects.toThrow('crash')
    expect((await loadModel(store)).tensors).toEqual(expected.tensors)
    await saveModel(store, better)
    await weightsFile(store)
    expect((await loadModel(store)).globalStep).toBe(43)
  })

  test('of an agent goes through a folder', async () => {
    const agent = smallDqn()
    await agent.save(join(folder, 'agent'))
    const loaded = await Dqn.load(join(folder, 'agent'))
    expect(loaded.digest()).toBe(agent.digest())
    agent.dispose()
    loaded.dispose()
  })

  test('torn on disk is refused by name', async () => {
    const at = join(folder, 'torn')
    await saveModel(directoryStore(at), model)
    const file = join(at, await weightsFile(directoryStore(at)))
    await writeFile(file, (await readFile(file)).subarray(0, -1))
    await expect(loadModel(directoryStore(at))).rejects.toThrow(
      `${file} does not match the checksum`,
    )
  })

  test('with altered weights is refused by name', async () => {
    const store = await saved()
    const file = await weightsFile(store)
    const bytes = (await store.read(file)).slice()
    bytes[bytes.length - 1]! ^= 1
    await store.write(file, bytes)
    await expect(loadModel(store)).rejects.toThrow(
      `runs/x/${file} does not match the checksum in model.json`,
    )
  })

  test.each<[string, string | RegExp, string, RegExp]>([
    ['torn', /\}\s*$/, '', /runs\/x\/model\.json is not JSON/],
    ['of another format', 'wn-rl model', 'other', /runs\/x\/model\.json.*format/],
    ['of another version', '"version": 1', '"version": 2', /version/],
    ['without a count', '"globalStep": 42,', '', /globalStep/],
    ['with a negative count', '"globalStep": 42', '"globalStep": -1', /globalStep/],
    ['with an unknown key', '"agent"', '"extra": 1, "agent"', /extra/],
    ['naming another file', /"file": "[^"]*"/, '"file": "../../etc/passwd"', /weights\.file/],
    ['with a space beyond memory', '"shape": [', '"shape": [1000000000,', /observationSpace has/],
    [
      'with such a space in another',
      '"kind": "box"',
      '"kind": "dict", "spaces": { "a": { "kind": "box", "shape": [1000000000], "low": 0, "high": 1 } }',
      /observationSpace has 1000000000 numbers/,
    ],
    ['with another checksum', /"sha256": "..../, '"sha256": "0000', /does not match the checksum/],
    [
      'with a space that is none',
      '"kind": "box"',
      '"kind": "sphere"',
      /runs\/x\/model\.json: observationSpace is not a space/,
    ],
  ])('%s is refused by name', async (_, from, to, message) => {
    const store = await saved()
    await edit(store, from, to)
    await expect(loadModel(store)).rejects.toThrow(message)
  })

  test.each([
    ['option', '"gamma": 0.9', '"gamma": 0.8'],
    ['agent', '"dqn"', '"a2c"'],
    ['count', '"globalStep": 42', '"globalStep": 41'],
    ['checksum', /"sha256": "(.{64})"\s*\}\s*$/, `"sha256": "${'0'.repeat(64)}" }`],
  ])('with an altered %s is refused by name', async (_, from, to) => {
    const store = await saved()
    await alter(store, from, to)
    await expect(loadModel(store)).rejects.toThrow(
      'runs/x/model.json does not match its own checksum',
    )
  })

  test('whose manifest was only laid out anew is read', async () => {
    const store = await saved()
    await alter(store, /\s*\n\s*/g, ' ')
    expect((await loadModel(store)).globalStep).toBe(42)
  })

  test.each([
    ['layer', /"units": \d+/, '"units": 1000000000'],
    ['number of actions', '"n": 2', '"n": 1000000000'],
  ])('with an absurd %s takes no memory for it', async (_, from, to) => {
    const agent = smallDqn()
    const store = memoryStore('runs/x')
    await agent.save(store)
    agent.dispose()
    await edit(store, from, to)
    const before = tf.memory().numTensors
    await expect(Dqn.load(store)).rejects.toThrow(/runs\/x: its network needs at least \d+ weights/)
    expect(tf.memory().numTensors).toBe(before)
  })

  test('with an absurd layer takes no memory for it, whatever its actions are', async () => {
    const agent = smallA2c({ env: () => make('Pendulum-v1') })
    const store = memoryStore('runs/x')
    await agent.save(store)
    agent.dispose()
    await edit(store, /"units": \d+/, '"units": 1000000000')
    await expect(A2c.load(store)).rejects.toThrow(/runs\/x: its network needs at least \d+ weights/)
  })

  test('that is missing is an error that names the place', async () => {
    await expect(loadModel(memoryStore('nowhere'))).rejects.toThrow(/nowhere\/model\.json/)
    await expect(loadModel(directoryStore(join(folder, 'nowhere')))).rejects.toThrow(
      /nowhere.*model\.json/,
    )
  })

  test.each(['__proto__', '\\u005f_proto__'])('with a key %s is refused by name', async (key) => {
    const store = await saved()
    await edit(store, '"gamma": 0.9', `"${key}": { "polluted": 1 }, "gamma": 0.9`)
    await expect(loadModel(store)).rejects.toThrow(/^runs\/x\/model\.json has a key __proto__/)
    expect('polluted' in {}).toBe(false)
  })

  test('whose weights are larger than they should be are not even read', async () => {
    const store = await saved()
    const asked: unknown[] = []
    const watched = {
      ...store,
      read: (name: string, maxBytes?: number) => {
        asked.push(maxBytes)
        return store.read(name, maxBytes)
      },
    }
    await loadModel(watched)
    const bytes = (await store.read(await weightsFile(store))).length
    expect(asked).toEqual([expect.any(Number), bytes])
    await store.write(await weightsFile(store), new Uint8Array(bytes + 1))
    await expect(loadModel(store)).rejects.toThrow(
      /runs\/x\/model-.*\.safetensors has \d+ bytes, \d+ at most were expected/,
    )
  })

  test('whose options do not suit the agent is refused, naming the option', async () => {
    const agent = smallDqn()
    const store = memoryStore()
    await agent.save(store)
    agent.dispose()
    await edit(store, /"gamma": [\d.]+/, '"gamma": 7')
    await expect(Dqn.load(store)).rejects.toThrow(/gamma is 7/)
  })
})

describe('a disk that fails', () => {
  test.each(['ENOSPC', 'EIO', 'EACCES'])(
    'with %s at any operation leaves the model before, and says what it could not do',
    async (code) => {
      for (let at = 0; ; at++) {
        const path = join(folder, `${code}-${at}`)
        await saveModel(directoryStore(path), model)
        const { files, wasReached } = faulty(disk, { at, code })
        const error: unknown = await saveModel(directoryStore(path, files), better).catch(
          (caught: unknown) => caught,
        )
        if (!wasReached()) {
          expect(at).toBeGreaterThanOrEqual(8) // two files written, flushed, renamed, and their names flushed
          break
        }
        expect((error as Error).message).toContain(path)
        expect((error as Error).message).toContain(`(${code})`)
        expect([42, 43]).toContain((await loadModel(directoryStore(path))).globalStep)
        await saveModel(directoryStore(path), better)
        expect(await readdir(path)).toHaveLength(2)
      }
    },
  )
})

test('the model of version 1 that was kept is read as it was written', async () => {
  const kept = inRepository('test/golden/data/model-v1')
  const { agent, globalStep, options, tensors } = await loadModel(directoryStore(kept))
  expect({ agent, globalStep }).toEqual({ agent: 'dqn', globalStep: 120 })
  expect(options['gamma']).toBe(0.99)
  expect(digestOf(tensors)).toBe('4c87104fa58d2753136f2a6863b76c8ab73cb52db163a53712cb24e08a08dfae')
  const loaded = await Dqn.load(kept)
  const qValues = loaded.qValues(Float32Array.of(0.01, -0.02, 0.03, 0.04, -1, 0.5, 0.1, -0.5))
  for (const [i, q] of [-0.96909, 0.08964, 0.120435, 3.315436].entries())
    expect(qValues[i]).toBeCloseTo(q, 4)
  loaded.dispose()
})

/** Written by 0.1.0, with what it found: π(a|s) or means, values, and the best actions. */
const KEPT = [
  {
    name: 'model-v1-a2c',
    Agent: A2c,
    globalStep: 92,
    digest: 'b0fc586a1e8e84576ae2c7d38bc498a3367cfde48ae8fc0b976284c1371920aa',
    obs: [0.01, -0.02, 0.03, 0.04, -1, 0.5, 0.1, -0.5],
    probabilities: [0.50753, 0.49247, 0.582578, 0.417422],
    values: [-0.183603, -0.44739],
    actions: [0, 0],
  },
  {
    name: 'model-v1-shared-trunk', // of PPO, for continuous actions, under batch normalization
    Agent: Ppo,
    globalStep: 96,
    digest: 'ef1e1056304c4e088ac6aff05e4d2b22c134246f3899d02d4af9a8be84633936',
    obs: [0.5, -0.5, 3, -1, 0.1, -7],
    probabilities: [0.07806, -0.007129],
    values: [-0.066032, 0.203444],
    actions: [0.07806, -0.007129],
  },
] as const

test.each(KEPT)(
  'the $name that was kept acts as it did, and is written with the same names',
  async ({ name, Agent, obs, ...kept }) => {
    const { tensors } = await loadModel(directoryStore(inRepository(`test/golden/data/${name}`)))
    const agent = await Agent.load(inRepository(`test/golden/data/${name}`))
    expect(agent.globalStep).toBe(kept.globalStep)
    expect(agent.digest()).toBe(kept.digest)
    const x = Float32Array.from(obs)
    expectNear(agent.probabilities(x), kept.probabilities, 1e-5)
    expectNear(agent.values(x), kept.values, 1e-5)
    expectNear(agent.actBatch(x, { deterministic: true }), kept.actions, 1e-5)
    const store = memoryStore()
    await agent.save(store)
    expect((await loadModel(store)).tensors).toEqual(tensors)
    agent.dispose()
  },
)

describe('a folder', () => {
  test('is made with those above it, and may exist', async () => {
    const path = join(folder, 'x', 'y', 'z')
    await makeFolder(path)
    await makeFolder(path)
    expect(await readdir(path)).toEqual([])
  })

  test('below a file is refused', async () => {
    await writeFile(join(folder, 'file'), '')
    const says = `${join(folder, 'file')} is a file, not a folder`
    await expect(makeFolder(join(folder, 'file', 'x', 'y'))).rejects.toThrow(says)
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow(says)
  })

  test.runIf(process.platform === 'linux')(
    'where the kernel makes none is refused, and not waited for',
    async () => {
      await expect(makeFolder('/proc/nowhere/x')).rejects.toThrow(/ENOENT/)
    },
  )
})

describe('parameters', () => {
  const variables = () => ({ w: tf.variable(tf.zeros([2, 1])), b: tf.variable(tf.zeros([1])) })
  const values = {
    w: { shape: [2, 1], data: Float32Array.of(1, 2) },
    b: { shape: [1], data: Float32Array.of(3) },
  }

  test('go to the host and back', () => {
    const to = variables()
    assignVariables(to, values, 'file')
    expect(readVariables(to)).toEqual(values)
  })

  test('read are copies', () => {
    const from = variables()
    readVariables(from)['w']!.data[0] = 9
    expect([...from.w.dataSync()]).toEqual([0, 0])
  })

  test('that do not fit are refused, naming the source and the tensor', () => {
    const assign = (given: object) => () => assignVariables(variables(), given as never, 'file')
    expect(assign({ w: values.w })).toThrow('file lacks tensor "b"')
    expect(assign({ ...values, c: values.b })).toThrow(
      'file has a tensor "c" that this network has not',
    )
    expect(assign({ ...values, b: values.w })).toThrow(/file: tensor "b" has shape \[2, 1\].*\[1\]/)
    expect(assign(JSON.parse('{"__proto__": 1}') as object)).toThrow(
      /file has a tensor "__proto__"/,
    )
  })
})
