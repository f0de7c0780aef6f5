/** The README's environment of a user's own, as its text stands there: in JavaScript and in TypeScript, by command line and library. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dose } from '../helpers/dose.ts'
import { emptyFolder, inRepository, lastJson, wnRl } from '../helpers/wn-rl.ts'

const page = readFileSync(inRepository('README.md'), 'utf8')
const section = page.slice(page.indexOf('### Your own'), page.indexOf('## Backends'))
const [environment, program] = [...section.matchAll(/```js\n(.*?)```/gs)].map(([, text]) => text!)
const commands = [...section.matchAll(/^wn-rl (.*?)(?: +#.*)?$/gm)].map(([, text]) =>
  text!.split(' '),
)
/** The annotations that make TypeScript of it, each in the place of what it annotates. */
const annotated = [...section.matchAll(/`((?:reset|step)\(.*?\))`/g)].map(([, text]) => text!)

const inTypeScript = annotated.reduce(
  (text, method) =>
    text.replace(new RegExp(`^  ${method.split('(')[0]!}\\(.*?\\)(?= \\{$)`, 'm'), `  ${method}`),
  environment!.replace('Rng }', 'Rng, type ResetArgs }'),
)

/** A project that has both packages, and the environment. */
function project(language: string): string {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(inRepository('.'), join(folder, 'node_modules', 'wn-rl'))
  symlinkSync(inRepository('envs'), join(folder, 'node_modules', 'gymnasium-js'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const text = language === 'js' ? environment! : inTypeScript
  writeFileSync(join(folder, `thermostat.${language}`), text)
  return folder
}

test('the README has an environment, two annotations, four commands and a program', () => {
  expect(environment).toContain('class Thermostat')
  expect(environment!.trimEnd().split('\n').length).toBeLessThanOrEqual(17)
  expect(program).toContain("from './thermostat.js'")
  expect(annotated).toHaveLength(2)
  expect(commands.map(([name]) => name)).toEqual(['check-env', 'train', 'resume', 'eval'])
})

const pairs = [
  ['dqn', 'js'],
  ['ppo', 'js'],
  ['dqn', 'ts'],
  ['ppo', 'ts'],
] as const

test.each(dose(pairs, 3))('%s learns it from the command line, in .%s', (agent, language) => {
  const folder = project(language)
  const [check, train, resume, evaluate] = commands.map((words) =>
    words.map((word) => word.replace('.js', `.${language}`).replace(/^dqn$/, agent)),
  )
  const checked = wnRl(check!, folder)
  expect(checked.status).toBe(0)
  expect(checked.stdout).toMatch(/: 0 errors, 0 warnings, \d notes\n$/)
  const trained = wnRl([...train!, '--json', '--quiet'], folder)
  expect(trained).toMatchObject({ status: 0, stderr: '' })
  const { finalEvaluation } = lastJson(trained.stdout) as { finalEvaluation: { mean: number } }
  expect(finalEvaluation.mean).toBeGreaterThan(-15) // at random -80
  const resumed = wnRl([...resume!, '--json', '--quiet'], folder)
  expect(resumed.stderr).toMatch(/Thermostat has no getState.*: new episodes begin\n$/)
  expect(resumed.status).toBe(0)
  expect(lastJson(resumed.stdout)).toMatchObject({ totalTimesteps: 12_000 })
  expect(wnRl(evaluate!, folder)).toMatchObject({ status: 0, stderr: '' })
})

test.each(['Ppo', 'Dqn'])('%s learns it in a program', (agent) => {
  const folder = project('js')
  writeFileSync(join(folder, 'program.js'), program!.replaceAll('Ppo', agent))
  const options = { cwd: folder, encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['program.js'], options)
  expect(stderr).toBe('')
  expect(Number(stdout)).toBeGreaterThan(-15)
})

test('TypeScript finds no fault in it, nor in what an agent takes', () => {
  const folder = project('ts')
  writeFileSync(join(folder, 'program.ts'), program!.replace('./thermostat.js', './thermostat.ts'))
  const tsc = inRepository('node_modules/typescript/bin/tsc')
  const flags = '--noEmit --strict --module nodenext --target es2024 --skipLibCheck'.split(' ')
  const files = ['--allowImportingTsExtensions', 'thermostat.ts', 'program.ts']
  const options = { cwd: folder, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, ...files], options)
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})
