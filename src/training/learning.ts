/**
 * What every agent does while it learns, so that its own file tells only its algorithm: the environments and what they
 * show, the budget, updates and what they find, the log, and errors that say when and where.
 *
 * An algorithm's loop takes turns from `timesteps` or `rollouts`; `due`, `progress` and `learningRate` are about the
 * turn under way.
 */
import * as tf from '@tensorflow/tfjs-core'
import { choiceSizes } from 'gymnasium-js/spaces'
import type { ActionArray, ObsArray, VectorEnv, VectorReset, VectorStep } from 'gymnasium-js/vector'
import * as z from 'zod'
import {
  type Awaitable,
  type NumericArray,
  onHost,
  type Program,
  readsByWaiting,
  type Signature,
  tensorFrom,
  whenThere,
} from '../backend/index.ts'
import type { RolloutBuffer } from '../buffers/index.ts'
import { messageOf } from '../errors.ts'
import type { Metrics } from '../logging/index.ts'
import { actionMasksOf, environmentWithoutChoice, masksAfter } from '../masks.ts'
import type { LayerReport, Network, ObservationEncoder } from '../nn/index.ts'
import type { RolloutPolicy } from '../policies/index.ts'
import type { Rng, Seed } from '../rng.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readTensors,
  splitState,
  type StatePart,
  tensorOf,
} from '../state.ts'
import {
  environmentIn,
  findNonFinite,
  findNonFiniteStart,
  remedyAfter,
  requireFinite,
  TrainingTrouble,
  Trouble,
} from '../trouble.ts'
import { learningRateAt } from './agent-options.ts'
import { type CallbackSource, combineCallbacks, yieldToEventLoop } from './callbacks.ts'
import {
  environmentState,
  firstSeeds,
  type Playing,
  readEnvironmentState,
} from './environment-state.ts'
import { requireEnvs } from './environments.ts'
import { MeanMetrics } from './metrics.ts'
import { NormRows } from './norm-rows.ts'
import { copiesOf, PendingReports } from './pending-reports.ts'
import type { Rollouts } from './rollouts.ts'
import { completedIntervals } from './schedules.ts'

/** Timesteps between turns of the event loop while learning; by count, so that no clock decides anything. */
const YIELD_EVERY = 64

export interface LearningParts {
  /** Names the agent in errors. */
  readonly name: string
  /** Undefined for an agent that only acts. */
  readonly envs: VectorEnv | undefined
  /** Parent of the agent's random streams. */
  readonly rng: Rng
  readonly network: Network
  readonly encoder: ObservationEncoder
  readonly options: Parameters<typeof learningRateAt>[0] & {
    readonly logInterval: number
    readonly normInterval: number
  }
  /** Outputs of updates that are logged, as means, and under which names. */
  readonly metrics: Readonly<Record<string, string>>
  /** Whether weights must be fitted to data, or learning begun, before the network acts. */
  readonly isInitialized: boolean
  /** What depends on the weights, after they were initialized or loaded: a target network. */
  readonly follow?: (() => void) | undefined
}

/** What is learned from: a replay buffer or a rollout. */
export interface ObservationSource {
  /** Some of the observations. @returns [count, ...] */
  observations(count: number, rng: Rng): ObsArray
}

type Columns = Readonly<Record<string, NumericArray>>
type Outputs<O extends string> = Record<O, Float32Array>
/** Of a program, what updates need. */
type Update<O extends string> = Pick<Program<Signature, O>, 'run' | 'later' | 'into'>

export class Learning {
  readonly rng: Rng
  /** Timesteps of experience so far, the one under way included. */
  globalStep = 0
  /** Of this call of `learn`. */
  totalTimesteps = 0
  /** Whether the weights have been initialized from data, or read from a file. */
  isInitialized: boolean
  /** What data-dependent initialization found, layer by layer; empty until it has run. */
  initialization: readonly LayerReport[] = []
  /** [N, ...] what the environments show now; stays as it is until the step after the next. */
  obs: ObsArray = new Float32Array(0)
  /** [N, A] which actions are legal now, where the environments tell. */
  masks: Uint8Array | undefined
  /** Timestep at which the turn under way began. */
  from = 0

