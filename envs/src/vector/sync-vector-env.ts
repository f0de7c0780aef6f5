/** N scalar environments stepped one after the other in this thread. */

import type { Env, EnvState, Info, ResetArgs } from '../env.ts'
import { readBoolean, readNumbers, readObjects } from '../json.ts'
import { checkChoice, describe } from '../names.ts'
import type { EnvSpec } from '../registry.ts'
import { checkSeed } from '../rng.ts'
import type { Seed } from '../rng.ts'
import { isArrayOf } from '../spaces/dtype.ts'
import type { Space } from '../spaces/space.ts'
import { requireDistinct, requireEnv, resetEnv, stepEnv } from './contract.ts'
import { explainRow, rowsOf } from './rows.ts'
import type { Rows } from './rows.ts'
import type {
  ActionArray,
  AutoresetMode,
  ObsArray,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from './vector-env.ts'

export interface SyncVectorOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
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
  readonly #envs: readonly Env[]
  readonly #obsRows: Rows
  readonly #actionRows: Rows
  readonly #result: VectorStep
  readonly #returns: Float64Array // [N] of the running episodes
  readonly #lengths: Int32Array // [N]
  readonly #pending: Uint8Array // [N] 1: the next step resets (NextStep only)
  #seeded = false

  /**
   * @param envFns one function per environment, each building its own.
   * @throws RangeError without any; TypeError where one is no environment, two are the same, or
   * spaces differ or cannot be batched.
   */
  constructor(envFns: readonly (() => Env)[], options: SyncVectorOptions = {}) {
    const { autoresetMode = 'SameStep' } = options
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
    this.#returns = new Float64Array(this.numEnvs)
    this.#lengths = new Int32Array(this.numEnvs)
    this.#pending = new Uint8Array(this.numEnvs)
  }

  /**
   * Starts an episode everywhere. The first reset without a seed counts as seed 0, so that the
   * environments differ from each other.
   *
   * @throws RangeError when an array of seeds is not [N]; Error when an
   * environment throws or breaks its contract, naming it.
   */
  reset({ seed, options }: VectorResetArgs = {}): VectorReset {
    const seeds = seedPerEnv(seed ?? (this.#seeded ? undefined : 0), this.numEnvs)
    this.#seeded = true
    for (let i = 0; i < this.numEnvs; i++) {
      this.#result.infos[i] = this.#resetRow(i, { seed: seeds?.[i], options })
    }
    return { obs: this.#result.obs, infos: this.#result.infos.slice() }
  }

  /**
   * @throws TypeError when actions is not [N, ...] in the action space's dtype; Error when an
   * environment throws or breaks its contract, naming it.
   */
  step(actions: ActionArray): VectorStep {
    this.#checkActions(actions)
    const { rewards, terminated, truncated, episodeReturns, episodeLengths, infos } = this.#result
    rewards.fill(0)
    terminated.fill(0)
    truncated.fill(0)
    episodeReturns.fill(0)
    episodeLengths.fill(0)
    for (let i = 0; i < this.numEnvs; i++) {
      infos[i] = this.#pending[i] === 1 ? this.#resetRow(i) : this.#stepRow(i, actions)
    }
    return this.#result
  }

  /**
   * The environments' states, running returns and lengths, and pending autoresets. The last
   * observations are not in it: they belong to whoever steps.
   */
  getState(): EnvState {
    return {
      envs: this.#envs.map((env) => env.getState()),
      returns: Array.from(this.#returns),
      lengths: Array.from(this.#lengths),
      pending: Array.from(this.#pending),
      seeded: this.#seeded,
    }
  }

  setState(state: EnvState): void {
    const envStates = readObjects(state, 'envs', this.numEnvs)
    const returns = readNumbers(state, 'returns', this.numEnvs)
    const lengths = readNumbers(state, 'lengths', this.numEnvs)
    const pending = readNumbers(state, 'pending', this.numEnvs)
    const seeded = readBoolean(state, 'seeded')
    for (const [i, env] of this.#envs.entries()) env.setState(envStates[i]!)
    this.#returns.set(returns)
    this.#lengths.set(lengths)
    this.#pending.set(pending)
    this.#seeded = seeded
  }

  close(): void {
    for (const env of this.#envs) env.close()
  }

  #resetRow(i: number, args?: ResetArgs): Info {
    const { obs, info } = resetEnv(this.#envs[i]!, i, args)
    this.#writeObs(this.#result.obs, i, obs)
    this.#returns[i] = 0
    this.#lengths[i] = 0
    this.#pending[i] = 0
    return info
  }

  #stepRow(i: number, actions: ActionArray): Info {
    const step = stepEnv(this.#envs[i]!, i, this.#actionRows.read(actions, i))
    this.#result.rewards[i] = step.reward
    this.#returns[i]! += step.reward
    this.#lengths[i]! += 1
    if (!step.terminated && !step.truncated) {
      this.#writeObs(this.#result.obs, i, step.obs)
      return step.info
    }
    this.#result.terminated[i] = step.terminated ? 1 : 0
    this.#result.truncated[i] = step.truncated ? 1 : 0
    return this.#endEpisode(i, step.obs, step.info)
  }

  #endEpisode(i: number, finalObs: unknown, finalInfo: Info): Info {
    this.#result.episodeReturns[i] = this.#returns[i]!
    this.#result.episodeLengths[i] = this.#lengths[i]!
    this.#writeObs(this.#result.finalObs, i, finalObs)
    if (this.autoresetMode === 'SameStep') return { ...this.#resetRow(i), finalInfo }
    this.#writeObs(this.#result.obs, i, finalObs)
    this.#pending[i] = 1
    return finalInfo
  }

  #writeObs(batch: ObsArray, i: number, obs: unknown): void {
    if (this.#obsRows.write(batch, i, obs)) return
    throw new Error(`env ${i}: the observation ${explainRow(this.singleObservationSpace, obs)}`)
  }

  #checkActions(actions: ActionArray): void {
    const { dtype, size } = this.#actionRows
    if (isArrayOf(dtype, actions) && actions.length === this.numEnvs * size) return
    throw new TypeError(
      `actions: expected ${this.numEnvs} x ${size} elements of dtype ${dtype}, ` +
        `found ${describe(actions)}; pass one action per environment in one typed array`,
    )
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

function emptyStep(n: number, obsRows: Rows): VectorStep {
  return {
    obs: obsRows.batch(n),
    rewards: new Float64Array(n),
    terminated: new Uint8Array(n),
    truncated: new Uint8Array(n),
    finalObs: obsRows.batch(n),
    episodeReturns: new Float64Array(n),
    episodeLengths: new Int32Array(n),
    infos: Array.from({ length: n }, () => ({})),
  }
}

/** The seed of each environment; undefined leaves their random streams alone. */
export function seedPerEnv(
  seed: Seed | readonly Seed[] | undefined,
  n: number,
): readonly Seed[] | undefined {
  if (seed === undefined) return undefined
  if (typeof seed === 'number') return Array.from({ length: n }, (_, i) => checkSeed(seed + i))
  if (typeof seed === 'string') return Array.from({ length: n }, (_, i) => `${seed}/${i}`)
  if (seed.length === n) return seed
  throw new RangeError(`seed has ${seed.length} elements; pass one per environment (${n}), or one`)
}
