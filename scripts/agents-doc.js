/**
 * `npm run docs:agents`: writes the table of options into each page of docs/agents/, between two marks, from the
 * schema that the constructor and the command line read. With `--check` it writes nothing and fails where a page is
 * not what the schema says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { withBundle } from './bundle.js'

const BEGIN = '<!-- options: written by `npm run docs:agents` -->'
const END = '<!-- end of options -->'

const root = fileURLToPath(new URL('..', import.meta.url))
const isCheck = process.argv.includes('--check')

await withBundle('cli/commands/agents.ts', { tfjs: 'installed' }, async ({ agentRows }) => {
  for (const agent of agentRows()) await updatePage(agent)
})

async function updatePage(agent) {
  const page = join(root, `docs/agents/${agent.name}.md`)
  const text = readFileSync(page, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${page} lacks the marks ${BEGIN} and ${END}`)
  const written = `${text.slice(0, begin)}${BEGIN}\n\n${table(agent)}\n\n${text.slice(end)}`
  const options = await prettier.resolveConfig(page)
  const content = await prettier.format(written, { ...options, parser: 'markdown' })
  if (content === text) return
  if (isCheck) {
    console.error(`${page} is not what the schema says; run \`npm run docs:agents\``)
    process.exitCode = 1
  } else {
    writeFileSync(page, content)
  }
}

function table({ options, defaults }) {
  const rows = Object.entries(options).map(([name, description]) =>
    [`\`${name}\``, valueText(defaults[name]), cell(description)].join(' | '),
  )
  return ['option | default | meaning', '---|---|---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n')
}

/** As it may be typed in a file or after --set. */
function valueText(value) {
  if (value === undefined) return '–'
  return `\`${
    typeof value === 'string'
      ? value
      : JSON.stringify(value)
          .replaceAll('"', '')
          .replaceAll(/([:,])/g, '$1 ')
  }\``
}

/** Without what would end the cell. */
function cell(description) {
  return description.replaceAll('|', String.raw`\|`)
}
