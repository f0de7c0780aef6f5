import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  optionsOf,
  parseYaml,
  readConfigFile,
  readRunConfig,
  writeConfig,
} from '../../runs/config.ts'
import { resolveEnv } from '../../runs/environments.ts'
import { holderOf } from '../../runs/lock.ts'
import { readRunFiles, readRunOverview } from '../../runs/read.ts'
import { loadModel } from '../../src/storage/index.ts'
import { directoryStore } from '../../src/storage/directory.ts'
import { cutMetrics, runMetricsWriter } from '../../src/logging/files.ts'
import { writeRun } from '../helpers/run-folders.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

const source = '--config: x.yaml'
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n')

test.each(['', '# totalTimesteps: 5\n', '\uFEFFgamma: 0.9\r\n'])(
  'a file of %j is read',
  async (text) => {
    const path = join(emptyFolder(), 'options.yaml')
    writeFileSync(path, text)
    expect(optionsOf(await readConfigFile(path))).toEqual(
      text.includes('gamma') ? { gamma: 0.9 } : {},
    )
  },
)

describe('YAML that would take minutes', () => {
  test('a hundred thousand keys are read, and one that comes twice is named', () => {
    const keys = lines(90_000, (i) => `k${i}: ${i}`)
    expect(Object.keys(parseYaml(keys, source) as object)).toHaveLength(90_000)
    expect(() => parseYaml(`${keys}\nk777: 1`, source)).toThrow(
      '--config: x.yaml: the key "k777" comes twice',
    )
    expect(() => parseYaml('a:\n  b: 1\n  b: 2', source)).toThrow('the key "b" comes twice')
  })

  test.each([
    ['very many aliases', lines(40_000, (i) => `- &a${i} 1\n- *a${i}`), /40000 aliases and tags/],
    ['very many tags', `a: ${'!!str '.repeat(100_000)}`, /100000 aliases and tags/],
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${lines(9, (i) => {
        const names = 'abcdefghij'
        return `${names[i + 1]!}: &${names[i + 1]!} [${Array(9).fill(`*${names[i]!}`).join()}]`
      })}`,
      /x\.yaml: Excessive alias count/,
    ],
    ['nested too deep', '['.repeat(50_000), /x\.yaml: .*call stack/],
  ])('%s: refused', (_, text, why) => {
    expect(() => parseYaml(text, source)).toThrow(why)
  })

  test('the marks in texts are no aliases', () => {
    const text = lines(3000, (i) => `k${i}: "a * b, 2!"`)
    expect(Object.keys(parseYaml(text, source) as object)).toHaveLength(3000)
  })

  test('a file of more than a MiB is refused unread, and none such is written', async () => {
    const path = join(emptyFolder(), 'large.yaml')
    writeFileSync(path, 'a: 1\n')
    truncateSync(path, 100 * 2 ** 20)
    await expect(readConfigFile(path)).rejects.toThrow(
      /large\.yaml cannot be read: it has 104857600 bytes, and 1048576 are the most/,
    )
    const folder = emptyFolder()
    const envKwargs = { map: 'x'.repeat(2 ** 20) }
    await expect(writeConfig(folder, { envKwargs })).rejects.toThrow(/1048576 are the most/)
  })
})

describe.runIf(process.platform !== 'win32')('what is no file', () => {
  const odd = (kind: string) => (path: string) => {
    if (kind === 'pipe') execFileSync('mkfifo', [path])
    else if (kind === 'folder') mkdirSync(path)
    else symlinkSync('/dev/zero', path)
  }
  const kinds = ['pipe', 'folder', 'device'] as const

  test.each(kinds)('a %s as file of options or config.yaml is refused by name', async (kind) => {
    const folder = emptyFolder()
    odd(kind)(join(folder, 'config.yaml'))
    const why = new RegExp(`config\\.yaml cannot be read: it is not a file but a ${kind}`)
    await expect(readConfigFile(join(folder, 'config.yaml'))).rejects.toThrow(why)
    await expect(readRunConfig(folder)).rejects.toThrow(why)
    const seen = kind === 'device' ? /config\.yaml cannot be used: it is a symbolic link/ : why
    expect((await readRunOverview(folder)).problems[0]).toMatch(seen)
  })

  test.each(['pipe', 'folder'] as const)(
    'a %s among the files of a run is a problem that names it',
    async (kind) => {
      const folder = emptyFolder()
      const run = join(folder, 'run')
      mkdirSync(run)
      writeFileSync(
        join(run, 'config.yaml'),
        'agent: dqn\nenv: CartPole-v1\nseed: 1\ntotalTimesteps: 9',
      )
      for (const name of ['metrics.jsonl', 'events.out.tfevents.1']) odd(kind)(join(run, name))
      mkdirSync(join(run, 'final'))
      odd(kind)(join(run, 'final', 'model.json'))
      for (const { problems } of [await readRunFiles(run), await readRunOverview(run)]) {
        expect(problems.join('\n')).toMatch(/metrics\.jsonl cannot be read: it is not a file/)
        expect(problems.join('\n')).toMatch(/tfevents\.1 cannot be read: it is not a file/)
        expect(problems.join('\n')).toMatch(/model\.json does not hold a model/)
      }
      const final = directoryStore(join(run, 'final'))
      await expect(loadModel(final)).rejects.toThrow(/it is not a file but a/)
    },
  )

  test.each(['pipe', 'folder'] as const)('a %s is neither written on nor cut', (kind) => {
    const run = join(emptyFolder(), 'run')
    writeRun(run)
    const csv = join(run, 'progress.csv')
    odd(kind)(csv)
    const write = () => runMetricsWriter(run, ['a'], () => 0)
    expect(write).toThrow(/progress\.csv cannot be read: it is not a file/)
    expect(() => cutMetrics(run, { 'metrics.jsonl': 0, 'progress.csv': 5 })).toThrow(
      /progress\.csv cannot be written: it is (not )?a (file|folder)/,
    )
  })
})

test.runIf(process.platform !== 'win32')(
  'a pipe as lock or as module is refused by name',
  async () => {
    const folder = emptyFolder()
    for (const name of ['lock', 'env.ts']) execFileSync('mkfifo', [join(folder, name)])
    expect(() => holderOf(folder)).toThrow(/lock cannot be read: it is not a file but a pipe/)
    await expect(resolveEnv('./env.ts', {}, { folders: [folder] })).rejects.toThrow(
      /env\.ts cannot be read: it is not a file but a pipe/,
    )
  },
)
