/** TensorFlow's Python wheel as a source of its shared libraries and headers; Python itself runs nothing of it. */
import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './commands.ts'

/** The wheels of one Python serve for all: only its compiled modules, which are left, depend on it. */
const WHEEL_TAGS = [
  ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
  ...[17, 27, 28].flatMap((glibc) => ['--platform', `manylinux_2_${glibc}_x86_64`]),
  ...['--platform', 'manylinux2014_x86_64', '--platform', 'manylinux1_x86_64', '--platform', 'any'],
]

/** Folders of the wheel's headers that the binding includes from. */
const HEADERS = [
  'tensorflow/c/',
  'tensorflow/core/platform/',
  'tensorflow/tsl/',
  'tsl/',
  'xla/tsl/',
]
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** Takes members of a wheel whose names begin with one of some prefixes, without their common beginning. */
const EXTRACT = `
import os, shutil, sys, zipfile
wheel, target, strip, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        rest = name[len(strip):]
        if not name.startswith(strip) or name.endswith('/') or not rest.startswith(tuple(prefixes)):
            continue
        path = os.path.join(target, rest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path, 'wb') as file:
            shutil.copyfileobj(source, file)
`

const REQUIREMENTS = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
    print(archive.read(name).decode())
`

/** Fetches one wheel. @param requirement such as `tensorflow-cpu==2.16.2` @returns its path */
export async function downloadWheel(
  requirement: string,
  folder: string,
  log: string,
): Promise<string> {
  const target = join(folder, requirement)
  await mkdir(target, { recursive: true })
  const args = ['download', '--no-deps', '--only-binary=:all:', ...WHEEL_TAGS, '-d', target]
  await runCommand('python3', ['-m', 'pip', '--disable-pip-version-check', ...args, requirement], {
    log,
    remedy: 'check the network (pip config list) and the version (--version, from 2.12 to 2.21)',
  })
  const name = (await readdir(target)).find((file) => file.endsWith('.whl'))
  if (name === undefined) throw new Error(`pip saved no wheel of ${requirement} in ${target}`)
  return join(target, name)
}

/** Puts libraries and headers of a wheel where the binding's sources look for them. */
export async function unpackTensorflow(wheel: string, deps: string, log: string): Promise<void> {
  const remedy =
    'the wheel is damaged, or of a version before 2.12: try again, or another --version'
  const options = { log, remedy }
  const lib = join(deps, 'lib')
  const python = async (...args: string[]) =>
    runCommand('python3', ['-c', EXTRACT, ...args], options)
  await python(wheel, join(deps, 'include'), 'tensorflow/include/', ...HEADERS)
  await python(wheel, lib, 'tensorflow/', ...LIBRARIES)
  const found = await readdir(lib)
  for (const library of LIBRARIES) {
    if (!found.includes(library)) throw new Error(`${wheel} has no ${library}; ${remedy}`)
    const link = library.replace(/(_cc)?\.so\.2$/, '.so')
    await rm(join(lib, link), { force: true })
    await symlink(library, join(lib, link))
  }
}

/** The CUDA wheels that a GPU wheel asks for, such as `nvidia-cublas-cu12==12.5.3.2`. */
export async function cudaRequirements(wheel: string, log: string): Promise<string[]> {
  const remedy = 'the wheel is damaged: try again'
  return parseCudaRequirements(
    await runCommand('python3', ['-c', REQUIREMENTS, wheel], { log, remedy }),
  )
}

/** @param metadata of a wheel: lines `Requires-Dist: NAME ==VERSION ; extra == 'and-cuda'` */
export function parseCudaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist: *([\w-]+)([^;\n]*);.*\band-cuda\b/gm)].map(
    ([, name, version]) => `${name!}${version!.replace(/[\s()]/g, '')}`,
  )
}

/** Libraries of a CUDA wheel, to the folder beside `lib` in which TensorFlow's look for them. */
export async function unpackCuda(wheel: string, deps: string, log: string): Promise<void> {
  const remedy = 'the wheel is damaged: try again'
  const args = ['-c', EXTRACT, wheel, join(deps, 'nvidia'), 'nvidia/', '']
  await runCommand('python3', args, { log, remedy })
}
