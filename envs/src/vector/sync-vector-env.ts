/**
 * N scalar environments stepped one after the other in this thread. Of environments that answer later, all are asked
 * before any is waited for, and what they answer goes to its own row, in whichever order it comes.
 */

import { isPromise } from '../contract.ts'
import { whenThere } from '../env.ts'
import type {
  AsyncEnv,
  CompleteEnv,
  EnvSpec,
  EnvState,
  Info,
  ResetArgs,
  ResetResult,
  StepResult,
} from '../env.ts'
import { readObjects } from '../json.ts'
import { checkChoice } from '../names.ts'
import { RunningEpisodes, checkActions, clearStep, emptyStep } from '../native/batch.ts'
import { explainRow, rowsOf } from '../native/rows.ts'
import type { Rows } from '../native/rows.ts'
import type { Space } from '../spaces/composite.ts'
import type {
  ActionArray,
  AutoresetMode,
  ObsArray,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from '../vector-env.ts'
import { requireDistinct, requireEnv, resetEnv, stepEnv } from './contract.ts'

export interface SyncVectorOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
  /**
   * Whether environments that answer later are asked one after the other: where they share what depends on the order of
   * their answers. Default: false, all at once.
   */
  inTurn?: boolean | undefined
}

/**
 * @example
 * const envs = new SyncVectorEnv([() => make('CartPole-v1'), () => make('CartPole-v1')])
 * const { obs } = envs.reset({ seed: 1 }) // Float32Array [2, 4]
 * const { rewards } = envs.step(Int32Array.of(0, 1))
 */
export class SyncVectorEnv implements VectorEnv {
  readonly numEnvs: number
  readonly singleObservationSpace: Space
  readonly singleActionSpace: Space
  readonly autoresetMode: AutoresetMode
  readonly spec: EnvSpec | undefined
  readonly #envs: readonly CompleteEnv[]
  readonly #obsRows: Rows
  readonly #actionRows: Rows
  readonly #result: VectorStep
  readonly #episodes: RunningEpisodes
  readonly #inTurn: boolean

  /**
   * @param envFns one function per environment, each building its own.
   * @throws RangeError without any; TypeError where one is no environment, two are the same, or
   * spaces differ or cannot be batched.
   */
  constructor(envFns: readonly (() => AsyncEnv)[], options: SyncVectorOptions = {}) {
    const { autoresetMode = 'SameStep', inTurn = false } = options
    this.#inTurn = inTurn
    checkChoice('SyncVectorEnv: autoresetMode', autoresetMode, ['SameStep', 'NextStep'])
    this.#envs = envFns.map((build, i) => requireEnv(build(), i))
    const first = this.#envs[0]
    if (first === undefined) {
      throw new RangeError('SyncVectorEnv: envFns is empty; pass at least one function')
    }
    requireDistinct(this.#envs)
    this.autoresetMode = autoresetMode
    this.numEnvs = this.#envs.length
    this.singleObservationSpace = first.observationSpace
    this.singleActionSpace = first.actionSpace
    this.spec = first.spec
    this.#checkSameSpaces()
    this.#obsRows = rowsOf(first.observationSpace)
    this.#actionRows = rowsOf(first.actionSpace)
    this.#result = emptyStep(this.numEnvs, this.#obsRows)
    this.#episodes = new RunningEpisodes(this.numEnvs)
  }

  /**
   * Starts an episode everywhere. The first reset without a seed counts as seed 0, so that the
   * environments differ from each other.
   *
   * @throws RangeError when an array of seeds is not [N]; Error when an
   * environment throws or breaks its contract, naming it.
   */
  reset({ seed, options }: VectorResetArgs = {}): VectorReset {
    const seeds = this.#episodes.seeds(seed)
    const { obs, infos } = this.#result
    return this.#fillRows(
      (i) => this.#resetRow(i, { seed: seeds?.[i], options }),
      () => ({ obs, infos: infos.slice() }),
    )
  }

