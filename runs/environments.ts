/** `--env`: a registered name, a file, or a package that exports an environment. */
import { existsSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { make, registeredSpecs, spec } from 'gymnasium-js'
import { TimeLimit } from 'gymnasium-js/wrappers'
import { createJiti } from 'jiti'
import { UsageError } from '../src/errors.ts'
import { openOrdinary } from '../src/ordinary-file.ts'
import { flattened, unknownName } from '../src/training/index.ts'
import { type EnvMaker, environmentMaker, exportsOf } from './environment-module.ts'
import { messageOf } from './errors.ts'

/** Where modules are looked for. */
export interface Where {
  readonly folders?: readonly string[] | undefined
  readonly permit?: ((module: string) => void) | undefined
  /** Timesteps after which an episode is cut off, instead of a registered limit; null leaves it. */
  readonly maxEpisodeSteps?: number | null | undefined
}

export interface ResolvedEnv {
  /** What config.yaml records and `--env` finds again: an exact id, or the path or package as given. */
  readonly reference: string
  /** Short name for folders and headers. */
  readonly id: string
  /** Path of the module that it comes from; undefined for a registered one, which is ours. */
  readonly module?: string | undefined
  /** The folder that relative paths and packages are found from. */
  readonly base: string
  /** `more` arguments, such as a renderMode, come on top of the kwargs. */
  readonly makeEnv: EnvMaker
}

/** Packages that a user's file may import though they are not installed beside it. */
const OWN_PACKAGES = [
  'gymnasium-js',
  'gymnasium-js/box2d',
  'gymnasium-js/check',
  'gymnasium-js/rendering',
  'gymnasium-js/spaces',
  'gymnasium-js/vector',
  'gymnasium-js/wrappers',
  'wn-rl',
  'wn-rl/act',
  'wn-rl/agents',
  'wn-rl/nn',
  'wn-rl/backend',
  'wn-rl/runs',
]

/**
 * Finds an environment.
 *
 * @param name `CartPole`, `CartPole-v1`, `./my-env.ts`, `some-package`, or `./my-env.ts:Name-v0` for a module that
 *   registers environments
 * @param kwargs keyword arguments for it
 * @param where.folders where relative paths and packages are looked for, in order: the current one unless told
 * @param where.permit told the path of a module before it is loaded; it throws for one that may not be
 * @throws UsageError naming what is unknown, and the nearest there is
 */
export async function resolveEnv(
  name: string,
  kwargs: Readonly<Record<string, unknown>>,
  { folders = [process.cwd()], permit, maxEpisodeSteps }: Where = {},
): Promise<ResolvedEnv> {
  const limit = maxEpisodeSteps ?? undefined
  const made = { ...kwargs, ...(limit !== undefined && { maxEpisodeSteps: limit }) }
  if (!looksLikeFile(name)) {
    const id = registeredId(name)
    if (id !== undefined)
      return {
        reference: id,
        id,
        base: folders[0]!,
        makeEnv: (more) => make(id, { ...made, ...more }),
      }
  }
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(name))
    throw new UsageError(
      `--env: ${name} is an address, and none is loaded; give a file or a package`,
    )
  const { module, id } = splitModule(name)
  const { path, base } = looksLikeFile(module)
    ? filePath(module, folders)
    : packagePath(module, name, folders)
  permit?.(path)
  const found = { module: path, base }
  const exported = await importModule(path)
  const isExport = id !== undefined && Object.hasOwn(exportsOf(exported), id)
  if (id !== undefined && !isExport) {
    const exact = registeredId(id)
    if (exact === undefined)
      throw new UsageError(`--env: ${module} does not register "${id}"; ${unknownEnv(id)}`)
    return {
      ...found,
      reference: `${module}:${exact}`,
      id: exact,
      makeEnv: (more) => make(exact, { ...made, ...more }),
    }
  }
  return {
    ...found,
    reference: name,
    id: isExport ? id : shortName(module),
    makeEnv: limited(environmentMaker(exported, module, kwargs, isExport ? id : undefined), limit),
  }
}

