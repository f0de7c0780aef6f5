/** An environment that plays back recorded episodes, for testing what stands around it. */

import { Box, Discrete } from 'gymnasium-js'
import type { Env, EnvState, ResetResult, StepResult } from 'gymnasium-js'

export type ScriptedStep = readonly [
  obs: readonly number[],
  reward: number,
  terminated: boolean,
  truncated: boolean,
]

export interface ScriptedEpisode {
  readonly reset: readonly number[]
  readonly steps: readonly ScriptedStep[]
}

/** Each reset goes to the next episode, from the last one back to the first. */
export class ScriptedEnv implements Env<Float32Array, number> {
  readonly observationSpace: Box
  readonly actionSpace = new Discrete(2)
  readonly script: readonly ScriptedEpisode[]
  /** Seeds and actions as they arrived, newest last. */
  readonly seen: unknown[] = []
  episode = -1
  t = 0

  constructor(script: readonly ScriptedEpisode[]) {
    this.script = script
    const size = script[0]!.reset.length
    this.observationSpace = new Box({ low: -Infinity, high: Infinity, shape: [size] })
  }

  get unwrapped(): this {
    return this
  }

  reset({ seed }: { seed?: unknown } = {}): ResetResult<Float32Array> {
    this.seen.push({ seed })
    this.episode = (this.episode + 1) % this.script.length
    this.t = 0
    return { obs: Float32Array.from(this.script[this.episode]!.reset), info: { at: 'reset' } }
  }

  step(action: number): StepResult<Float32Array> {
    this.seen.push({ action })
    const [obs, reward, terminated, truncated] = this.script[this.episode]!.steps[this.t++]!
    return { obs: Float32Array.from(obs), reward, terminated, truncated, info: { t: this.t } }
  }

  getState(): EnvState {
    return { episode: this.episode, t: this.t }
  }

  setState(state: EnvState): void {
    this.episode = Number(state['episode'])
    this.t = Number(state['t'])
  }

  render(): string {
    return `episode ${this.episode}, t ${this.t}`
  }

  close(): void {
    this.seen.push('close')
  }
}

/** An episode of `rewards.length` steps that ends in termination; observations count the steps. */
export function episodeOf(...rewards: number[]): ScriptedEpisode {
  const steps = rewards.map((reward, i): ScriptedStep => [
    [i + 1],
    reward,
    i === rewards.length - 1,
    false,
  ])
  return { reset: [0], steps }
}