  readonly #parts: LearningParts
  /** Numbers in a mask for each choice of an action, and in all of it. */
  readonly #choices: readonly number[]
  readonly #maskSize: number
  readonly #metrics: MeanMetrics
  /** Outputs of updates, the index of the metric that each is, and its name without the group. */
  readonly #reported: readonly Readonly<{ output: string; metric: number; name: string }>[]
  readonly #norms: NormRows
  readonly #pending = new PendingReports<string>()
  /** Outputs of updates that are read at once, written over by the next. */
  readonly #outputs = new WeakMap<object, { rows: number; outputs: Outputs<string> }>()
  #listeners = combineCallbacks([])
  #stopped = false
  /** What each environment was last seeded with; undefined before they were started. */
  #seeds: readonly Seed[] | undefined
  /** Environments that had to be reset for a state, and that answer later. */
  #resuming: Promise<void> | undefined
  /** Takes turns with `obs`. */
  #spareObs: ObsArray = this.obs
  /** Whether no timestep is under way: then the state is whole. */
  #isBetween = true

  constructor(parts: LearningParts) {
    this.#parts = parts
    this.rng = parts.rng
    this.isInitialized = parts.isInitialized
    this.#choices = parts.envs ? choiceSizes(parts.envs.singleActionSpace) : []
    this.#maskSize = this.#choices.reduce((sum, size) => sum + size, 0)
    this.#metrics = new MeanMetrics(Object.values(parts.metrics))
    this.#reported = Object.entries(parts.metrics).map(([output, metric], i) => ({
      output,
      metric: i,
      name: metric.slice(metric.indexOf('/') + 1),
    }))
    this.#norms = new NormRows(parts.network, parts.encoder)
  }

  /** Whether the environments have been started. */
  get isStarted(): boolean {
    return this.#seeds !== undefined || this.#resuming !== undefined
  }

  /** Whether no timestep is under way, nor was when learning failed. */
  get isBetweenTimesteps(): boolean {
    return this.#isBetween
  }

  /** From 0 to 1: how much of the training was over when the turn began. */
  get progress(): number {
    return this.from / this.totalTimesteps
  }

  /** For the updates of this turn. */
  get learningRate(): number {
    return learningRateAt(this.#parts.options, this.from, this.totalTimesteps)
  }

  /** How often `interval` timesteps were completed in this turn. */
  due(interval: number): number {
    return completedIntervals(this.from, this.globalStep, interval)
  }

  /** Resets the environments: one seed each, from the stream `env/<i>`. */
  async start(): Promise<void> {
    const envs = requireEnvs(this.#parts.envs)
    const seeds = firstSeeds(envs, this.rng)
    const starting = envs.reset({ seed: seeds }) as Awaitable<VectorReset>
    const { obs, infos } = await starting
    this.#play(obs.slice(), seeds, actionMasksOf(infos, this.#maskSize))
    try {
      this.#requireSoundStart(envs)
    } catch (error) {
      this.#isBetween = false
      throw this.explained(error)
    }
  }

  /** Runs a loop that learns, until it is through, and hears of all that its updates found. */
  async learn(
    totalTimesteps: number,
    callbacks: CallbackSource,
    loop: (run: this) => Promise<void>,
  ): Promise<void> {
    this.totalTimesteps = totalTimesteps
    this.#listeners = combineCallbacks(callbacks)
    this.#stopped = false
    try {
      await this.#resuming
      this.#resuming = undefined
      await this.#listeners.onStart(this.globalStep)
      await loop(this)
      await this.settle()
      await this.#listeners.onEnd(this.globalStep)
    } catch (error) {
      throw this.explained(error)
    }
  }

  /** A turn for each timestep of all environments, until the budget is spent or a callback stops learning. */
  async *timesteps(): AsyncGenerator<this, void> {
    while (this.#goesOn) {
      const before = this.#beginTimestep()
      yield this
      const waiting = this.#endTimestep(before)
      if (waiting) await waiting
    }
  }

  /**
   * A turn for each full rollout under one policy. The first is played at random where weights are to be initialized
   * from data; the last is as long as the budget allows.
   */
  async *rollouts(rollouts: Rollouts, policy: RolloutPolicy): AsyncGenerator<RolloutBuffer, void> {
    while (this.#goesOn) {
      const before = this.#beginTimestep()
      const { obs, masks } = this
      const left = (this.totalTimesteps - before) / rollouts.numEnvs
      const rollout = rollouts.underWay(this.isInitialized, left)
      const playing = this.isInitialized ? policy.play(obs, masks) : policy.playAtRandom(obs, masks)
      const { actions, values } = playing instanceof Promise ? await playing : playing
      const stepping = this.step(policy.toEnv(actions))
      const step = stepping instanceof Promise ? await stepping : stepping
      rollout.add(obs, actions, values, step, masks)
      if (rollout.full) {
        this.from = this.globalStep - rollout.rows
        yield rollout
        rollouts.finish()
      }
      const waiting = this.#endTimestep(before)
      if (waiting) await waiting
    }
  }

  /**
   * One step of all environments; `obs` and `masks` move on.
   *
   * @param actions [N, ...] as the environments take them
   * @returns what they returned; a promise of it where one of them answers later
   * @throws Trouble if an environment fails, or an observation or a reward is not finite
   */
  step(actions: ActionArray): Awaitable<VectorStep> {
    const envs = requireEnvs(this.#parts.envs)
    this.globalStep += envs.numEnvs
    const asked = { obs: this.obs, actions }
    let step: Awaitable<VectorStep>
    try {
      step = envs.step(actions)
    } catch (error) {
      throw failureOf(error, envs, asked)
    }
    return step instanceof Promise
      ? this.#stepLater(step, envs, asked)
      : this.#moveOn(step, envs, asked)
  }

  async #stepLater(step: Promise<VectorStep>, envs: VectorEnv, asked: Asked): Promise<VectorStep> {
    const there = await step.catch((error: unknown) => {
      throw failureOf(error, envs, asked)
    })
    return this.#moveOn(there, envs, asked)
  }

  #moveOn(step: VectorStep, envs: VectorEnv, asked: Asked): VectorStep {
    requireFiniteStep(step, envs, asked)
    const { obs } = this
    this.obs = this.#spareObs
    this.#spareObs = obs
    this.obs.set(step.obs)
    this.masks = masksAfter(this.masks, step.infos, this.#maskSize)
    if (this.masks) this.#requireChoice(envs, this.masks)
    this.#reportEpisodes(step)
    return step
  }

  /**
   * Data-dependent initialization of the network, once.
   *
   * @param draw gives the observations, [B, ...]
   */
  async initialize(draw: () => ObsArray): Promise<void> {
    if (this.isInitialized) return
    const { network, encoder } = this.#parts
    const obs = draw()
    const shape = [obs.length / encoder.size, ...encoder.shape]
    this.initialization = await onHost(() =>
      tf.tidy(() =>
        network.initializeFromData(encoder.encode(tensorFrom(obs, shape, encoder.spec.dtype))),
      ),
    )
    this.begin()
  }

  /** After the weights were initialized, or came from a file. */
  begin(): void {
    tf.tidy(() => {
      this.#parts.network.refold()
    })
    this.#parts.follow?.()
    this.isInitialized = true
  }

  /**
   * Runs a program that learns from a minibatch. What it finds is checked and goes into the means of the log: at once,
   * or, where reading takes waiting, later, while learning goes on.
   *
   * @param batch [B, ...] each
   * @param scalars of the optimizer's step, and whatever else changes
   * @param take needs the outputs before learning goes on; they are valid until the next update
   * @throws Trouble if one of the outputs that are logged is not finite
   */
  update<O extends string>(
    program: Update<O>,
    batch: Columns,
    scalars: Columns,
    take?: (outputs: Outputs<O>) => void,
  ): Awaitable<void> {
    const inputs = { ...batch, ...scalars }
    if (readsByWaiting() && !take) return this.#hearLater(program, batch, inputs)
    const hear = (outputs: Outputs<O>) => {
      this.#hear(outputs, batch)
      take?.(outputs)
    }
    return whenThere(this.#run(program, batch, inputs), hear)
  }

  /** Adds to the means of the log. */
  report(values: Metrics): void {
    this.#metrics.add(values)
  }

  /**
   * A row of metrics, where one is due: means since the last row, what normalization does, or both.
   *
   * @param charts more for the row
   * @param batchSize rows of a minibatch, and where to draw some, to measure normalization with
   */
  log(charts: Metrics, batchSize: number, source: ObservationSource): Promise<void> | undefined {
    const isRowDue = this.due(this.#parts.options.logInterval) > 0
    const areNormsDue = batchSize > 1 && this.#areNormsDue
    if (!isRowDue && !areNormsDue) return undefined // as at most timesteps
    return this.#log(isRowDue ? charts : undefined, areNormsDue ? { batchSize, source } : undefined)
  }

  /** Hears of everything that updates found. */
  async settle(): Promise<void> {
    const whole = this.#isBetween
    this.#isBetween = false // in trouble there is no state
    await this.#pending.settle()
    this.#isBetween = whole
  }

  /** Trouble with the agent, the timestep and the environment's seed; other errors as they are. */
  explained(error: unknown, globalStep = this.globalStep): unknown {
    if (!(error instanceof Trouble)) return error
    const { message, evidence, remedy, row, cause } = error
    const isOurs = evidence.batch['obs'] === this.obs
    const environment = error.environment ?? (isOurs ? row : undefined)
    const environmentSeed = environment === undefined ? undefined : this.#seeds?.[environment]
    const seed = environmentSeed === undefined ? '' : ` (seed ${JSON.stringify(environmentSeed)})`
    const where = remedy
      ? ` at timestep ${globalStep}; ${remedyAfter(remedy, this.initialization)}`
      : `, at timestep ${globalStep}${seed}`
    return new TrainingTrouble(
      `${this.#parts.name}: ${message}${where}`,
      { ...evidence, globalStep, environment, environmentSeed },
      cause === undefined ? undefined : { cause },
    )
  }

  /** Of the environments and what learning carries from one timestep to the next. */
  getState(): CheckpointState {
    const envs = requireEnvs(this.#parts.envs)
    const { obs, masks } = this
    const legal = masks && tensorOf(masks.slice(), [envs.numEnvs, this.#maskSize])
    return joinStates(
      { hasMasks: masks !== undefined },
      {
        environments: environmentState(envs, { obs, seeds: this.#seeds! }),
        masks: { json: {}, tensors: { ...(legal && { legal }) } },
        metrics: this.#metrics.getState(),
      },
    )
  }

  /**
   * Checks all of a state.
   *
   * @param globalStep at which it was made
   * @returns obs [N, ...] and masks that learning goes on with, as far as known, and what takes the state over: it throws
   *   if the environments refuse, and gives what they showed then if they could not be kept where they were
   * @throws TypeError naming the field
   */
  readState(state: StatePart, globalStep: number) {
    const envs = requireEnvs(this.#parts.envs)
    const { hasMasks } = readJson(stateSchema, state)
    const parts = splitState(state, ['environments', 'masks', 'metrics'])
    const own = { envs, obsSize: this.#parts.encoder.size, rng: this.rng }
    const resume = readEnvironmentState(parts.environments, own, globalStep)
    const shape = [envs.numEnvs, this.#maskSize]
    const legal = { dtype: 'uint8', shape } as const
    const masks = hasMasks ? readTensors(parts.masks, { legal }).legal.slice() : undefined
    if (!hasMasks) readTensors(parts.masks, {})
    const takeMetrics = this.#metrics.readState(parts.metrics)
    const takeOver = (): ObsArray | undefined => {
      const { playing, abandoned } = resume()
      const play = ({ obs, seeds, infos }: Playing) => {
        this.#play(obs, seeds, infos ? masksAfter(masks, infos, this.#maskSize) : masks)
        this.#isBetween = true
      }
      takeMetrics()
      this.#pending.dispose()
      this.globalStep = globalStep
      this.#isBetween = false
      this.#resuming = playing instanceof Promise ? playing.then(play) : undefined
      this.#resuming?.catch(() => undefined) // learning will tell
      if (!(playing instanceof Promise)) play(playing)
      return abandoned
    }
    return { obs: parts.environments.tensors['obs']!.data, masks, takeOver }
  }

  /** The environments will start anew. */
  stop(): void {
    this.#seeds = undefined
    this.#resuming = undefined
    this.#isBetween = true
    this.#pending.dispose()
  }

  dispose(): void {
    this.#norms.dispose()
    this.#pending.dispose()
    this.#parts.envs?.close()
  }

  get #goesOn(): boolean {
    return !this.#stopped && this.globalStep < this.totalTimesteps
  }

  /** @returns the timesteps before it */
  #beginTimestep(): number {
    this.#isBetween = false
    return (this.from = this.globalStep)
  }

  /** Tells the callbacks, and lets the event loop have a turn now and then: a promise only where there is to be waited. */
  #endTimestep(before: number): Promise<void> | undefined {
    this.#isBetween = true
    const answer = this.#listeners.onStep(this.globalStep)
    const isYielding = completedIntervals(before, this.globalStep, YIELD_EVERY) > 0
    if (answer instanceof Promise || isYielding) return this.#wait(answer, isYielding)
    if (!answer) this.#stopped = true
    return undefined
  }

  async #wait(answer: Awaitable<boolean>, isYielding: boolean): Promise<void> {
    if (!(await answer)) this.#stopped = true
    if (isYielding) await yieldToEventLoop()
  }

  #play(obs: ObsArray, seeds: readonly Seed[], masks: Uint8Array | undefined): void {
    this.obs = obs
    this.#spareObs = obs.slice()
    this.#seeds = seeds
    this.masks = masks
  }

  #requireSoundStart(envs: VectorEnv): void {
    const found = findNonFiniteStart(this.obs, envs.numEnvs)
    if (found) {
      const evidence = { rows: envs.numEnvs, batch: { obs: this.obs } }
      throw new Trouble(found.what, evidence, { environment: found.environment })
    }
    if (this.masks) this.#requireChoice(envs, this.masks)
  }

  /** @throws Trouble if nothing may be done in an environment whose episode goes on */
  #requireChoice({ numEnvs }: VectorEnv, masks: Uint8Array): void {
    const environment = environmentWithoutChoice(masks, this.#choices)
    if (environment === undefined) return
    const what = `env ${environment}: info.actionMask allows no action; the episode should end there instead`
    throw new Trouble(what, { rows: numEnvs, batch: { obs: this.obs, masks } }, { environment })
  }

  #reportEpisodes({ terminated, truncated, episodeReturns, episodeLengths }: VectorStep): void {
    for (let env = 0; env < terminated.length; env++) {
      if (!terminated[env] && !truncated[env]) continue
      this.#listeners.onEpisode({
        globalStep: this.globalStep,
        env,
        episodicReturn: episodeReturns[env]!,
        episodicLength: episodeLengths[env]!,
      })
    }
  }

  /** On a backend that answers at once without an allocation, as long as minibatches have the same size. */
  #run<O extends string>(
    program: Update<O>,
    batch: Columns,
    inputs: Columns,
  ): Awaitable<Outputs<O>> {
    if (readsByWaiting()) return program.run(inputs)
    const rows = rowsOf(batch)
    const kept = this.#outputs.get(program)
    if (kept?.rows === rows) {
      program.into(inputs, kept.outputs as Outputs<O>)
      return kept.outputs
    }
    return whenThere(program.run(inputs), (outputs) => {
      this.#outputs.set(program, { rows, outputs })
      return outputs
    })
  }

  #hearLater(program: Update<string>, batch: Columns, inputs: Columns): Promise<void> | undefined {
    const { globalStep } = this
    const kept = copiesOf(batch)
    return this.#pending.add(program.later(inputs), (outputs) => {
      try {
        this.#hear(outputs, kept)
      } catch (error) {
        throw this.explained(error, globalStep)
      }
    })
  }

  /** Called at every update: it makes no object but where something is wrong. */
  #hear(outputs: Readonly<Record<string, Float32Array>>, batch: Columns): void {
    for (const { output, metric, name } of this.#reported) {
      const value = outputs[output]?.[0]
      if (value === undefined) continue
      if (!Number.isFinite(value)) requireFinite({ [name]: value }, { rows: rowsOf(batch), batch })
      this.#metrics.addOne(metric, value)
    }
  }

  async #log(
    charts: Metrics | undefined,
    norms: { batchSize: number; source: ObservationSource } | undefined,
  ): Promise<void> {
    if (charts) await this.settle()
    const { globalStep, totalTimesteps } = this
    const learningRate = learningRateAt(this.#parts.options, globalStep, totalTimesteps)
    const row = charts && {
      ...this.#metrics.take(),
      ...charts,
      'charts/learning_rate': learningRate,
    }
    const measured = norms && (await this.#measure(norms, learningRate))
    this.#listeners.onMetrics(globalStep, { ...row, ...measured })
  }

  get #areNormsDue(): boolean {
    const { normInterval } = this.#parts.options
    return normInterval > 0 && this.isInitialized && this.due(normInterval) > 0
  }

  #measure(
    { batchSize, source }: { batchSize: number; source: ObservationSource },
    learningRate: number,
  ): Promise<Metrics> {
    const rng = this.rng.stream(`norms/${this.globalStep}`)
    const obs = source.observations(this.#norms.sampleSize(batchSize), rng)
    return this.#norms.row({ obs, batchSize, learningRate, rng })
  }
}