  /**
   * @throws TypeError when actions is not [N, ...] in the action space's dtype; Error when an
   * environment throws or breaks its contract, naming it.
   */
  step(actions: ActionArray): VectorStep {
    checkActions(actions, this.#actionRows, this.numEnvs)
    clearStep(this.#result)
    const { pending } = this.#episodes
    return this.#fillRows(
      (i) => (pending[i] === 1 ? this.#resetRow(i) : this.#stepRow(i, actions)),
      () => this.#result,
    )
  }

  /**
   * The environments' states, running returns and lengths, and pending autoresets. The last
   * observations are not in it: they belong to whoever steps.
   */
  getState(): EnvState {
    return {
      envs: this.#envs.map((env) => env.getState()),
      ...this.#episodes.getState(),
    }
  }

  setState(state: EnvState): void {
    const envStates = readObjects(state, 'envs', this.numEnvs)
    const setEpisodes = this.#episodes.readState(state)
    for (const [i, env] of this.#envs.entries()) env.setState(envStates[i]!)
    setEpisodes()
  }

  close(): void {
    for (const env of this.#envs) env.close()
  }

  /** Moves every environment on, and goes on when what all of them told is there. */
  #fillRows<T>(infoOf: (i: number) => Info, then: () => T): T {
    const { infos } = this.#result
    let waiting: Promise<void>[] | undefined
    for (let i = 0; i < this.numEnvs; i++) {
      const info = infoOf(i)
      if (!isPromise(info)) infos[i] = info
      else if (this.#inTurn) return this.#fillInTurn(i, info, infoOf).then(then) as T
      else (waiting ??= []).push(this.#keep(i, info))
    }
    return waiting === undefined ? then() : (allThere(waiting).then(then) as T)
  }

  async #fillInTurn(from: number, first: Info, infoOf: (i: number) => Info): Promise<void> {
    await this.#keep(from, first)
    for (let i = from + 1; i < this.numEnvs; i++) await this.#keep(i, infoOf(i))
  }

  /** @param info perhaps promised */
  async #keep(i: number, info: Info): Promise<void> {
    this.#result.infos[i] = await Promise.resolve(info)
  }

  #resetRow(i: number, args?: ResetArgs): Info {
    const result = resetEnv(this.#envs[i]!, i, args)
    return isPromise(result)
      ? whenThere(result, (there) => this.#startRow(i, there))
      : this.#startRow(i, result)
  }

  #startRow(i: number, { obs, info }: ResetResult): Info {
    this.#writeObs(this.#result.obs, i, obs)
    this.#episodes.restart(i)
    return info
  }

  #stepRow(i: number, actions: ActionArray): Info {
    const step = stepEnv(this.#envs[i]!, i, this.#actionRows.read(actions, i))
    return isPromise(step)
      ? whenThere(step, (there) => this.#movedRow(i, there))
      : this.#movedRow(i, step)
  }

  #movedRow(i: number, step: StepResult): Info {
    this.#result.rewards[i] = step.reward
    this.#episodes.returns[i]! += step.reward
    this.#episodes.lengths[i]! += 1
    if (!step.terminated && !step.truncated) {
      this.#writeObs(this.#result.obs, i, step.obs)
      return step.info
    }
    this.#result.terminated[i] = step.terminated ? 1 : 0
    this.#result.truncated[i] = step.truncated ? 1 : 0
    return this.#endEpisode(i, step.obs, step.info)
  }

  #endEpisode(i: number, finalObs: unknown, finalInfo: Info): Info {
    this.#result.episodeReturns[i] = this.#episodes.returns[i]!
    this.#result.episodeLengths[i] = this.#episodes.lengths[i]!
    this.#writeObs(this.#result.finalObs, i, finalObs)
    if (this.autoresetMode === 'SameStep')
      return whenThere(this.#resetRow(i), (info) => ({ ...info, finalInfo }))
    this.#writeObs(this.#result.obs, i, finalObs)
    this.#episodes.pending[i] = 1
    return finalInfo
  }

  #writeObs(batch: ObsArray, i: number, obs: unknown): void {
    if (this.#obsRows.write(batch, i, obs)) return
    throw new Error(`env ${i}: the observation ${explainRow(this.singleObservationSpace, obs)}`)
  }

  #checkSameSpaces(): void {
    for (const [i, env] of this.#envs.entries()) {
      const same =
        env.observationSpace.equals(this.singleObservationSpace) &&
        env.actionSpace.equals(this.singleActionSpace)
      if (same) continue
      throw new TypeError(
        `SyncVectorEnv: env ${i} has spaces ${env.observationSpace.toString()}, ` +
          `${env.actionSpace.toString()}, unlike env 0; build all of them alike`,
      )
    }
  }
}

/**
 * All of them are waited for, also where one fails: none may still be under way when the environments are asked again.
 *
 * @throws the error of the first that failed, in their order
 */
async function allThere(promises: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
