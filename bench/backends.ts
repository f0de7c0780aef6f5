/** Contenders by the backend that they run on: ours, by name, and jax-js, which the suite `update` brings. */
import { BACKENDS, type BackendName, useBackend } from '../src/backend/index.ts'
import { type Contender, type Prepared, Unavailable } from './measure.ts'

/**
 * A contender for each of our backends that was asked for.
 *
 * @param path such as `dqn-mlp/weight`; the backend's name is added to it
 * @param beside paths of the other contenders on the same backend to compare with, such as `dqn-mlp/none`
 * @param kernels needed beyond those that every backend has
 */
export function onBackends(
  { path, beside = [], others = [], kernels = [], asked }: BackendCase,
  prepare: (backend: BackendName) => Prepared | Promise<Prepared>,
): Contender[] {
  return BACKENDS.filter((name) => asked(name)).map((name) => ({
    name: `${path}/${name}`,
    task: path,
    references: [...beside.map((other) => `${other}/${name}`), ...(name === 'simd' ? others : [])],
    activate: () => activate(name, kernels),
    prepare: () => Promise.resolve(prepare(name)),
  }))
}

export interface BackendCase {
  readonly path: string
  readonly beside?: readonly string[]
  readonly kernels?: readonly string[]
  /** Contenders that only simd is compared with. */
  readonly others?: readonly string[]
  readonly asked: (backend: string) => boolean
}

/** @throws Unavailable if the backend does not start here or lacks a kernel */
async function activate(name: BackendName, kernels: readonly string[]): Promise<void> {
  try {
    await useBackend(name, { kernels })
  } catch (error) {
    throw new Unavailable((error as Error).message, { cause: error })
  }
}
