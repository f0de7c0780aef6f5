import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { make } from 'gymnasium-js'
import { expect, onTestFinished, test } from 'vitest'
import { Dqn } from '../../agents/index.ts'
import { fetchStore } from '../../src/storage/fetch-store.ts'
import { memoryStore, type FileStore } from '../../src/storage/file-store.ts'
import { directoryStore } from '../../src/storage/directory-browser.ts'

/** @returns the URL of a server of this machine that goes away with the test */
async function served(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => answer(request.url!, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server of the files in a store. */
async function serve(store: FileStore): Promise<string> {
  return served((path, response) => {
    store.read(path.replace('/model/', '')).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  })
}

async function savedModel(): Promise<FileStore> {
  const store = memoryStore()
  const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1, network: { mlp: [8] } })
  await agent.save(store)
  agent.dispose()
  return store
}

test('an agent is loaded from a URL, with or without a slash at its end', async () => {
  const store = await savedModel()
  const url = await serve(store)
  const expected = await Dqn.load(store)
  for (const folder of [`${url}/model`, `${url}/model/`, new URL(`${url}/model/`)]) {
    const agent = await Dqn.load(fetchStore(folder))
    expect(agent.digest()).toBe(expected.digest())
    agent.dispose()
  }
  expected.dispose()
})

test('a fetch of one own is used', async () => {
  const url = await serve(await savedModel())
  const asked: string[] = []
  const agent = await Dqn.load(
    fetchStore('/secret', (file) => {
      asked.push(file)
      return fetch(file.replace('/secret', `${url}/model`))
    }),
  )
  agent.dispose()
  expect(asked[0]).toBe('/secret/model.json')
  expect(asked[1]).toMatch(/^\/secret\/model-[0-9a-f]{12}\.safetensors$/)
})

test('a file that is not there is named with the answer of the server', async () => {
  const url = await serve(memoryStore())
  await expect(Dqn.load(fetchStore(`${url}/model`))).rejects.toThrow(
    `${url}/model/model.json cannot be fetched: the server answers 404 Not Found`,
  )
})

test('a server that cannot be reached is named with the cause', async () => {
  const store = fetchStore('http://somewhere', () =>
    Promise.reject(new TypeError('Failed to fetch')),
  )
  await expect(store.read('model.json')).rejects.toThrow(
    'http://somewhere/model.json cannot be fetched: Failed to fetch',
  )
})

test('a file that is longer than it may be is not read to its end', async () => {
  let sent = 0
  const url = await served((_, response) => {
    const more = (): void => {
      if (response.destroyed) return
      sent += 1000
      response.write(Buffer.alloc(1000))
      setTimeout(more, 1)
    }
    more()
  })
  await expect(fetchStore(url).read('weights', 5000)).rejects.toThrow(
    /weights has \d+ bytes, 5000 at most were expected/,
  )
  expect(sent).toBeLessThan(1_000_000)
})

test('an empty file has no bytes', async () => {
  const url = await served((_, response) => response.end())
  expect(await fetchStore(url).read('empty')).toEqual(new Uint8Array())
})

test('only reading is possible', async () => {
  const store = fetchStore('./model')
  await expect(store.write('model.json', new Uint8Array())).rejects.toThrow(/memoryStore\(\)/)
  await expect(store.list()).rejects.toThrow('./model cannot be listed')
  await expect(store.remove('model.json')).rejects.toThrow('./model cannot be changed')
})

test('in a page, a path is refused with what to do instead', () => {
  expect(() => directoryStore('./model')).toThrow(
    '"./model" names a folder, and a page has none: load a model with fetchStore("./model")',
  )
})
