/** `wn-rl/act` in a page: Chromium gives the bits of Node, with WebAssembly and where it may not be compiled. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { loadPolicy, type Policy } from 'wn-rl/act'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM_FLAGS, findChromium, Missing } from '../../scripts/chromium.js'
import { useBackend } from '../../src/backend/index.ts'
import type { FileStore } from '../../src/storage/index.ts'
import { inRepository } from '../helpers/wn-rl.ts'
import { CONVOLUTIONS, ENVIRONMENTS, flat, samples, trained } from './trained.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
}
/** A page that may run scripts, but make no code: no WebAssembly either. */
const STRICT = "script-src 'self' 'unsafe-inline'"

function pathOfChromium(): string | undefined {
  try {
    return findChromium()
  } catch (error) {
    if (error instanceof Missing) return undefined
    throw error
  }
}

const executablePath = pathOfChromium()

const SCRIPT =
  '<script type="module">import * as act from "/dist/act.js"; Object.assign(globalThis, act)</script>'

/** What pages are served from: files of the repository, and these, by their paths. */
const made = new Map<string, Uint8Array | string>([
  ['/free.html', `<!doctype html>${SCRIPT}`],
  [
    '/strict.html',
    `<!doctype html><meta http-equiv="Content-Security-Policy" content="${STRICT}" />${SCRIPT}`,
  ],
])

let server: Server
let browser: Browser
let address: string

beforeAll(async () => {
  if (!executablePath) return
  await useBackend('simd')
  const { outputFiles } = await build({
    entryPoints: [inRepository('src/act/index.ts')],
    ...{ bundle: true, format: 'esm', write: false, minify: true },
    alias: { 'gymnasium-js/spaces': inRepository('envs/src/spaces.ts') },
  })
  made.set('/dist/act.js', outputFiles[0]!.contents)
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost')
    response.setHeader('Content-Type', TYPES[extname(pathname)] ?? 'application/octet-stream')
    const contents = made.get(pathname)
    const bytes =
      contents === undefined ? readFile(inRepository(`.${pathname}`)) : Promise.resolve(contents)
    bytes.then(
      (found) => response.end(found),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
})
afterAll(async () => {
  if (!executablePath) return
  await browser.close()
  await new Promise((closed) => server.close(closed))
})

/** Puts a model where pages find it. */
async function serve(path: string, store: FileStore): Promise<void> {
  for (const name of await store.list()) made.set(`${path}/${name}`, await store.read(name))
}

type LoadPolicy = (location: string) => Promise<Policy>

interface Asked {
  readonly backend: string
  readonly actions: readonly unknown[]
  readonly answers: readonly number[]
}

/** Loads a model in a page, and asks it. */
async function askedInPage(page: string, model: string, obs: readonly number[]): Promise<Asked> {
  const tab = await browser.newPage()
  await tab.goto(`${address}/${page}`)
  const result = await tab.evaluate(
    async ({ model, obs }) => {
      const { loadPolicy } = globalThis as unknown as { loadPolicy: LoadPolicy }
      const policy = await loadPolicy(model)
      const answers = policy.agent === 'dqn' ? policy.qValues(obs) : policy.probabilities(obs)
      const { backend } = policy
      return { backend, actions: Array.from(policy.actBatch(obs)), answers: Array.from(answers) }
    },
    { model, obs },
  )
  await tab.close()
  return result
}

const MODELS = [
  ['dqn', 'CartPole', { normalization: 'layer', dueling: true, distribution: 'c51' }],
  ['ppo', 'Breakout', { network: CONVOLUTIONS['two convolutions'] }],
  ['ppo', 'pairs', { normalization: 'batch' }],
] as const

describe.skipIf(!executablePath)(
  executablePath ? 'in Chromium' : 'in Chromium, which is not here',
  () => {
    test.each(MODELS)('a model of %s for %s gives the bits of Node', async (name, env, options) => {
      const { store, space } = await trained(name, ENVIRONMENTS[env], options)
      await serve('/model', store)
      const policy = await loadPolicy(store)
      const obs = Array.from(flat(samples(space, 20)))
      const answers = Array.from(name === 'dqn' ? policy.qValues(obs) : policy.probabilities(obs))
      const actions = Array.from(policy.actBatch(obs))
      expect(await askedInPage('free.html', 'model', obs)).toEqual({
        backend: 'simd',
        actions,
        answers,
      })
      expect(await askedInPage('strict.html', '/model/', obs)).toEqual({
        backend: 'plain',
        actions,
        answers,
      })
    })

    test('a model that is not there is refused by its address', async () => {
      await expect(askedInPage('free.html', './nowhere', [])).rejects.toThrow(
        `${address}/nowhere/model.json cannot be read: 404 Not Found`,
      )
    })

    test('the page of the example balances its pole', async () => {
      const tab = await browser.newPage()
      const errors: unknown[] = []
      tab.on('pageerror', (error) => errors.push(error))
      await tab.goto(`${address}/examples/act/index.html`)
      await tab.waitForFunction(() => Number(document.querySelector('output')!.value) > 150)
      expect(errors).toEqual([])
      await tab.close()
    })
  },
)
