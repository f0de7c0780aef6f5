import { type Env, type ResetArgs, type ResetResult, type StepResult, Wrapper } from 'gymnasium-js'

/**
 * An environment that rests once its first episode is over: in a vector environment, it waits for the others without
 * being stepped. What is no environment is given back as it is, for the vector environment to say what is wrong with it.
 */
export function oneEpisodeOf(env: Env): Env {
  return 'step' in Object(env) ? new OneEpisode(env) : env
}

class OneEpisode extends Wrapper {
  #first: ResetResult | undefined
  #last: StepResult | undefined

  override reset(args?: ResetArgs): ResetResult {
    if (this.#first && this.#last) return { obs: this.#last.obs, info: this.#first.info }
    return this.resetInner(args)
  }

  protected override afterReset(result: ResetResult): ResetResult {
    this.#first = result
    return result
  }

  override step(action: unknown): StepResult {
    return this.#last ?? this.stepInner(action)
  }

  protected override afterStep(step: StepResult): StepResult {
    // What it tells while it rests is what it told first: at the end, an action mask may allow nothing.
    if (step.terminated || step.truncated)
      this.#last = {
        ...step,
        reward: 0,
        terminated: false,
        truncated: false,
        info: this.#first!.info,
      }
    return step
  }
}
