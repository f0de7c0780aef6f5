/**
 * Both packages as npm would pack them, unpacked into an empty project that has what their package.json names as
 * dependencies and nothing else. The dependencies are links to this repository's: an installation in two seconds.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = [
  { name: 'wn-rl', folder: '.' },
  { name: 'gymnasium-js', folder: './envs' },
]

export interface Project {
  /** Where a user's own files go. */
  readonly folder: string
  remove(): void
}

/** What a package says of itself. */
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

/** @throws Error if the packages are not built */
export function projectWithPackages(): Project {
  if (!existsSync(join(ROOT, 'dist', 'index.js')))
    throw new Error('the packages are not built; run: npm run build')
  const folder = mkdtempSync(join(tmpdir(), 'wn-rl-packed-'))
  const own = PACKAGES.map(({ name, folder: source }) => unpack(name, source, folder))
  const names = new Set(own.flatMap((path) => Object.keys(dependenciesOf(path))))
  for (const { name } of PACKAGES) names.delete(name)
  for (const name of names) link(name, folder)
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}

/** @returns the package's folder */
function unpack(name: string, source: string, project: string): string {
  const to = join(project, 'node_modules', name)
  mkdirSync(to, { recursive: true })
  const options = ['--ignore-scripts', '--silent', '--pack-destination', to]
  const tarball = execFileSync('npm', ['pack', source, ...options], { cwd: ROOT, encoding: 'utf8' })
  execFileSync('tar', ['-xzf', tarball.trim(), '--strip-components=1'], { cwd: to })
  return to
}

function dependenciesOf(path: string): Manifest['dependencies'] {
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
  return manifest.dependencies
}

/** Puts a package of this repository into the project. */
export function link(name: string, project: string): void {
  const to = join(project, 'node_modules', name)
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules', name), to, 'junction')
}
