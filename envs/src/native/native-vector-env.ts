/**
 * N copies of an environment in one typed array, stepped by one loop over its `NativeModel`: the
 * same trajectories as N scalar copies in a SyncVectorEnv, bit for bit, without an object per step.
 */

import type { EnvSpec, EnvState, Info, ResetOptions } from '../env.ts'
import { readBoolean, readNumbers, readObjects } from '../json.ts'
import { checkChoice } from '../names.ts'
import { checkInteger } from '../numbers.ts'
import { Rng } from '../rng.ts'
import type { Seed } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import type { TypedArray } from '../spaces/dtype.ts'
import type {
  ActionArray,
  AutoresetMode,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from '../vector-env.ts'
import { RunningEpisodes, checkActions, clearStep, emptyStep } from './batch.ts'
import { findInvalidAction, invalidAction } from './native-actions.ts'
import type { NativeModel, NativeStates } from './native-model.ts'
import { rowsOf } from './rows.ts'
import type { Rows } from './rows.ts'

export interface NativeVectorOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
  /** Timesteps after which an episode is truncated; default: no limit. */
  maxEpisodeSteps?: number | undefined
  /** How `makeVector` built it. */
  spec?: EnvSpec | undefined
}

const NO_INFO: Info = Object.freeze({})

/**
 * @example
 * const envs = new NativeVectorEnv(new MazeModel(), 1024, { maxEpisodeSteps: 500 })
 */
export class NativeVectorEnv implements VectorEnv {
  readonly numEnvs: number
  readonly singleObservationSpace: Space
  readonly singleActionSpace: Space
  readonly autoresetMode: AutoresetMode
  readonly spec: EnvSpec | undefined
  readonly #model: NativeModel
  readonly #limit: number // timesteps
  readonly #states: NativeStates // [N * stateSize]
  readonly #sources: Rng[] // [N]
  readonly #obsSize: number
  readonly #actionRows: Rows
  readonly #result: VectorStep
  readonly #episodes: RunningEpisodes
  readonly #informed: number[] = [] // copies whose info of the last step is not empty
  #started = false

  /** @throws RangeError when numEnvs or maxEpisodeSteps is not an integer ≥ 1. */
  constructor(model: NativeModel, numEnvs: number, options: NativeVectorOptions = {}) {
    const { autoresetMode = 'SameStep', maxEpisodeSteps = Infinity, spec } = options
    checkChoice('NativeVectorEnv: autoresetMode', autoresetMode, ['SameStep', 'NextStep'])
    checkInteger('NativeVectorEnv: numEnvs', numEnvs)
    if (maxEpisodeSteps !== Infinity) {
      checkInteger('NativeVectorEnv: maxEpisodeSteps', maxEpisodeSteps)
    }
    this.numEnvs = numEnvs
    this.singleObservationSpace = model.observationSpace
    this.singleActionSpace = model.actionSpace
    this.autoresetMode = autoresetMode
    this.spec = spec
    this.#model = model
    this.#limit = maxEpisodeSteps
    this.#states = model.allocate(numEnvs)
    this.#sources = Array.from({ length: numEnvs }, (_, i) => new Rng(i))
    const obsRows = rowsOf(model.observationSpace)
    this.#obsSize = obsRows.size
    this.#actionRows = rowsOf(model.actionSpace)
    this.#result = emptyStep(numEnvs, obsRows)
    this.#result.infos.fill(NO_INFO)
    this.#episodes = new RunningEpisodes(numEnvs)
  }

