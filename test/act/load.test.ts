/** Where policies are read from, and what is refused. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Box, Dict, Discrete, type Space } from 'gymnasium-js'
import { NormalizeObservation } from 'gymnasium-js/wrappers'
import { loadPolicy } from 'wn-rl/act'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dqn, Ppo } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import {
  type FileStore,
  loadModel,
  manifestChecksum,
  memoryStore,
  saveModel,
} from '../../src/storage/index.ts'
import { inRepository } from '../helpers/wn-rl.ts'
import { cartPole, smallA2c, smallDqn, smallPpo } from '../helpers/agents.ts'
import { hitGame } from '../helpers/bounds.ts'
import { GameEnv } from '../helpers/environments.ts'

const OBS = [0.1, -0.2, 0.3, -0.4]
let folder: string
let server: Server
let address: string
/** Files that the server gives out, by path. */
const served = new Map<string, Uint8Array>()

beforeAll(async () => {
  await useBackend('simd')
  folder = await mkdtemp(join(tmpdir(), 'wn-rl-act-'))
  const agent = smallDqn()
  await agent.save(folder)
  agent.dispose()
  for (const name of await readdir(folder))
    served.set(`/games/model/${name}`, await readFile(join(folder, name)))
  server = createServer((request, response) => {
    const bytes = served.get(request.url!)
    response.statusCode = bytes ? 200 : 404
    response.end(bytes)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await new Promise((closed) => server.close(closed))
})

/** DQN on CartPole inside NormalizeObservation, after some steps. */
async function savedWithStatistics(): Promise<FileStore> {
  const agent = smallDqn({ env: () => new NormalizeObservation(cartPole()) })
  await agent.learn({ totalTimesteps: 200 })
  return saved(agent)
}

test('a model with statistics is refused unless observations come normalized', async () => {
  const store = await savedWithStatistics()
  await expect(loadPolicy(store)).rejects.toThrow(
    /^runs\/x was trained inside wrappers with statistics .*observations: 'normalized'/,
  )
  const policy = await loadPolicy(store, { observations: 'normalized' })
  const agent = await Dqn.load(store)
  expect(policy.statistics).toEqual(agent.statistics)
  expect(policy.statistics[0]).toMatchObject({ mean: expect.any(Array) as unknown })
  const obs = Float32Array.from(OBS)
  expect(policy.qValues(obs)).toEqual(agent.qValues(obs))
  expect((await loadPolicy(await saved())).statistics).toEqual([])
})

async function saved(
  agent: Dqn | ReturnType<typeof smallA2c | typeof smallPpo> = smallDqn(),
): Promise<FileStore> {
  const store = memoryStore('runs/x')
  await agent.save(store)
  agent.dispose()
  return store
}

/** Replaces a text in the manifest, and its checksum, as whoever means harm can. */
async function edit(store: FileStore, from: string | RegExp, to: string): Promise<void> {
  const text = new TextDecoder().decode(await store.read('model.json'))
  expect(text).toMatch(from)
  const manifest = JSON.parse(text.replace(from, to)) as object
  const signed = { ...manifest, sha256: manifestChecksum(manifest) }
  await store.write('model.json', new TextEncoder().encode(JSON.stringify(signed)))
}

describe('a policy is read', () => {
  test.each([
    ['a folder', () => folder],
    ['a folder with a slash', () => `${folder}/`],
    ['the URL of a folder', () => pathToFileURL(folder)],
    ['an address', () => `${address}/games/model`],
    ['a URL', () => new URL(`${address}/games/model/`)],
  ])('from %s', async (_, location) => {
    const policy = await loadPolicy(location())
    const agent = await Dqn.load(folder)
    expect(policy.qValues(OBS)).toEqual(agent.qValues(Float32Array.from(OBS)))
    expect(policy).toMatchObject({
      agent: 'dqn',
      globalStep: 0,
      backend: 'simd',
      observationSpace: { kind: 'box', shape: [4] },
      actionSpace: { kind: 'discrete', n: 2, start: 0 },
    })
    agent.dispose()
  })

  test('from any place that named files are read from', async () => {
    const store = await saved()
    const place = { location: 'my game', read: (name: string) => store.read(name) }
    expect((await loadPolicy(place)).act(OBS)).toBeTypeOf('number')
  })

  test('of an older wn-rl, which did not scale actions: agent and policy act as they did', async () => {
    const env = () => new GameEnv(hitGame(5, 10))
    const store = await saved(smallPpo({ env }))
    const read = async () => {
      const [agent, policy] = [await Ppo.load(store), await loadPolicy(store)]
      const [mean] = agent.probabilities(Float32Array.of(0.5))
      const actions = [agent.act(Float32Array.of(0.5)), policy.act([0.5])]
      agent.dispose()
      return { mean: mean!, actions: actions.map((action) => (action as Float32Array)[0]!) }
    }
    const now = await read()
    expect(now.mean).not.toBe(0)
    for (const action of now.actions) expect(action).toBe(Math.fround(7.5 + 2.5 * now.mean))
    await edit(store, /"scaleActions": ?true,/, '')
    const then = await read()
    expect(then).toEqual({ mean: now.mean, actions: [5, 5] }) // clipped
  })

  test('of version 0.1.0', async () => {
    const policy = await loadPolicy(inRepository('test/golden/data/model-v1'))
    const q = policy.qValues([0.01, -0.02, 0.03, 0.04, -1, 0.5, 0.1, -0.5])
    for (const [i, value] of [-0.96909, 0.08964, 0.120435, 3.315436].entries())
      expect(q[i]).toBeCloseTo(value, 4)
    expect(policy.globalStep).toBe(120)
  })
})

describe('refused, naming the place, is', () => {
  test.each([
    [
      'a folder that is not there',
      () => `${folder}/nowhere`,
      /nowhere\/model\.json cannot be read: it does not exist \(ENOENT\)/,
    ],
    [
      'an address that is not there',
      () => `${address}/games`,
      /http:.*\/games\/model\.json cannot be read: 404 Not Found/,
    ],
    [
      'a server that is not there',
      () => 'http://127.0.0.1:1/model',
      /http:\/\/127\.0\.0\.1:1\/model\/model\.json cannot be read/,
    ],
  ])('%s', async (_, location, message) => {
    await expect(loadPolicy(location())).rejects.toThrow(message)
  })

  test('a body that is larger than it should be', async () => {
    const store = await saved()
    const name = (await store.list()).find((each) => each.endsWith('safetensors'))!
    served.set('/large/model.json', await store.read('model.json'))
    served.set(`/large/${name}`, new Uint8Array(1_000_000))
    await expect(loadPolicy(`${address}/large`)).rejects.toThrow(
      new RegExp(`/large/${name} has \\d+ bytes, \\d+ at most were expected`),
    )
  })

  test('a file on disk that is torn', async () => {
    const torn = await mkdtemp(join(tmpdir(), 'wn-rl-act-'))
    for (const name of await readdir(folder))
      await writeFile(join(torn, name), (await readFile(join(folder, name))).subarray(0, -1))
    await expect(loadPolicy(torn)).rejects.toThrow(
      new RegExp(`^${torn}/model-.*does not match the checksum in model.json`),
    )
    await rm(torn, { recursive: true })
  })

  test('a network that is a function of the user’s own', async () => {
    const network = mlp([16])
    const own = smallDqn({ network: (options) => network(options) })
    await expect(saved(own).then((store) => loadPolicy(store))).rejects.toThrow(
      /^runs\/x: network is a function of your own/,
    )
  })

  test('a place that is none', async () => {
    await expect(
      loadPolicy({ location: 'my game', read: () => Promise.reject(new Error('no')) }),
    ).rejects.toThrow('no')
  })

  test.each<[string, string | RegExp, string, RegExp]>([
    [
      'another agent',
      '"dqn"',
      '"sac"',
      /^runs\/x holds a model of agent "sac"; known here: dqn, a2c, ppo/,
    ],
    [
      'an agent called constructor',
      '"dqn"',
      '"constructor"',
      /holds a model of agent "constructor"/,
    ],
    [
      'another normalization',
      '"weight"',
      '"spectral"',
      /^runs\/x: normalization: expected one of weight, none/,
    ],
    [
      'another layer',
      '"flatten"',
      '"dropout"',
      /^runs\/x: network\[0\]\.type: expected one of dense/,
    ],
    [
      'a layer with more to it',
      '"units": 16',
      '"units": 16, "bias": false',
      /network\[1\]\.bias: there is no such field/,
    ],
    [
      'a layer of half a unit',
      '"units": 16',
      '"units": 0.5',
      /network\[1\]\.units: expected a whole number from 1/,
    ],
    [
      'an absurd layer',
      '"units": 16',
      '"units": 1000000000',
      /^runs\/x: tensor "1\/v" has shape \[4, 16\], the network's has \[4, 1000000000\]/,
    ],
    [
      'an absurd number of actions',
      '"n": 2',
      '"n": 1000000000',
      /^runs\/x: tensor "2\/v" has shape/,
    ],
    [
      'an absurd number of atoms',
      '"distribution": "none"',
      '"distribution": "c51"',
      /^runs\/x: tensor "2\/v" has shape/,
    ],
    [
      'another activation',
      '"relu"',
      '"gelu"',
      /network\[1\]\.activation: expected one of relu, tanh, none/,
    ],
    [
      'scaling of a text',
      '"scaleObservations": true',
      '"scaleObservations": "yes"',
      /scaleObservations: expected true or false/,
    ],
    [
      'scaling of too few numbers',
      '"scaleObservations": true',
      '"scaleObservations": [1, 2]',
      /^runs\/x: scaleObservations has 2 numbers/,
    ],
    [
      'frames that are not there',
      '"frameStack": 1',
      '"frameStack": 3',
      /^runs\/x: frameStack is 3, but/,
    ],
    [
      'a network without layers',
      /"network": \[[^\]]*\]/,
      '"network": "mlp"',
      /network: expected a list of layers/,
    ],
    ['a flag that is none', '"dueling": false', '"dueling": 0', /dueling: expected true or false/],
    [
      'a window that does not fit',
      '"type": "flatten"',
      '"type": "conv2d", "filters": 1, "kernelSize": 1, "stride": 1, "activation": "relu"',
      /^runs\/x: network: a conv2d layer cannot take inputs of shape \[4\]/,
    ],
  ])('%s', async (_, from, to, message) => {
    const store = await saved()
    await edit(store, from, to)
    await expect(loadPolicy(store)).rejects.toThrow(message)
  })

  test.each([
    ['lacks tensor "1/v"', (name: string) => (name === '1/v' ? '1/w' : name)],
    ['has a tensor "other" that this network has not', undefined],
  ])('a model that %s', async (message, rename) => {
    const { tensors, ...model } = await loadModel(await saved())
    const renamed = rename
      ? Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]))
      : { ...tensors, other: { shape: [1], data: Float32Array.of(1) } }
    const store = memoryStore('runs/x')
    await saveModel(store, { ...model, tensors: renamed })
    await expect(loadPolicy(store)).rejects.toThrow(`runs/x ${message}`)
  })

  test.each<[string, 'observationSpace' | 'actionSpace', Space, RegExp]>([
    [
      'actions that DQN cannot play',
      'actionSpace',
      new Box({ low: 0, high: 1, shape: [2] }),
      /^runs\/x: dqn does not play actions of Box/,
    ],
    [
      'observations that no network takes',
      'observationSpace',
      new Dict({ a: new Discrete(2) }),
      /^runs\/x: env: observations of Dict/,
    ],
  ])('%s', async (_, name, space, message) => {
    const model = await loadModel(await saved())
    const store = memoryStore('runs/x')
    await saveModel(store, { ...model, [name]: space })
    await expect(loadPolicy(store)).rejects.toThrow(message)
  })

  test('an actor-critic’s actions of whole numbers in a box', async () => {
    const model = await loadModel(await saved(smallA2c()))
    const store = memoryStore('runs/x')
    const actionSpace = new Box({ low: 0, high: 1, shape: [2], dtype: 'int32' })
    await saveModel(store, { ...model, actionSpace })
    await expect(loadPolicy(store)).rejects.toThrow(/^runs\/x: a2c does not play actions of Box/)
  })
})
