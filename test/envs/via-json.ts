import type { JsonObject } from 'gymnasium-js'

/** The way of a state into a checkpoint and back. */
export function viaJson<State extends JsonObject>(state: State): State {
  return JSON.parse(JSON.stringify(state)) as State
}