/** An environment of a user's own, cut off after so many timesteps. */
function limited(makeEnv: EnvMaker, limit: number | undefined): EnvMaker {
  return limit === undefined ? makeEnv : (more) => new TimeLimit(makeEnv(more), limit)
}

/** The same as an agent sees it: observations of several parts are one vector (Blackjack's Tuple: one-hot). */
export async function resolveAgentEnv(
  ...request: Parameters<typeof resolveEnv>
): Promise<ResolvedEnv> {
  const resolved = await resolveEnv(...request)
  return { ...resolved, makeEnv: (more) => flattened(resolved.makeEnv(more)) }
}

function looksLikeFile(name: string): boolean {
  return (
    /^\.{0,2}\//.test(name) ||
    /\.[cm]?[jt]s(:[\w/:.-]+)?$/.test(name) ||
    /^[A-Za-z]:[\\/]/.test(name)
  )
}

function registeredId(name: string): string | undefined {
  const bare = (id: string) => id.replace(/-v\d+$/, '')
  const isKnown = registeredSpecs().some(({ id }) => id === name || bare(id) === name)
  return isKnown ? spec(name).id : undefined
}

/** `./my-env.ts:Maze-v0` → module and id; a drive letter's colon does not count. */
function splitModule(name: string): { module: string; id: string | undefined } {
  const colon = name.lastIndexOf(':')
  return colon > 1
    ? { module: name.slice(0, colon), id: name.slice(colon + 1) }
    : { module: name, id: undefined }
}

function filePath(module: string, folders: readonly string[]): { path: string; base: string } {
  const base = folders.find((folder) => existsSync(resolve(folder, module)))
  if (base === undefined) throw new UsageError(`--env: there is no file ${module}`)
  const path = resolve(base, module)
  openOrdinary(path).close() // a pipe would be waited for when it is imported
  return { path, base }
}

/** As `import` from one of the folders would find the package. */
function packagePath(
  module: string,
  name: string,
  folders: readonly string[],
): { path: string; base: string } {
  if (isBuiltin(module)) throw new UsageError(`--env: ${unknownEnv(name)}`)
  const jiti = createJiti(import.meta.url)
  for (const folder of folders) {
    const parentURL = pathToFileURL(join(folder, 'package.json'))
    const url = jiti.esmResolve(module, { parentURL, try: true })
    if (url !== undefined) return { path: fileURLToPath(url), base: folder }
  }
  throw new UsageError(`--env: ${whyNot(module, name, folders[0]!)}`)
}

/** Why a package is not found: jiti says of every package that there is none, but it may be one that is broken. */
function whyNot(module: string, name: string, folder: string): string {
  try {
    createRequire(pathToFileURL(join(folder, 'package.json'))).resolve(module)
  } catch (error) {
    const message = messageOf(error)
    if (!message.startsWith(`Cannot find module '${module}'`))
      return `package ${module} cannot be loaded: ${message}`
  }
  return `${unknownEnv(name)}; for a file of your own write ./${name}.ts`
}

function unknownEnv(name: string): string {
  return unknownName(
    'environment',
    name,
    registeredSpecs().map(({ id }) => id),
  )
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  // One copy of our packages in the process, wherever the file lives: its registrations must reach our registry.
  const virtualModules = Object.fromEntries(
    await Promise.all(
      OWN_PACKAGES.map(async (name) => [name, (await import(name)) as object] as const),
    ),
  )
  try {
    return await createJiti(import.meta.url, { virtualModules }).import(path)
  } catch (error) {
    throw new UsageError(`--env: ${path} cannot be loaded: ${messageOf(error)}`, { cause: error })
  }
}

function shortName(module: string): string {
  const base = module.split('/').at(-1) ?? module
  return base.replace(/\.[cm]?[jt]s$/, '')
}
