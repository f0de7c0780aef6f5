/**
 * An ESLint rule: no file may lead back to itself along its imports, type imports included. Where types
 * turn in a circle, no file of it can be understood without all others. `import-x/no-cycle` looks away
 * from `import type`, and has no option against it.
 *
 * The linted file's own imports are those of its text, so an editor sees what is typed; those of other
 * files are read from disk. Followed are relative paths: packages are other people's, and the floors of
 * eslint.config.js keep the published names of our own from turning back.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import ts from 'typescript'

/** Milliseconds for which a file's imports are remembered: an editor lints for days, a command for a minute. */
const REMEMBERED = 30_000

const remembered = new Map()
let rememberedSince = 0

export const noImportCircle = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { circle: 'This import leads back here, so each needs the other: {{path}}' },
  },
  create(context) {
    const file = context.physicalFilename
    const seen = new Set()
    function check({ source }) {
      if (source?.value === undefined) return
      const imported = targetOf(file, source.value)
      const path = imported && pathBetween(imported, file, seen)
      if (path === undefined) return
      const names = [file, ...path].map((name) => relative(context.cwd, name))
      context.report({ node: source, messageId: 'circle', data: { path: names.join(' → ') } })
    }
    return {
      Program: forgetOld,
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    }
  },
}

/**
 * The files from `from` to `to`, both included; undefined where no import leads there.
 *
 * @param seen files searched already: a circle shows in the first import that leads into it, and that is enough.
 */
function pathBetween(from, to, seen) {
  if (from === to) return [to]
  if (seen.has(from)) return undefined
  seen.add(from)
  for (const imported of importsOf(from)) {
    const rest = pathBetween(imported, to, seen)
    if (rest !== undefined) return [from, ...rest]
  }
  return undefined
}

/** The files that a file on disk imports, for values or types, statically or not. */
function importsOf(file) {
  const known = remembered.get(file)
  if (known !== undefined) return known
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true)
  const targets = importedFiles.map(({ fileName }) => targetOf(file, fileName))
  const found = [...new Set(targets)].filter((target) => target !== undefined)
  remembered.set(file, found)
  return found
}

function targetOf(file, specifier) {
  if (!specifier.startsWith('.')) return undefined
  const target = resolve(dirname(file), specifier)
  return /\.[jt]s$/.test(target) && existsSync(target) ? target : undefined
}

function forgetOld() {
  if (performance.now() - rememberedSince < REMEMBERED) return
  remembered.clear()
  rememberedSince = performance.now()
}
