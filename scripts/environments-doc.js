/**
 * `npm run docs:environments`: writes docs/environments.md from the sources: a table of all registered environments,
 * and a section on each, which is the docstring at the head of its file. With `--check` it writes nothing and fails
 * where the page is not what the sources say.
 *
 * An environment's file is one in envs/src/envs/FAMILY/ whose header has a section `Action`; its name leads to its ids
 * (frozen-lake.ts: FrozenLake-v1, FrozenLake8x8-v1). The header of FAMILY/FAMILY.ts, if there is one, introduces the family.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import ts from 'typescript'
import { withBundle } from './bundle.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'envs/src/envs')
const page = join(root, 'docs/environments.md')

/** In the order of the page; a family that is not named here comes last. */
const FAMILIES = ['classic-control', 'toy-text', 'box2d', 'minatar']
const SECTIONS = ['Action', 'Observation', 'Reward', 'Start', 'Step', 'Termination', 'Truncation']
SECTIONS.push('Arguments', 'Source', 'Versions')

const content = await withBundle('envs/src/index.ts', { tfjs: 'installed' }, pageOf)
if (!process.argv.includes('--check')) {
  writeFileSync(page, content)
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== content) {
  console.error('docs/environments.md is not what the sources say; run `npm run docs:environments`')
  process.exitCode = 1
}

async function pageOf({ make, registeredSpecs }) {
  const families = readFamilies()
  const files = families.flatMap(({ environments }) => environments)
  const specs = registeredSpecs()
  for (const spec of specs) fileOf(spec, files).specs.push(spec)
  const used = families.flatMap((family) => registeredOf(family, specs))
  const rows = used.flatMap(({ environments }) =>
    environments.flatMap((file) => file.specs.map((spec) => tableRow(spec, file, make))),
  )
  const text = [
    '# Environments',
    'Written by `npm run docs:environments` from the docstrings of `envs/src/envs/`: change those, not this page. All come as `make(id, { …arguments, renderMode, maxEpisodeSteps })`; the limit counts steps, the threshold is a mean return.',
    '| id | limit | threshold | observation | action |\n|---|---|---|---|---|\n' + rows.join('\n'),
    ...used.map(familySection),
  ].join('\n\n')
  const options = await prettier.resolveConfig(page)
  return prettier.format(text, { ...options, parser: 'markdown' })
}

function readFamilies() {
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  const rank = (name) => (FAMILIES.includes(name) ? FAMILIES.indexOf(name) : FAMILIES.length)
  const names = folders.map(({ name }) => name).sort((a, b) => rank(a) - rank(b))
  return names.map((name) => {
    const sources = readdirSync(join(source, name)).filter((file) => file.endsWith('.ts'))
    const headers = sources.sort().map((file) => ({ file, text: header(join(source, name, file)) }))
    const introduction = headers.find(({ file }) => file === `${name}.ts`)?.text
    const environments = headers.filter(({ text }) => /^Action\b/m.test(text))
    return {
      name,
      introduction: /^Action\b/m.test(introduction ?? '') ? undefined : introduction,
      environments: environments.map(({ file, text }) => ({
        ...splitTitle(text),
        file,
        specs: [],
      })),
    }
  })
}

/** The text of the comment at the head of a file, without its stars. */
function header(path) {
  const text = readFileSync(path, 'utf8')
  const [range] = ts.getLeadingCommentRanges(text, 0) ?? []
  if (range === undefined) return ''
  const comment = text.slice(range.pos, range.end).replace(/^\/\*\*|\*\/$/g, '')
  return comment.replace(/^ ?\* ?/gm, '').trim()
}

/** `Name: what it is …` */
function splitTitle(text) {
  const colon = text.indexOf(':')
  return { title: text.slice(0, colon), body: capitalized(text.slice(colon + 1).trim()) }
}

function capitalized(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** The file of a registered id: the one whose name the id's begins with, the longest if several do. */
function fileOf({ id, name }, files) {
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const fits = files.filter(({ file }) => plain(name).startsWith(plain(basename(file, '.ts'))))
  const [best] = fits.sort((a, b) => b.file.length - a.file.length)
  if (best !== undefined) return best
  throw new Error(`no file with an Action section in envs/src/envs/*/ is named after ${id}`)
}

/** The family with its registered environments only, in the order of their registration; none if there is none. */
function registeredOf({ environments, ...family }, specs) {
  const registered = environments.filter((file) => file.specs.length > 0)
  registered.sort((a, b) => specs.indexOf(a.specs[0]) - specs.indexOf(b.specs[0]))
  return registered.length > 0 ? [{ ...family, environments: registered }] : []
}

function tableRow(spec, { title }, make) {
  const env = make(spec.id)
  const spaces = [env.observationSpace, env.actionSpace].map(spaceText)
  const numbers = [spec.maxEpisodeSteps, spec.rewardThreshold].map((x) => x ?? '-')
  env.close()
  return `| ${[`[${spec.id}](#${anchor(title)})`, ...numbers, ...spaces].join(' | ')} |`
}

/** Without the bounds, which may be dozens of numbers. */
function spaceText(space) {
  if (space.kind !== 'box') return space.toString()
  return `Box ${space.dtype} [${space.shape.join(', ')}]`
}

/** As GitHub makes them. */
function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

function familySection({ name, introduction, environments }) {
  const sections = environments.map(({ title, body, specs }) => {
    const ids = specs.map(({ id }) => `\`${id}\``).join(', ')
    return `### ${title}\n\n${ids}\n\n${markdown(body)}`
  })
  const about = introduction === undefined ? [] : [markdown(splitTitle(introduction).body)]
  return [`## ${name}`, ...about, ...sections].join('\n\n')
}

/** A docstring's text: sections in bold, tables apart from their titles, no star taken for emphasis. */
function markdown(text) {
  const words = new RegExp(String.raw`(^|\. )(${SECTIONS.join('|')})(?=[:,] )`, 'gm')
  const code = /(`[^`]*`)/
  const plain = text
    .split(code)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('*', String.raw`\*`)))
    .join('')
  return apart(plain.replace(words, '$1**$2**'))
}

/** Sets tables apart from the lines around them, without which Markdown sees none. */
function apart(text) {
  const inTable = (line) => line.startsWith('|') && line.endsWith('|')
  const lines = text.split('\n')
  const edge = (i) =>
    i > 0 && lines[i] && lines[i - 1] && inTable(lines[i]) !== inTable(lines[i - 1])
  return lines.map((line, i) => (edge(i) ? `\n${line}` : line)).join('\n')
}
