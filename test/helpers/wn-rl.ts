/** Runs the built command line, as a user's shell does. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const CLI = join(ROOT, 'dist', 'cli.js')

/** Path of a file in the repository. */
export function inRepository(path: string): string {
  return join(ROOT, path)
}

/** An empty folder that goes away with the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A package under node_modules, with an `index.js` if there is a text for it. */
export function writePackage(
  folder: string,
  manifest: { name: string; exports: object },
  index?: string,
): void {
  const path = join(folder, 'node_modules', manifest.name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'package.json'), JSON.stringify({ type: 'module', ...manifest }))
  if (index !== undefined) writeFileSync(join(path, 'index.js'), index)
}

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * @param cwd where it runs; runs/ is made there
 * @param env variables besides those of this process
 */
export function wnRl(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Outcome {
  if (!existsSync(CLI)) throw new Error('the command line is not built; run: npm run build')
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** The JSON object that `--json` prints as the last line. */
export function lastJson(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}
