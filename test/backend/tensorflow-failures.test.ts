/** What users meet where TensorFlow's library is missing, broken or too old for their Node. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  loadTensorflow,
  supplyMissingUtilities,
  TENSORFLOW_ENTRY,
  tensorflowFolder,
} from '../../src/backend/tensorflow.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

const versions = { node: '20.19.0' }

/** As Node says it. */
function notFound(name: string) {
  const message = `Cannot find package '${name}' imported from /somewhere`
  return Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
}

const nothing = (specifier: string) =>
  Promise.reject(notFound(specifier.startsWith('file:') ? new URL(specifier).pathname : specifier))

test('an absent package is told with the commands that install it', async () => {
  const host = { env: { HOME: '/home/somebody' }, versions }
  await expect(loadTensorflow({ host, load: nothing })).rejects.toThrow(
    /not installed \(looked for \/home\/somebody\/\.cache\/wn-rl\/tensorflow, .*tfjs-node.*wn-rl setup tensorflow .*--gpu.*npm install @tensorflow\/tfjs-node/,
  )
})

test('a library that does not load is told with its cause, not as absent', async () => {
  const load = (specifier: string) =>
    specifier.endsWith('tfjs-node')
      ? Promise.reject(new Error('libtensorflow.so.2: invalid\nELF header'))
      : nothing(specifier)
  await expect(loadTensorflow({ host: { env: {}, versions }, load })).rejects.toThrow(
    /does not load \(@tensorflow\/tfjs-node: libtensorflow\.so\.2: invalid ELF header\).*wn-rl setup tensorflow --force/,
  )
})

test('a package that lacks one of its own is broken, not absent', async () => {
  const load = (specifier: string) =>
    specifier.endsWith('tfjs-node') ? Promise.reject(notFound('tar')) : nothing(specifier)
  await expect(loadTensorflow({ host: { env: {}, versions }, load })).rejects.toThrow(
    /does not load \(@tensorflow\/tfjs-node: .*'tar'/,
  )
})

test('elsewhere than in Node another backend is named', async () => {
  await expect(loadTensorflow({ host: { env: {} }, load: nothing })).rejects.toThrow(
    /needs Node; choose simd/,
  )
})

test('what the user has set for TensorFlow stays, the rest is set for small networks', async () => {
  const env: Record<string, string> = { TF_NUM_INTRAOP_THREADS: '8' }
  const loaded = { host: { env, versions }, load: () => Promise.resolve() }
  await loadTensorflow(loaded)
  expect(env).toMatchObject({ TF_NUM_INTRAOP_THREADS: '8', TF_ENABLE_ONEDNN_OPTS: '0' })
})

test('a Node without util.isNullOrUndefined gets one, others keep theirs', () => {
  const util: Record<string, unknown> = {}
  supplyMissingUtilities(util)
  const isNullOrUndefined = util['isNullOrUndefined'] as (value: unknown) => boolean
  expect([null, undefined, 0, ''].map(isNullOrUndefined)).toEqual([true, true, false, false])
  const own = () => true
  const older = { isNullOrUndefined: own }
  supplyMissingUtilities(older)
  expect(older.isNullOrUndefined).toBe(own)
})

test('the folder follows XDG_CACHE_HOME, then HOME', () => {
  expect(tensorflowFolder({ HOME: '/h', XDG_CACHE_HOME: '/c' })).toBe('/c/wn-rl/tensorflow')
  expect(tensorflowFolder({ HOME: '/h' })).toBe('/h/.cache/wn-rl/tensorflow')
  expect(tensorflowFolder({})).toBeUndefined()
})

test('train refuses by one line, and makes no run', () => {
  const folder = emptyFolder()
  const train = ['train', '--agent', 'dqn', '--env', 'CartPole', '--backend', 'tensorflow']
  const absent = wnRl(train, folder, { XDG_CACHE_HOME: join(folder, 'cache #1') })
  expect(absent.stderr).toMatch(/^wn-rl: backend: "tensorflow" is not installed .*\n$/)
  expect(absent.status).toBe(2)
  const cache = join(folder, 'cache #1', 'wn-rl', 'tensorflow')
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'binding.node'), 'no library')
  const entry =
    "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('./binding.node')\n"
  writeFileSync(join(cache, TENSORFLOW_ENTRY), entry)
  const broken = wnRl(train, folder, { XDG_CACHE_HOME: join(folder, 'cache #1') })
  expect(broken.stderr).toMatch(/does not load \(.*binding\.node.*\); .*setup tensorflow --force/)
  expect(broken.status).toBe(2)
})
