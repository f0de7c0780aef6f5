/**
 * What TypeScript says to a user of the packed packages: nothing, even where it checks every declaration that it
 * finds, as docs/typescript.md says.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { inRepository } from '../helpers/wn-rl.ts'
import { projectWithPackages, type Project } from './packed.ts'

/** Folders from which `typescript` is found. */
const TYPESCRIPT = { '5.9': 'test/package', '6.0': '.' } as const

const USE = `
import * as tf from '@tensorflow/tfjs-core'
import { Box, CartPole, Discrete, type Env, make } from 'gymnasium-js'
import { checkEnv } from 'gymnasium-js/check'
import * as rendering from 'gymnasium-js/rendering'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { WorkerVectorEnv } from 'gymnasium-js/workers'
import { TimeLimit } from 'gymnasium-js/wrappers'
import { type Callbacks, evaluate, fetchStore } from 'wn-rl'
import { A2c, Dqn, Ppo } from 'wn-rl/agents'
import { compile, useBackend } from 'wn-rl/backend'
import { mlp } from 'wn-rl/nn'

export async function use(): Promise<number> {
  await useBackend('simd')
  const makeEnv = () => make('CartPole-v1')
  const callbacks: Callbacks[] = []
  const agent = new Dqn({ env: makeEnv, seed: 1, network: mlp([16]) })
  await agent.learn({ totalTimesteps: 400, callbacks })
  const loaded = await Dqn.load(fetchStore('./model'))
  const sum = compile(({ x }) => ({ y: tf.sum(x) }), { inputs: { x: { shape: [2], dtype: 'float32' } } })
  return loaded.globalStep + evaluate(agent, { makeEnv, episodes: 2, seed: 1 }).mean + sum({ x: new Float32Array(2) }).y[0]!
}
export const box: Box = new Box({ low: -1, high: 1, shape: [2] })
export const spaces: [Box, Discrete] = [box, new Discrete(2)]
export const env: Env = new TimeLimit(new CartPole(), 100)
export const others = [A2c, Ppo, SyncVectorEnv, WorkerVectorEnv, checkEnv, rendering]
`
/** Node 20.19 and newer can require ES modules, and TypeScript knows it from \`node20\` on. */
const COMMONJS = `
import { Dqn } from 'wn-rl/agents'
import gymnasium = require('gymnasium-js')
export const agent = new Dqn({ env: () => gymnasium.make('CartPole-v1'), seed: 1 })
`
const DYNAMIC = `
export async function agent() {
  const { make } = await import('gymnasium-js')
  const { Dqn } = await import('wn-rl/agents')
  return new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
}
`

vi.setConfig({ testTimeout: 180_000 })

let project: Project

beforeAll(() => {
  project = projectWithPackages()
  mkdirSync(join(project.folder, 'src'))
  for (const [name, text] of Object.entries({
    'use.ts': USE,
    'use.cts': COMMONJS,
    'dynamic.cts': DYNAMIC,
  }))
    writeFileSync(join(project.folder, 'src', name), text)
  writeFileSync(join(project.folder, 'package.json'), JSON.stringify({ type: 'module' }))
})

afterAll(() => project.remove())

/** @returns what the compiler says */
function compiled(
  version: keyof typeof TYPESCRIPT,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): string {
  const require = createRequire(inRepository(join(TYPESCRIPT[version], 'package.json')))
  expect((require('typescript/package.json') as { version: string }).version).toContain(version)
  const compilerOptions = { target: 'es2023', strict: true, noEmit: true, types: [], ...options }
  const config = join(project.folder, 'tsconfig.json')
  const sources = files.map((file) => `src/${file}`)
  writeFileSync(config, JSON.stringify({ compilerOptions, files: sources }))
  const args = [require.resolve('typescript/bin/tsc'), '--pretty', 'false', '-p', config]
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout
}

test('TypeScript 5.9 finds no fault, declarations of dependencies included', () => {
  const options = { module: 'nodenext', skipLibCheck: false }
  expect(compiled('5.9', ['use.ts', 'use.cts', 'dynamic.cts'], options)).toBe('')
})

test('TypeScript 6 finds no fault, declarations of dependencies included', () => {
  const typeRoots = ['node_modules/@types', 'node_modules/wn-rl/types']
  const options = { module: 'nodenext', skipLibCheck: false, typeRoots }
  expect(compiled('6.0', ['use.ts', 'use.cts', 'dynamic.cts'], options)).toBe('')
})

test('where TypeScript does not let CommonJS require ES modules, a dynamic import does', () => {
  const options = { module: 'node16', skipLibCheck: true }
  const faults = compiled('6.0', ['use.cts', 'dynamic.cts'], options).trim().split('\n')
  expect(faults).not.toHaveLength(0)
  for (const fault of faults) expect(fault).toMatch(/use\.cts.*TS14(71|79)/)
})
