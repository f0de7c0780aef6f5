/** What building TensorFlow's binding needs of this machine: all that is missing is told at once, with its remedy. */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { succeeds } from './commands.ts'

const GIB = 2 ** 30
/** Free disk while building, bytes: wheel, what is taken from it, and the npm packages. */
const DISK = { cpu: 2 * GIB, gpu: 12 * GIB } as const

/** What a test replaces. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  /** Whether a program of this name starts with these arguments. */
  readonly has: (command: string, args: readonly string[]) => Promise<boolean>
  /** Bytes free in a folder. */
  readonly free: (folder: string) => Promise<number>
}

export const THIS_MACHINE: Machine = {
  platform: process.platform,
  arch: process.arch,
  has: succeeds,
  free: async (folder) => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
}

/**
 * @param folder an existing one on the disk that is built on
 * @returns a sentence for each thing that is missing
 */
export async function missingRequirements(
  folder: string,
  gpu: boolean,
  { platform, arch, has, free }: Machine = THIS_MACHINE,
): Promise<string[]> {
  if (platform !== 'linux' || arch !== 'x64') {
    return [
      `TensorFlow's wheels are used on linux-x64 only, this is ${platform}-${arch}: try npm install @tensorflow/tfjs-node, or stay with simd`,
    ]
  }
  const missing: string[] = []
  if (!(await has('python3', ['--version'])))
    missing.push('python3 is missing: install it (apt install python3 python3-pip)')
  else if (!(await has('python3', ['-m', 'pip', '--version'])))
    missing.push("Python's pip is missing: install it (apt install python3-pip)")
  if (!(await has(process.env['CXX'] ?? 'c++', ['--version'])))
    missing.push('a C++ compiler is missing: install one (apt install g++)')
  if (!(await has('make', ['--version']))) missing.push('make is missing: apt install make')
  if (!(await has('npm', ['--version'])))
    missing.push('npm is missing: install the one that comes with Node (nodejs.org)')
  const bytes = await free(folder)
  const wanted = gpu ? DISK.gpu : DISK.cpu
  if (bytes < wanted) {
    missing.push(
      `${(bytes / GIB).toFixed(1)} GiB are free in ${folder}, ${wanted / GIB} GiB are needed: make room, or name another cache folder with XDG_CACHE_HOME`,
    )
  }
  return missing
}

/** Where Node's headers lie beside it; undefined where node-gyp must fetch them. */
export function nodePrefix(execPath: string = process.execPath): string | undefined {
  const prefix = dirname(dirname(execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? prefix : undefined
}