/** What environments were asked, for errors. */
interface Asked {
  /** [N, ...] what they showed. */
  readonly obs: ObsArray
  readonly actions: ActionArray
}

/** An environment that threw, as trouble. */
function failureOf(error: unknown, { numEnvs }: VectorEnv, asked: Asked): Trouble {
  const what = messageOf(error)
  const blamed = { environment: environmentIn(what), cause: error }
  return new Trouble(what, { rows: numEnvs, batch: { ...asked } }, blamed)
}

/** @throws Trouble if an observation or a reward is not finite */
function requireFiniteStep(step: VectorStep, { numEnvs }: VectorEnv, asked: Asked): void {
  const found = findNonFinite(step)
  if (!found) return
  const { obs: nextObs, rewards, terminated, truncated, finalObs } = step
  const batch = { ...asked, nextObs, rewards, terminated, truncated, finalObs }
  throw new Trouble(found.what, { rows: numEnvs, batch }, { environment: found.environment })
}

/** B: every column has a number, or several, for each row; some may be empty. */
function rowsOf(batch: Columns): number {
  let rows = Infinity
  for (const name in batch) {
    const { length } = batch[name]!
    if (length > 0 && length < rows) rows = length
  }
  return rows
}

const stateSchema = z.strictObject({
  hasMasks: z.boolean(),
  environments: partSchema,
  masks: partSchema,
  metrics: partSchema,
})
