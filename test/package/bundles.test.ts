/**
 * What a user of the packed packages meets who builds a page: bundlers take them without configuration, what they
 * write stays below the sizes that docs/pages.md states, and a page learns what Node learns, to the last bit.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dose, IS_FULL } from '../helpers/dose.ts'
import { inRepository } from '../helpers/wn-rl.ts'
import { BUNDLERS, scriptsIn } from './bundlers.ts'
import { chromiumHere, withPage } from './chromium.ts'
import { projectWithPackages, type Project } from './packed.ts'

/** webpack's minifier on a machine with other work. */
vi.setConfig({ testTimeout: 180_000 })

const PAGES = ['train', 'act', 'networks', 'environment', 'everything', 'lander']
const TIMESTEPS = 2000
const OBSERVATIONS = [
  [0, 0, 0.05, 0],
  [0, 0, -0.05, 0],
  [1, 2, -0.1, 1],
]

let project: Project

beforeAll(() => {
  project = projectWithPackages()
  for (const page of PAGES)
    copyFileSync(fileURLToPath(new URL(`pages/${page}.js`, import.meta.url)), pathOf(`${page}.js`))
  writeFileSync(pathOf('package.json'), JSON.stringify({ type: 'module' }))
})

afterAll(() => project.remove())

function pathOf(name: string): string {
  return join(project.folder, name)
}

/** @returns kB, gzipped: what is loaded at once, and everything */
async function bundle(bundler: string, page: string, minify = true) {
  const outDir = pathOf(`${page}-${bundler}`)
  const { initial, warnings } = await BUNDLERS[bundler]!(pathOf(`${page}.js`), outDir, minify)
  expect(warnings).toEqual([])
  return { initial: sizeOf(outDir, initial), all: sizeOf(outDir, scriptsIn(outDir)) }
}

function sizeOf(folder: string, names: readonly string[]): number {
  const sizes = names.map((name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length)
  return sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000
}

/** The rows `| `page` | bundler | at once | all |` of docs/pages.md, in kB. */
function limits(): [page: string, bundler: string, initial: number, all: number][] {
  const text = readFileSync(inRepository('docs/pages.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\w+) +\| +(\d+) +\| +(\d+) +\|$/gm)]
  return rows.map(([, page, bundler, initial, all]) => [
    page!,
    bundler!,
    Number(initial),
    Number(all),
  ])
}

describe('a page stays below the size that docs/pages.md states', () => {
  // webpack and rollup take 40 s of a core for a page that trains.
  const quick = (bundler: string) => bundler === 'esbuild' || bundler === 'vite'
  test.each(limits().filter(([, bundler]) => IS_FULL || quick(bundler)))(
    '%s, by %s: %i kB at once, %i kB in all',
    async (page, bundler, initial, all) => {
      const size = await bundle(bundler, page)
      expect(size.initial).toBeLessThanOrEqual(initial)
      expect(size.all).toBeLessThanOrEqual(all)
      // A limit far above what it limits would let a page grow unseen.
      expect(size.all).toBeGreaterThan(0.9 * all)
    },
  )

  test('every bundler has limits, and one that trains 255 kB at most', () => {
    const training = limits().filter(([page]) => page === 'train')
    expect(training.map(([, bundler]) => bundler).sort()).toEqual(Object.keys(BUNDLERS).sort())
    for (const [, , , all] of training) expect(all).toBeLessThanOrEqual(255)
  })
})

/** webpack and rollup take a quarter of a minute. */
test.each(dose(Object.keys(BUNDLERS), 3))('%s bundles every entry point', async (bundler) => {
  expect((await bundle(bundler, 'everything', false)).all).toBeGreaterThan(0)
})

test('make knows Box2D in a page that asks for it', async () => {
  await bundle('esbuild', 'lander')
  const landers = runInNode(
    `await import('./lander-esbuild/lander.js'); console.log(JSON.stringify(landers))`,
  )
  expect(JSON.parse(landers)).toEqual([expect.stringMatching(/call useBox2d\(\) before make/), 8])
})

describe.skipIf(!chromiumHere())('in Chromium', () => {
  test('a bundle trains a DQN to the digest that Node finds', async () => {
    await bundle('esbuild', 'train')
    const inPage = await withPage(project.folder, 'train-esbuild/train.js', (page) =>
      page.evaluate(`train(${TIMESTEPS})`),
    )
    const program = `await import('./train.js'); console.log(await train(${TIMESTEPS}))`
    expect(inPage).toBe(runInNode(program))
    expect(inPage).toMatch(/^[0-9a-f]{64} on simd$/)
  })

  test('a page acts with a model that it fetches, and is told what to do with a folder', async () => {
    await bundle('esbuild', 'act')
    const program = `
      import { make } from 'gymnasium-js'
      import { Dqn } from 'wn-rl/agents'
      const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
      await agent.learn({ totalTimesteps: 1500 })
      await agent.save('model')
      const observations = ${JSON.stringify(OBSERVATIONS)}
      console.log(observations.map((obs) => agent.act(new Float32Array(obs), { deterministic: true })).join())`
    const inNode = runInNode(program)
    expect(statSync(pathOf('model/model.json')).isFile()).toBe(true)
    const [actions, refusal] = await withPage(
      project.folder,
      'act-esbuild/act.js',
      async (page) => [
        await page.evaluate<number[]>(`act('./model', ${JSON.stringify(OBSERVATIONS)})`),
        await page.evaluate<string>(`loadFolder('./model')`),
      ],
    )
    expect(actions.join()).toBe(inNode)
    expect(refusal).toMatch(
      /"\.\/model" names a folder, and a page has none: .*fetchStore\("\.\/model"\)/,
    )
  })
})

function runInNode(program: string): string {
  const args = ['--input-type=module', '--eval', program]
  return execFileSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' }).trim()
}
