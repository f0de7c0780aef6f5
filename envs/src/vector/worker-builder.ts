/** Builds a worker's share of the environments, in the worker. */

import { findMissingMember, isObject } from '../contract.ts'
import { complete, Wrapper } from '../env.ts'
import type { Env, EnvState, ResetArgs, ResetResult, StepResult } from '../env.ts'
import { make } from '../make.ts'
import { SyncVectorEnv } from './sync-vector-env.ts'
import { CONTROL } from './worker-protocol.ts'
import type { EnvRecipe, WorkerSetup } from './worker-protocol.ts'

/** @throws Error from the module, the environments' constructors, or on what is no environment. */
export async function buildShare({
  recipe,
  from,
  to,
  autoresetMode,
  control,
}: WorkerSetup): Promise<SyncVectorEnv> {
  const build = await builderOf(recipe)
  const envFns = Array.from({ length: to - from }, (_, row) => () => {
    control[CONTROL.current] = from + row
    return new Watched(requireSound(build()), from + row, control)
  })
  return new SyncVectorEnv(envFns, { autoresetMode })
}

async function builderOf({ id, module, exportName, kwargs }: EnvRecipe): Promise<() => unknown> {
  const exported =
    module === undefined
      ? {}
      : ((await import(/* @vite-ignore */ module)) as Record<string, unknown>)
  if (id !== undefined) return () => make(id, kwargs)
  const maker = exported[exportName]
  if (typeof maker !== 'function') {
    throw new TypeError(
      `${String(module)} exports no function or class '${exportName}' ` +
        `(it exports: ${Object.keys(exported).join(', ')}); pass its exportName`,
    )
  }
  const prototype: unknown = maker.prototype
  const isClass = isObject(prototype) && 'step' in prototype
  return (): unknown =>
    isClass ? Reflect.construct(maker, [kwargs]) : Reflect.apply(maker, undefined, [kwargs])
}

function requireSound(env: unknown): Env {
  const breach = findMissingMember(env)
  if (breach !== undefined) throw new TypeError(`${breach.found}; ${breach.remedy}`)
  return env as Env
}

/** Leaves word which environment is being played, in case it never comes back. */
class Watched extends Wrapper {
  readonly #index: number
  readonly #control: Int32Array

  constructor(env: Env, index: number, control: Int32Array) {
    super(env)
    this.#index = index
    this.#control = control
  }

  override reset(args?: ResetArgs): ResetResult {
    this.#control[CONTROL.current] = this.#index
    return super.reset(args)
  }

  override step(action: unknown): StepResult {
    this.#control[CONTROL.current] = this.#index
    return super.step(action)
  }

  /** That of the environment alone, as in a SyncVectorEnv. */
  override getState(): EnvState {
    this.#control[CONTROL.current] = this.#index
    return complete(this.env).getState()
  }

  override setState(state: EnvState): void {
    this.#control[CONTROL.current] = this.#index
    complete(this.env).setState(state)
  }

  override close(): void {
    this.#control[CONTROL.current] = this.#index
    super.close()
  }
}
