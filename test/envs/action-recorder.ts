/** An environment that writes down the actions that reach it. */

import { Discrete } from 'gymnasium-js'
import type { Env, Space } from 'gymnasium-js'

export interface ActionRecorder<Act> extends Env<number, Act> {
  /** Oldest first, as they arrived. */
  readonly got: Act[]
}

export function actionRecorder<Act>(actionSpace: Space<Act>): ActionRecorder<Act> {
  const env: ActionRecorder<Act> = {
    got: [],
    observationSpace: new Discrete(1),
    actionSpace,
    get unwrapped() {
      return env
    },
    reset: () => ({ obs: 0, info: {} }),
    step: (action) => {
      env.got.push(action)
      return { obs: 0, reward: 1, terminated: false, truncated: false, info: {} }
    },
    getState: () => ({}),
    setState: () => undefined,
    render: () => undefined,
    close: () => undefined,
  }
  return env
}
