/**
 * The names of environments: `[namespace/]Name[-vN]`, as in Gymnasium. A bare name means its
 * newest version.
 */

import type { Env, EnvSpec } from './env.ts'
import { didYouMean } from './names.ts'
import type { NativeModel } from './native/native-model.ts'

/** Builds an environment from `{ ...kwargs, renderMode }`; it checks them itself. */
export type EntryPoint = EnvRegistration['entryPoint']

/** What `register` takes: the spec's data, and how the environment is built. */
export interface EnvRegistration extends Pick<
  EnvSpec,
  'id' | 'maxEpisodeSteps' | 'rewardThreshold' | 'renderFps'
> {
  /**
   * Builds the environment without wrappers from `{ ...kwargs, renderMode }`. The argument comes
   * from whoever calls `make`: check it (`checkKwargs` refuses unknown names). A method, so that
   * an entry point may name the type of its own options.
   */
  entryPoint(kwargs: object): Env
  /** Of an environment with a native vector version: builds its model from `kwargs`. */
  native?(kwargs: object): NativeModel
  /** Defaults for the entry point; `make`'s come on top. */
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
}

const ID_SYNTAX = /^(?:(?<namespace>[\w:-]+)\/)?(?<name>[\w:.-]+?)(?:-v(?<version>\d+))?$/

/** A registration, and what it says as plain data. */
interface Entry {
  readonly registration: EnvRegistration
  readonly spec: EnvSpec
}

/** Environments by their ids. */
export class Registry {
  readonly #entries = new Map<string, Entry>()

  /** @param registrations by id. */
  constructor(registrations: Readonly<Record<string, Omit<EnvRegistration, 'id'>>>) {
    for (const [id, registration] of Object.entries(registrations))
      this.add({ id, ...registration })
  }

  /** @throws RangeError on a malformed or already registered id, or a time limit that is none. */
  add(registration: EnvRegistration): void {
    const { id, maxEpisodeSteps, rewardThreshold, renderFps, kwargs = {} } = registration
    if (this.#entries.has(id)) {
      throw new RangeError(`register: id '${id}' is registered already; pass a new version or name`)
    }
    if (
      maxEpisodeSteps !== undefined &&
      !(Number.isSafeInteger(maxEpisodeSteps) && maxEpisodeSteps > 0)
    ) {
      throw new RangeError(
        `register: maxEpisodeSteps of '${id}' is ${maxEpisodeSteps}; pass an integer >= 1, or leave it out`,
      )
    }
    const spec = { id, ...parseId(id), maxEpisodeSteps, rewardThreshold, renderFps, kwargs }
    this.#entries.set(id, { registration, spec })
  }

  /**
   * The spec of an id; of a bare name, that of its newest version.
   *
   * @throws RangeError on an unknown id, naming the versions that exist or else the nearest id.
   */
  spec(id: string): EnvSpec {
    const exact = this.#entries.get(id)
    if (exact !== undefined) return exact.spec
    const asked = parseId(id)
    const versions = this.#versionsOf(asked)
    const newest = versions.at(-1)
    if (newest === undefined) throw this.#unknownId(id)
    if (asked.version === undefined) return newest
    const known = versions.map((version) => version.id).join(', ')
    throw new RangeError(`unknown environment '${id}': of this name there is ${known}`)
  }

  /** All specs in order of registration. */
  specs(): EnvSpec[] {
    return [...this.#entries.values()].map(({ spec }) => spec)
  }

  /** How the environment of a spec is built. @throws RangeError when its id is not registered. */
  registrationOf({ id }: EnvSpec): EnvRegistration {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw this.#unknownId(id)
    return entry.registration
  }

  /** All versions of a name, oldest first; an unversioned one comes before v0. */
  #versionsOf({ namespace, name }: ParsedId): EnvSpec[] {
    return this.specs()
      .filter((candidate) => candidate.namespace === namespace && candidate.name === name)
      .sort((a, b) => (a.version ?? -1) - (b.version ?? -1))
  }

  #unknownId(id: string): RangeError {
    const bareNames = this.specs().map(({ id: known }) => known.replace(/-v\d+$/, ''))
    const hint = didYouMean(id, [...this.#entries.keys(), ...bareNames])
    return new RangeError(`unknown environment '${id}': ${hint} registeredSpecs() lists them all`)
  }
}

type ParsedId = Pick<EnvSpec, 'namespace' | 'name' | 'version'>

function parseId(id: string): ParsedId {
  const groups = ID_SYNTAX.exec(id)?.groups
  const name = groups?.['name']
  if (name === undefined) {
    throw new RangeError(
      `'${id}' is no environment id; write [namespace/]Name[-vN], such as CartPole-v1`,
    )
  }
  const version = groups?.['version']
  return {
    namespace: groups?.['namespace'],
    name,
    version: version === undefined ? undefined : Number(version),
  }
}
