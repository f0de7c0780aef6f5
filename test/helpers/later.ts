/** Environments that answer later, made of such that answer at once. */
import type { AsyncEnv, Env } from 'gymnasium-js'

/** The same environment, but `reset` and `step` answer a turn later. */
export function later(env: Env): AsyncEnv {
  for (const name of ['reset', 'step'] as const) {
    const atOnce: unknown = Reflect.get(env, name)
    if (typeof atOnce !== 'function') continue // a planted defect
    const answer = async (argument: unknown): Promise<unknown> => {
      await Promise.resolve()
      return atOnce.call(env, argument)
    }
    Object.assign(env, { [name]: answer })
  }
  return env
}
