/**
 * Observations of all environments with mean about 0 and variance about 1, by one running statistic
 * over them all; see the wrapper of the same name for one environment. Each batch, a reset's too, is
 * taken into the statistics before it is normalized by them.
 *
 * Observation: Box float32 of the shape inside, unbounded; [N, ...], reused by later steps. Gymnasium's takes NextStep
 * alone. Under SameStep the batch that goes into the statistics is what the step showed, with the last observations of
 * episodes that ended, and then come the first ones of the next.
 */

import type { EnvState } from '../../env.ts'
import { readBoolean, readObject } from '../../json.ts'
import { RunningMeanStd } from '../../running-mean-std.ts'
import { Box } from '../../spaces/box.ts'
import type { VectorEnv, VectorReset, VectorStep } from '../../vector-env.ts'
import { requireBox } from '../../wrappers/box-values.ts'
import type { NormalizeObservationOptions } from '../../wrappers/normalize-observation.ts'
import { normalize } from '../../wrappers/normalize.ts'
import { VectorWrapper } from '../vector-wrapper.ts'

/**
 * @example
 * new NormalizeObservation(makeVector('Pendulum-v1', 8, { autoresetMode: 'NextStep' }))
 */
export class NormalizeObservation extends VectorWrapper {
  /** Of the observations as they come from inside. */
  statistics: RunningMeanStd
  readonly epsilon: number
  /** Whether observations go into the statistics. */
  updateRunningMean = true
  readonly #space: Box
  readonly #obs: Float32Array // [N, ...]
  readonly #final: Float32Array // [N, ...]; SameStep only

  /** @throws TypeError when the observations are not in a Box; */
  constructor(envs: VectorEnv, { epsilon = 1e-8 }: NormalizeObservationOptions = {}) {
    super(envs)
    const what = 'NormalizeObservation: the observation space'
    const inner = requireBox(what, envs.singleObservationSpace, 'flatten it in each environment')
    const { size, shape, dtype } = inner
    this.epsilon = epsilon
    this.statistics = new RunningMeanStd(size, dtype === 'float32' ? 'float32' : 'float64')
    this.#space = new Box({ low: -Infinity, high: Infinity, shape, dtype: 'float32' })
    this.#obs = new Float32Array(envs.numEnvs * size)
    this.#final = new Float32Array(envs.numEnvs * size)
  }

  override get singleObservationSpace(): Box {
    return this.#space
  }

  protected override afterReset({ obs, infos }: VectorReset): VectorReset {
    return { obs: this.#normalize(obs), infos }
  }

  protected override afterStep(result: VectorStep): VectorStep {
    if (this.autoresetMode === 'SameStep') return this.#afterSameStep(result)
    const obs = this.#normalize(result.obs)
    // Under NextStep a row that ended holds its last observation in obs too.
    return { ...result, obs, finalObs: obs }
  }

  #afterSameStep(result: VectorStep): VectorStep {
    const { terminated, truncated } = result
    const ended = Array.from(terminated.keys()).filter((i) => terminated[i] || truncated[i])
    if (ended.length === 0) return { ...result, obs: this.#normalize(result.obs) }
    const { size } = this.statistics
    const row = (batch: VectorReset['obs'], i: number) => batch.subarray(i * size, (i + 1) * size)
    const shown = result.obs.slice()
    for (const i of ended) shown.set(row(result.finalObs, i), i * size)
    if (this.updateRunningMean) this.statistics.update(shown)
    for (const i of ended)
      normalize(
        row(result.finalObs, i),
        this.statistics,
        this.epsilon,
        row(this.#final, i) as Float32Array,
      )
    if (this.updateRunningMean) for (const i of ended) this.statistics.update(row(result.obs, i))
    const obs = normalize(result.obs, this.statistics, this.epsilon, this.#obs)
    return { ...result, obs, finalObs: this.#final }
  }

  #normalize(obs: VectorReset['obs']): Float32Array {
    if (this.updateRunningMean) this.statistics.update(obs)
    return normalize(obs, this.statistics, this.epsilon, this.#obs)
  }

  startEvaluation(): void {
    this.updateRunningMean = false
  }

  override getState(): EnvState {
    return {
      ...super.getState(),
      statistics: this.statistics.getState(),
      updateRunningMean: this.updateRunningMean,
    }
  }

  override setState(state: EnvState): void {
    const statistics = readObject(state, 'statistics')
    const updateRunningMean = readBoolean(state, 'updateRunningMean')
    super.setState(state)
    this.statistics.setState(statistics)
    this.updateRunningMean = updateRunningMean
  }
}
