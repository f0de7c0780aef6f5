/**
 * The environments that `make` knows: the built-in ones, and those that a program registers.
 *
 * Loading this file does nothing that a bundler can see, so one that bundles a program which asks for no
 * environment by name leaves all of them out, and planck with them.
 */

import type { EnvSpec } from './env.ts'
import { BUILTIN_ENVS } from './envs/builtin.ts'
import { Registry } from './registry.ts'
import type { EnvRegistration } from './registry.ts'

const registry = /* @__PURE__ */ new Registry(BUILTIN_ENVS)

/**
 * Makes an environment known to `make`.
 *
 * @throws RangeError on a malformed or already registered id, or a time limit that is none.
 * @example
 * register({ id: 'my/Maze-v0', entryPoint: (options: MazeOptions) => new Maze(options), maxEpisodeSteps: 100 })
 */
export function register(registration: EnvRegistration): void {
  registry.add(registration)
}

/**
 * The spec of an id; of a bare name, that of its newest version.
 *
 * @throws RangeError on an unknown id, naming the versions that exist or else the nearest id.
 */
export function spec(id: string): EnvSpec {
  return registry.spec(id)
}

/** All registered environments in order of registration. */
export function registeredSpecs(): EnvSpec[] {
  return registry.specs()
}

/** How the environment of a spec is built. @throws RangeError when its id is not registered. */
export function registrationOf(spec: EnvSpec): EnvRegistration {
  return registry.registrationOf(spec)
}
