/** Packages that only those install who want their backend. */
import { messageOf } from '../errors.ts'

/**
 * Imports a package by a name that bundlers do not see: they would refuse to build a page without it, or put it into
 * every page. Works in Node, Deno, Bun, and in pages with an import map; bundled pages hand in a function of their own.
 */
export function importByName(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
}

/**
 * tfjs's package of a backend.
 *
 * @param load how to import it, where not by its name
 * @returns what the package exports
 * @throws Error with the command that installs it, and what a bundled page must say
 */
export function loadTfjsBackend<T>(
  backend: 'wasm' | 'webgpu',
  load?: () => Promise<unknown>,
): Promise<T> {
  const name = `@tensorflow/tfjs-backend-${backend}`
  const inPages = `useBackend('${backend}', { load: () => import('${name}') })`
  const remedy = `npm install ${name}@4.22; a bundled page must also say ${inPages}`
  return loadOptional(backend, name, remedy, load)
}

/** @throws Error with the command that installs the package */
export async function loadOptional<T>(
  backend: string,
  name: string,
  remedy = `npm install ${name}`,
  load: () => Promise<unknown> = () => importByName(name),
): Promise<T> {
  try {
    return (await load()) as T
  } catch (cause) {
    throw new Error(
      `backend: "${backend}" needs the npm package ${name}, which does not load (${messageOf(cause)}); ` +
        `install it: ${remedy}`,
      { cause },
    )
  }
}
