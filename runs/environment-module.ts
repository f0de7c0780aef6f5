/** What a module that exports an environment has in it: a class, or a function that makes one. */
import { complete, type CompleteEnv, type Env } from 'gymnasium-js'
import { UsageError } from '../src/errors.ts'

/** `more` arguments, such as a renderMode, come on top of the kwargs. */
export type EnvMaker = (more?: Readonly<Record<string, unknown>>) => CompleteEnv

type Maker = (...args: never[]) => unknown

/**
 * The export that makes environments: the one named, else the default, else the only one that could. An environment itself
 * would not do: training and every evaluation play in copies of their own.
 *
 * @param name of the export, as `./mazes.ts:Large` names it
 * @throws UsageError naming what there is
 */
export function environmentMaker(
  exported: Readonly<Record<string, unknown>>,
  module: string,
  kwargs: Readonly<Record<string, unknown>>,
  name?: string,
): EnvMaker {
  const maker = findMaker(exported, module, name)
  const isClass = makesByNew(maker)
  return (more) => {
    const args = [{ ...kwargs, ...more }]
    const made: unknown = isClass
      ? Reflect.construct(maker, args)
      : Reflect.apply(maker, undefined, args)
    if (isEnv(made)) return complete(made)
    throw new UsageError(
      `--env: what ${module} exports does not make an environment: it lacks reset, step or spaces`,
    )
  }
}

/** The exports of a module by name; those of CommonJS are the members of its default. */
export function exportsOf(exported: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inner = exported['default']
  const isBag = typeof inner === 'object' && inner !== null && !isEnv(inner)
  const { default: _, ...named } = isBag ? { ...inner, ...exported } : exported
  return isBag ? named : { ...exported }
}

function findMaker(
  exported: Readonly<Record<string, unknown>>,
  module: string,
  name: string | undefined,
): Maker {
  const all = exportsOf(exported)
  if (name !== undefined) {
    if (isFunction(all[name])) return all[name]
    throw new UsageError(`--env: ${module} exports no class or function ${name} (${namesOf(all)})`)
  }
  if (isFunction(all['default'])) return all['default']
  const functions = Object.entries(all).filter(([, value]) => isFunction(value))
  const classes = functions.filter(([, value]) => looksLikeEnv(value as Maker))
  const [meant, ...others] = classes.length > 0 ? classes : functions
  if (meant && others.length === 0) return meant[1] as Maker
  if (Object.values(all).some(isEnv)) {
    throw new UsageError(
      `--env: ${module} exports an environment itself; export its class or a function that makes one, ` +
        'since training and every evaluation need one of their own',
    )
  }
  throw new UsageError(
    meant
      ? `--env: ${module} exports several that may be environments; name one: ${module}:${meant[0]} (${namesOf(all)})`
      : `--env: ${module} exports no environment; export a class or a function that makes one as default`,
  )
}

function namesOf(all: Readonly<Record<string, unknown>>): string {
  return `it exports ${Object.keys(all).join(', ') || 'nothing'}`
}

function isFunction(value: unknown): value is Maker {
  return typeof value === 'function'
}

/** A class, or a function of before there were classes, whose instances can be reset and stepped. */
function looksLikeEnv(maker: Maker): boolean {
  const prototype: unknown = Reflect.get(maker, 'prototype')
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    'reset' in prototype &&
    'step' in prototype
  )
}

function makesByNew(maker: Maker): boolean {
  return /^class\b/.test(Function.prototype.toString.call(maker)) || looksLikeEnv(maker)
}

function isEnv(value: unknown): value is Env {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['reset', 'step', 'observationSpace', 'actionSpace'].every((member) => member in value)
  )
}
