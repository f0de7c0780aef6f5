import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Box, Discrete } from 'gymnasium-js'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import {
  assignVariables,
  type FileStore,
  loadModel,
  memoryStore,
  type Model,
  readVariables,
  saveModel,
  withPrefixes,
} from '../../src/training/index.ts'
import { directoryStore } from '../../src/training/directory.ts'
import { smallDqn } from '../helpers/agents.ts'

const model: Model = {
  agent: 'dqn',
  globalStep: 42,
  observationSpace: new Box({ low: [-1, -Infinity], high: [1, Infinity] }),
  actionSpace: new Discrete(3, 5),
  options: { gamma: 0.9, network: [] },
  tensors: { '0/w': { shape: [2, 1], data: Float32Array.of(0.1, -3) } },
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

/** Replaces a text in the manifest. */
async function edit(store: FileStore, from: string | RegExp, to: string): Promise<void> {
  const text = new TextDecoder().decode(await store.read('model.json'))
  expect(text).toMatch(from)
  await store.write('model.json', new TextEncoder().encode(text.replace(from, to)))
}

describe('a model', () => {
  test('is read as it was written, with its spaces', async () => {
    const { observationSpace, actionSpace, ...rest } = await loadModel(await saved())
    const { observationSpace: obs, actionSpace: act, ...written } = model
    expect(rest).toEqual(written)
    expect(observationSpace.equals(obs)).toBe(true)
    expect(actionSpace.equals(act)).toBe(true)
  })

  test('is two files on disk, and nothing else is left there', async () => {
    const at = join(folder, 'a', 'b')
    await saveModel(directoryStore(at), model)
    await saveModel(directoryStore(at), { ...model, globalStep: 43 })
    expect((await readdir(at)).sort()).toEqual(['model.json', 'model.safetensors'])
    expect((await loadModel(directoryStore(at))).globalStep).toBe(43)
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
    const file = join(at, 'model.safetensors')
    await writeFile(file, (await readFile(file)).subarray(0, -1))
    await expect(loadModel(directoryStore(at))).rejects.toThrow(
      `${file} does not match the checksum`,
    )
  })

  test('with altered weights is refused by name', async () => {
    const store = await saved()
    const bytes = (await store.read('model.safetensors')).slice()
    bytes[bytes.length - 1]! ^= 1
    await store.write('model.safetensors', bytes)
    await expect(loadModel(store)).rejects.toThrow(
      'runs/x/model.safetensors does not match the checksum in model.json',
    )
  })

  test.each<[string, string | RegExp, string, RegExp]>([
    ['torn', /\}\s*$/, '', /runs\/x\/model\.json is not JSON/],
    ['of another format', 'wn-rl model', 'other', /runs\/x\/model\.json.*format/],
    ['of another version', '"version": 1', '"version": 2', /version/],
    ['without a count', '"globalStep": 42,', '', /globalStep/],
    ['with a negative count', '"globalStep": 42', '"globalStep": -1', /globalStep/],
    ['with an unknown key', '"agent"', '"extra": 1, "agent"', /extra/],
    [
      'naming another file',
      '"file": "model.safetensors"',
      '"file": "../../etc/passwd"',
      /weights\.file/,
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

  test('that is missing is an error that names the place', async () => {
    await expect(loadModel(memoryStore('nowhere'))).rejects.toThrow(/nowhere\/model\.json/)
    await expect(loadModel(directoryStore(join(folder, 'nowhere')))).rejects.toThrow(
      /nowhere.*model\.json/,
    )
  })

  test('with a key __proto__ changes no prototype', async () => {
    const store = await saved()
    await edit(store, '"gamma": 0.9', '"__proto__": { "polluted": 1 }, "gamma": 0.9')
    const { options } = await loadModel(store)
    expect(Object.getPrototypeOf(options)).toBe(Object.prototype)
    expect(options['polluted']).toBeUndefined()
    expect('polluted' in {}).toBe(false)
  })

  test('whose options do not suit the agent is refused, naming the option', async () => {
    const store = await saved()
    await edit(store, '"gamma": 0.9', '"gamma": 7')
    await expect(Dqn.load(store)).rejects.toThrow(/gamma is 7/)
  })
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

  test('of several networks are told apart by prefixes', () => {
    const { w, b } = variables()
    expect(withPrefixes({ policy: { w }, value: { w: b } })).toEqual({
      'policy/w': w,
      'value/w': b,
    })
  })
})
