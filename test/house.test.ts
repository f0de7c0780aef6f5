/** The rules of the house hold only if the linter sees them: each is broken once, on purpose. */
import { readdirSync, readFileSync } from 'node:fs'
import { ESLint } from 'eslint'
import { describe, expect, test } from 'vitest'
import { PROCESS, SLOW } from '../vitest.config.ts'
import { inRepository } from './helpers/wn-rl.ts'

const eslint = new ESLint({ cwd: inRepository('.') })

/** The rules that a text breaks, linted as if it were that file. */
async function broken(path: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: inRepository(path) })
  return result!.messages.map(({ ruleId }) => ruleId)
}

describe('imports go one way', () => {
  test.each([
    ['envs/src/rng.ts', '../../src/rng.ts'],
    ['envs/src/rng.ts', '../../agents/dqn.ts'],
    ['src/rng.ts', '../agents/dqn.ts'],
    ['src/nn/losses.ts', '../buffers/gae.ts'],
    ['src/backend/compile.ts', '../nn/losses.ts'],
    ['src/buffers/gae.ts', '../training/schedules.ts'],
    ['agents/dqn.ts', '../configs/schema.ts'],
    ['configs/schema.ts', '../runs/errors.ts'],
    ['runs/errors.ts', '../cli/main.ts'],
    ['cli/main.ts', '../bench/env.ts'],
    ['cli/main.ts', '../test/helpers/wn-rl.ts'],
    ['bench/env.ts', '../test/helpers/wn-rl.ts'],
  ])('%s may not import %s, its types neither', async (path, imported) => {
    const texts = [
      `export * from '${imported}'\n`,
      `export type * from '${imported}'\n`,
      `import type { T } from '${imported}'\nexport type U = T\n`,
    ]
    for (const text of texts) {
      expect(await broken(path, text)).toContain('import-x/no-restricted-paths')
    }
  })

  test('agents may import from src', async () => {
    expect(await broken('agents/dqn.ts', "export * from '../src/rng.ts'\n")).not.toContain(
      'import-x/no-restricted-paths',
    )
  })

  test.each(['envs/src/rng.ts', 'src/rng.ts', 'agents/dqn.ts'])(
    '%s may not import node modules',
    async (path) => {
      expect(await broken(path, "export { readFile } from 'node:fs/promises'\n")).toContain(
        'no-restricted-imports',
      )
    },
  )
})

describe('no import leads back to where it stands', () => {
  // The first two come back through `import type` alone; on the other floors a file names itself.
  const circles: readonly (readonly [path: string, imported: string])[] = [
    ['envs/src/env.ts', './registry.ts'],
    ['envs/src/native/native-model.ts', './native-actions.ts'],
    ['src/backend/program.ts', './program.ts'],
    ['src/rng.ts', './rng.ts'],
    ['agents/dqn.ts', './dqn.ts'],
    ['configs/schema.ts', './schema.ts'],
    ['runs/run.ts', './run.ts'],
    ['cli/main.ts', './main.ts'],
    ['bench/env.ts', './env.ts'],
    ['test/house.test.ts', './house.test.ts'],
  ]
  test.each(circles)('%s may not import %s, its types neither', async (path, imported) => {
    const texts = [
      `import type { T } from '${imported}'\nexport type U = T\n`,
      `import { type T } from '${imported}'\nexport type U = T\n`,
      `export type * from '${imported}'\n`,
      `export type U = import('${imported}').T\n`,
      `export * from '${imported}'\n`,
      `export const later = () => import('${imported}')\n`,
    ]
    for (const text of texts) expect(await broken(path, text)).toContain('house/no-import-circle')
  })
})

test.each([
  ['src/rng.ts', 'console.log(1)\n', 'no-console'],
  ['runs/start.ts', 'console.error(1)\n', 'no-console'],
  ['runs/start.ts', 'process.exit(1)\n', 'no-restricted-properties'],
  ['runs/seeds/worker.ts', "process.stderr.write('x')\n", 'no-restricted-properties'],
  ['runs/start.ts', 'export const x = Math.random()\n', 'no-restricted-properties'],
])('only the command line speaks to the terminal and ends the process: %s, %j', async (...rule) => {
  const [path, text, name] = rule
  expect(await broken(path, text)).toContain(name)
})

test('the clock is open to runs', async () => {
  expect(await broken('runs/start.ts', 'export const x = Date.now()\n')).toEqual([])
})

test('what `npm test` runs starts no processes', () => {
  const apart = [...PROCESS, ...SLOW].map(asPattern)
  const units = readdirSync(inRepository('test'), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts') && !apart.some((one) => one.test(path)))
  const starting = units.filter((path) =>
    /node:child_process|\bwnRl\(|\bCLI\b/.test(readFileSync(inRepository(path), 'utf8')),
  )
  expect(units.length).toBeGreaterThan(100)
  expect(starting).toEqual([])
})

/** Of a glob with `**\/`, `*` and `{a,b}`. */
function asPattern(glob: string): RegExp {
  const source = glob
    .replaceAll('.', '\\.')
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`)
    .replaceAll(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(.*/)?'))
  return new RegExp(`^${source}$`)
}

test.each(['envs/src/rng.ts', 'src/rng.ts', 'agents/dqn.ts'])(
  '%s may read no clock and no entropy',
  async (path) => {
    const rules = await broken(path, 'export const x = [Math.random(), Date.now()]\n')
    expect(rules.filter((rule) => rule === 'no-restricted-properties')).toHaveLength(2)
  },
)