  /**
   * Starts an episode everywhere. The first reset without a seed counts as seed 0.
   *
   * @throws RangeError when an array of seeds is not [N]; what the model throws on the options.
   */
  reset({ seed, options }: VectorResetArgs = {}): VectorReset {
    const seeds = this.#episodes.seeds(seed)
    for (let i = 0; i < this.numEnvs; i++) this.#resetRow(i, seeds?.[i], options)
    this.#started = true
    this.#result.infos.fill(NO_INFO)
    this.#informed.length = 0
    return { obs: this.#result.obs, infos: this.#result.infos.slice() }
  }

  /**
   * @throws TypeError when actions is not [N, ...] in the action space's dtype; RangeError on one
   * that is outside the action space, naming its environment; Error before the first reset.
   */
  step(actions: ActionArray): VectorStep {
    this.#checkActions(actions)
    if (!this.#started) throw new Error('step() before reset(): call envs.reset() first')
    const { rewards, terminated, infos } = this.#result
    const { pending } = this.#episodes
    const skip = this.autoresetMode === 'NextStep' ? pending : undefined
    clearStep(this.#result)
    for (const i of this.#informed) infos[i] = NO_INFO
    this.#informed.length = 0
    this.#model.stepAll(
      this.#states,
      this.numEnvs,
      actions,
      this.#sources,
      rewards,
      terminated,
      skip,
    )
    this.#finishStep()
    return this.#result
  }

  /** Everything but the last observations: they belong to whoever steps. */
  getState(): EnvState {
    return {
      states: Array.from(this.#states),
      rngs: this.#sources.map((source) => source.getState()),
      started: this.#started,
      ...this.#episodes.getState(),
    }
  }

  setState(state: EnvState): void {
    const numbers = readNumbers(state, 'states', this.#states.length)
    const sources = readObjects(state, 'rngs', this.numEnvs).map((rng) => Rng.fromState(rng))
    const started = readBoolean(state, 'started')
    const setEpisodes = this.#episodes.readState(state)
    this.#states.set(numbers)
    for (const [i, source] of sources.entries()) this.#sources[i] = source
    this.#started = started
    setEpisodes()
  }

  close(): void {
    // Nothing is held open.
  }

  #resetRow(i: number, seed?: Seed, options?: ResetOptions): void {
    const source = seed === undefined ? this.#sources[i]! : new Rng(seed)
    const at = i * this.#model.stateSize
    this.#model.reset(this.#states, at, source, options)
    if (seed !== undefined) this.#model.forget?.(this.#states, at)
    this.#sources[i] = source
    this.#episodes.restart(i)
    this.#observe(i, this.#result.obs)
  }

  /** Counts the step that every copy has made, ends episodes that are over, and looks. */
  #finishStep(): void {
    const { rewards, terminated, truncated, obs } = this.#result
    const { returns, lengths, pending } = this.#episodes
    const model = this.#model
    const { stateSize } = model
    const states = this.#states
    const obsSize = this.#obsSize
    const limit = this.#limit
    const n = this.numEnvs
    for (let i = 0; i < n; i++) {
      if (pending[i] === 1) {
        this.#resetRow(i)
        continue
      }
      returns[i]! += rewards[i]!
      const length = lengths[i]! + 1
      lengths[i] = length
      if (length >= limit) truncated[i] = 1
      if (length >= limit || terminated[i] === 1) this.#endEpisode(i)
      else model.observe(states, i * stateSize, obs, i * obsSize)
    }
  }

  #endEpisode(i: number): void {
    const { obs, finalObs, infos, episodeReturns, episodeLengths } = this.#result
    episodeReturns[i] = this.#episodes.returns[i]!
    episodeLengths[i] = this.#episodes.lengths[i]!
    this.#observe(i, finalObs)
    if (this.autoresetMode === 'SameStep') {
      this.#resetRow(i)
      infos[i] = { finalInfo: NO_INFO }
      this.#informed.push(i)
    } else {
      this.#observe(i, obs)
      this.#episodes.pending[i] = 1
    }
  }

  #observe(i: number, obs: TypedArray): void {
    this.#model.observe(this.#states, i * this.#model.stateSize, obs, i * this.#obsSize)
  }

  #checkActions(actions: ActionArray): void {
    checkActions(actions, this.#actionRows, this.numEnvs)
    const k = findInvalidAction(this.#model, actions)
    if (k < 0) return
    const i = Math.floor(k / this.#actionRows.size)
    throw new RangeError(`env ${i}: ${invalidAction(this.#model, actions[k]).message}`)
  }
}
