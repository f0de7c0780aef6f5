/** What every agent that learns can do, told once: the classes in agents/ say how, and what they add. */
import type { CheckpointState, StateOptions } from '../state.ts'
import type { LearnOptions } from './agent.ts'
import type { Policy } from './evaluation.ts'
import type { ModelLocation } from './saving.ts'
import type { Seed } from '../rng.ts'

export interface LearningAgent extends Policy {
  readonly seed: Seed
  /** Timesteps of experience so far. */
  readonly globalStep: number
  /** Kernels that learning needs and that not every backend has. */
  readonly kernels: readonly string[]

  /** Learns until the agent has seen `totalTimesteps` in all; a second call with more goes on from there. */
  learn(options: LearnOptions): Promise<void>

  /** @throws RangeError if `learn` would refuse this budget */
  checkBudget(totalTimesteps: number): void

  /**
   * Where reading takes waiting (`webgpu`): waits for all that learning began, and brings the parameters to the host,
   * so that `getState` and `digest` can read them. Elsewhere there is nothing to wait for.
   *
   * @throws TrainingTrouble if an update went wrong; GpuFailure if the GPU did
   */
  synchronize(): Promise<void>
  /**
   * All that `learn` needs to go on bit for bit: call it between timesteps, that is from a callback's `onStep`, or when
   * `learn` is not running. N timesteps, `getState`, `setState` of a new agent and N more give what 2N do, as long as
   * `learn` is told the same `totalTimesteps`, which schedules (and the length of a last rollout) follow.
   *
   * Environments that cannot give their state: see `unsavedReason`.
   *
   * @throws Error in the middle of a timestep, and after learning was stopped there by an error
   */
  getState(options?: StateOptions): CheckpointState

  /**
   * Takes over what `getState` of an agent with the same options, seed and environments returned; `learn` goes on from
   * there.
   *
   * @throws TypeError naming the field, what was expected and what was found, if the state is torn or does not fit;
   *   nothing has changed then
   */
  setState(state: CheckpointState): void

  /** SHA-256 over the parameters (and running statistics) in name order: equal for equal runs. */
  digest(): string

  /** Writes the model to a folder (or another store): what acting needs. */
  save(location: ModelLocation): Promise<void>

  /** Frees the tensors and closes the environments. */
  dispose(): void
}
