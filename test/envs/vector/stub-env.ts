import { MultiBinary } from 'gymnasium-js'
import type { Env, Space } from 'gymnasium-js'

/** An environment that returns what it is told to. */
export function stub(observationSpace: Space, obs: unknown, reward: unknown = 1): Env {
  const env: Env = {
    observationSpace,
    actionSpace: new MultiBinary(2),
    get unwrapped() {
      return env
    },
    reset: () => ({ obs: observationSpace.sample(), info: {} }),
    step: () => ({ obs, reward: reward as number, terminated: false, truncated: false, info: {} }),
    getState: () => ({}),
    setState: () => undefined,
    render: () => undefined,
    close: () => undefined,
  }
  return env
}
