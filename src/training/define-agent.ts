/**
 * From an algorithm to the agent that people use. An algorithm is a value: its networks, its policy, the parts that
 * make its state, and a loop that learns. What wraps it is written here, once: learning within a budget, acting in four
 * forms, states, model files, digests. Nobody extends it.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { AsyncEnv, JsonObject, Space } from 'gymnasium-js'
import type { ActionArray, ObsArray } from 'gymnasium-js/vector'
import * as z from 'zod'
import {
  atOnce,
  type Awaitable,
  backendFor,
  download,
  type NumericArray,
  useCpuUntilChosen,
} from '../backend/index.ts'
import type { LayerReport, Network, NetworkFactory } from '../nn/index.ts'
import {
  type ActBatchOptions,
  type ActingPolicy,
  type ActOptions,
  oneObservation,
} from '../policies/index.ts'
import type { Seed } from '../rng.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  splitState,
  type Stateful,
  stateOf,
  type StateOptions,
  type StatePart,
} from '../state.ts'
import { digestOf } from '../storage/digest.ts'
import { type AgentConfig, type AgentParts, type Defaults, prepareAgent } from './agent.ts'
import { checkBudget, type CommonOptions } from './agent-options.ts'
import { agentJson, agentSchema, reportsFromJson, requireBetweenTimesteps } from './agent-state.ts'
import type { CallbackSource } from './callbacks.ts'
import { requireEnvs } from './environments.ts'
import type { Policy } from './evaluation.ts'
import { Learning } from './learning.ts'
import { NORM_METRICS } from '../nn/norm-metrics.ts'
import { parseOptions } from './options.ts'
import { requireSchedules } from './schedules.ts'
import { type BufferMemory, type Expected, requireMemoryForLearning, type Sized } from './sizes.ts'
import { gatheredBy, setGathered } from './statistics-of-environments.ts'
import { assignVariables, readVariables } from './parameters.ts'
import {
  loadAgentModel,
  type LoadOptions,
  type ModelLocation,
  requireSameSpaces,
  saveAgentModel,
} from './saving.ts'

export interface LearnOptions {
  /** Exact number of environment timesteps, counted from the agent's first. */
  readonly totalTimesteps: number
  /** Are told what happens, and may stop it: see `Callbacks`. */
  readonly callbacks?: CallbackSource
}

/** A part of an algorithm: it has a state, and tensors or programs to free. */
export type Part = Stateful & { dispose(): void }

/** Random play before the first update. */
export interface WarmUp {
  /** The option that says how much. */
  readonly option: string
  readonly timesteps: number
}

/** What an algorithm is, once it has networks. */
export interface Algorithm<Action, Face extends object> {
  /** Learns; what model files and digests hold, and what is fitted to data. */
  readonly network: Network
  readonly policy: ActingPolicy<Action>
  /** All else that its state is made of. */
  readonly parts: Readonly<Record<string, Part>>
  /** What this agent shows besides what all agents do. */
  readonly face: Face
  /** Programs to free. */
  readonly programs?: readonly { dispose(): void }[]
  /** Whether the network may act before it was initialized from data or learning began. */
  readonly isInitialized: boolean
  /** Brings along what depends on the weights, after they were initialized or loaded. */
  follow?(): void
  /** After a model was loaded. */
  loaded?(): void
  /** What the buffers that only learning needs take of memory: `replayMemory`, `rolloutMemory`; nothing unless told. */
  readonly memory?: BufferMemory
  /** Makes what only learning needs. */
  learner(start: LearnerStart): Learner
}

/** What is known when learning starts. */
export interface LearnerStart {
  readonly numEnvs: number
  /** Of the dtype in which observations come. */
  readonly obsLike: ObsArray
  /** Whether the environments tell which actions are legal. */
  readonly hasMasks: boolean
}

export interface Learner {
  /** All that its state is made of. */
  readonly parts: Parameters<typeof stateOf>[0]
  /** Programs to free. */
  readonly programs: readonly { dispose(): void }[]
  /** The loop. */
  learn(run: Learning): Promise<void>
  /** Ends the episodes that were going on, as a time limit would: the environments could not be kept. */
  truncate(obs: ObsArray): void
}

/** Every option resolved. */
export type ResolvedOptions<Schema extends z.ZodType> = z.output<Schema> & {
  readonly numEnvs: number
  readonly network: NetworkFactory
}

/** What an algorithm is created from. */
export type AlgorithmParts<
  Schema extends z.ZodType,
  Actions extends Space,
> = AgentParts<Actions> & {
  readonly options: ResolvedOptions<Schema>
}

/** @typeParam Action as an environment takes it */
export interface AgentDefinition<
  Schema extends z.ZodObject,
  Actions extends Space,
  Action,
  Face extends object,
> {
  /** As files and the command line have it. */
  readonly name: string
  /** As people have it. */
  readonly title: string
  readonly summary: string
  readonly options: Schema
  /** What options that older models and runs do not name were then; their defaults unless said. */
  readonly older?: Readonly<Record<string, unknown>>
  readonly defaults: Defaults
  /** Outputs of updates that are logged, and under which names; names alone of what is reported otherwise. */
  readonly metrics: Readonly<Record<string, string>>
  /** Names of metrics that the loop logs besides. */
  readonly charts?: readonly string[]
  /** @throws TypeError for action spaces that it cannot play */
  readonly requireActions: (space: Space, title: string) => Actions
  readonly warmUp: (
    options: ResolvedOptions<Schema>,
    now: { readonly numEnvs: number; readonly isInitialized: boolean },
  ) => WarmUp
  /** @throws RangeError for options that do not fit each other */
  readonly check?: (options: z.output<Schema>) => void
  readonly create: (parts: AlgorithmParts<Schema, Actions>) => Algorithm<Action, Face>
}

/** What every agent can do. */
export interface Agent<
  Options = CommonOptions,
  Actions extends Space = Space,
  Action = number | ActionArray,
> extends Policy {
  readonly options: Options
  readonly seed: Seed
  readonly observationSpace: Space
  readonly actionSpace: Actions
  /** Makes environments for evaluation; undefined where the agent was given finished ones. */
  readonly makeEnv: (() => AsyncEnv) | undefined
  /** Timesteps of experience so far. */
  readonly globalStep: number
  /** What data-dependent initialization found, layer by layer; empty until it has run. */
  readonly initialization: readonly LayerReport[]
  /** Kernels that learning needs and that not every backend has. */
  readonly kernels: readonly string[]

  /**
   * Learns until the agent has seen `totalTimesteps` in all; a second call with more goes on from there.
   *
   * @throws RangeError if the budget leaves nothing to learn from; TrainingTrouble if a loss, gradient, value, observation
   *   or reward is not finite, or an environment fails
   */
  learn(options: LearnOptions): Promise<void>
  /**
   * @param expected what is known of learning already: it decides how much memory is reckoned with
   * @throws RangeError if `learn` would refuse this budget, or memory does not hold what it needs
   */
  checkBudget(totalTimesteps: number, expected?: Expected): void

  /**
   * The action for one observation: a number for Discrete spaces, an array for others.
   *
   * @param options.deterministic the best or most probable action, or the mean; true unless told
   * @param options.info what the environment told beside the observation, for its `actionMask`
   */
  act(obs: NumericArray | number, options?: ActOptions): Action
  /** [N, ...] @param options.infos what the environments told beside the observations */
  actBatch(obs: NumericArray, options: ActBatchOptions): ActionArray
  /** As `act`, on every backend: to be awaited. */
  actAsync(obs: NumericArray | number, options?: ActOptions): Promise<Action>
  /** As `actBatch`, on every backend: a promise where reading takes waiting. */
  actBatchAsync(obs: NumericArray, options: ActBatchOptions): Awaitable<ActionArray>

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

/** The class of an agent. */
export interface AgentClass<
  Schema extends z.ZodObject,
  Actions extends Space,
  Action,
  Face extends object,
> {
  /** @throws RangeError or TypeError naming the option, its value and the remedy */
  new (config: AgentConfig<z.input<Schema>>): Agent<ResolvedOptions<Schema>, Actions, Action> & Face
  /**
   * Reads a model that `save` wrote. Without `env` the agent acts but does not learn; with it, learning starts with
   * these weights and the timestep count of the file.
   *
   * @throws Error naming the file and the reason if it cannot be read or does not fit
   */
  load(
    location: ModelLocation,
    options?: LoadOptions,
  ): Promise<Agent<ResolvedOptions<Schema>, Actions, Action> & Face>
  readonly agentName: string
  readonly summary: string
  readonly options: Schema
  /** What options that older models and runs do not name were then; their defaults unless said. */
  readonly older: Readonly<Record<string, unknown>>
  /** Every metric that it reports while it learns, besides those of episodes. */
  readonly metrics: readonly string[]
}

/** Of the state of what only learning needs. */
const learningSchema = z.strictObject({ run: partSchema, algorithm: partSchema })

/** Made once: acting allocates nothing. */
const DETERMINISTIC: ActOptions = { deterministic: true }

/** The agent that an algorithm makes. */
export function defineAgent<
  Schema extends z.ZodObject,
  Actions extends Space,
  Action,
  Face extends object,
>(
  definition: AgentDefinition<Schema, Actions, Action, Face>,
): AgentClass<Schema, Actions, Action, Face> {
  const { name, title, defaults, metrics } = definition

  class DefinedAgent implements Agent<ResolvedOptions<Schema>, Actions, Action> {
    static readonly agentName = name
    static readonly summary = definition.summary
    static readonly options = definition.options
    static readonly older = definition.older ?? {}
    static readonly metrics: readonly string[] = [
      ...Object.values(metrics),
      ...(definition.charts ?? []),
      'charts/learning_rate',
      ...NORM_METRICS,
    ]

    readonly options: ResolvedOptions<Schema>
    readonly seed: Seed
    readonly observationSpace: Space
    readonly actionSpace: Actions
    readonly makeEnv: (() => AsyncEnv) | undefined
    readonly #parts: AgentParts<Actions>
    readonly #sized: Sized
    readonly #algorithm: Algorithm<Action, Face>
    readonly #run: Learning
    /** Those of a model that was read, for an agent without environments of its own. */
    #statistics: readonly JsonObject[] | undefined
    /** Undefined before learning has started. */
    #learner: Learner | undefined

    constructor(config: AgentConfig<z.input<Schema>>) {
      const { env: _env, spaces: _spaces, seed: _seed, ...given } = config
      const parsed = parseOptions(definition.options, given)
      const common = parsed as CommonOptions // every schema has them among its own
      definition.check?.(parsed)
      const parts = prepareAgent(title, config, common, defaults, definition.requireActions)
      this.options = { ...parsed, numEnvs: parts.numEnvs, network: parts.networkFactory }
      this.seed = parts.seed
      this.observationSpace = parts.observationSpace
      this.actionSpace = parts.actionSpace
      this.makeEnv = parts.makeEnv
      this.#parts = parts
      this.#sized = { ...parts, options: common }
      useCpuUntilChosen()
      this.#algorithm = definition.create({ ...parts, options: this.options })
      this.#run = new Learning({ ...parts, ...this.#algorithm, name, metrics, options: common })
      Object.assign(this, this.#algorithm.face)
    }

    static async load(location: ModelLocation, options: LoadOptions = {}): Promise<DefinedAgent> {
      const { model, location: source, config } = await loadAgentModel(location, name, options)
      const agent = new DefinedAgent({ ...DefinedAgent.older, ...config })
      requireSameSpaces(model, agent, source)
      assignVariables(agent.#algorithm.network.variables, model.tensors, source)
      agent.#takeStatistics(model.statistics ?? [])
      agent.#run.globalStep = model.globalStep
      agent.#run.begin()
      agent.#algorithm.loaded?.()
      return agent
    }

    get globalStep(): number {
      return this.#run.globalStep
    }

    /** As gathered so far, or as read from a file. */
    get statistics(): readonly JsonObject[] {
      return this.#statistics ?? gatheredBy(this.#parts.gathering)
    }

    get initialization(): readonly LayerReport[] {
      return this.#run.initialization
    }

    get kernels(): readonly string[] {
      return this.#algorithm.network.kernels
    }

    async learn({ totalTimesteps, callbacks = [] }: LearnOptions): Promise<void> {
      this.checkBudget(totalTimesteps)
      await backendFor({ kernels: this.kernels })
      if (!this.#run.isStarted) await this.#run.start()
      const learner = (this.#learner ??= this.#makeLearner(this.#run.obs, this.#run.masks))
      await this.#run.learn(totalTimesteps, callbacks, (run) => learner.learn(run))
    }

    checkBudget(totalTimesteps: number, expected?: Expected): void {
      requireSchedules(this.options)
      const { globalStep, isInitialized, isStarted } = this.#run
      const { numEnvs } = requireEnvs(this.#parts.envs)
      checkBudget(totalTimesteps, numEnvs, globalStep)
      if (isStarted) return
      const { option, timesteps } = definition.warmUp(this.options, { numEnvs, isInitialized })
      const left = totalTimesteps - globalStep
      if (left <= timesteps) {
        throw new RangeError(
          `totalTimesteps is ${totalTimesteps}, which leaves ${left} timesteps, but ${option} is ` +
            `${String(this.options[option])}: nothing would be learned; give more timesteps or start earlier`,
        )
      }
      const { memory = () => [] } = this.#algorithm
      requireMemoryForLearning(this.#sized, memory, { left, warmUp: timesteps }, expected)
    }

    act(obs: NumericArray | number, options: ActOptions = DETERMINISTIC): Action {
      return this.#algorithm.policy.one(obs, options)
    }

    actBatch(obs: NumericArray, options: ActBatchOptions): ActionArray {
      return atOnce(this.actBatchAsync(obs, options))
    }

    async actAsync(
      obs: NumericArray | number,
      { deterministic, info }: ActOptions = DETERMINISTIC,
    ): Promise<Action> {
      const one = oneObservation(obs, this.#parts.encoder.size)
      const options = { deterministic, ...(info && { infos: [info] }) }
      const actions = await this.actBatchAsync(one, options)
      return (this.actionSpace.kind === 'discrete' ? actions[0]! : actions) as Action
    }

    actBatchAsync(obs: NumericArray, options: ActBatchOptions): Awaitable<ActionArray> {
      const explain = (error: unknown): never => {
        throw this.#run.explained(error)
      }
      try {
        const actions = this.#algorithm.policy.batch(obs, options)
        return actions instanceof Promise ? actions.catch(explain) : actions
      } catch (error) {
        return explain(error)
      }
    }

    async synchronize(): Promise<void> {
      this.#algorithm.policy.forget?.()
      await this.#run.settle()
      await download(Object.values(tf.engine().registeredVariables))
    }

    getState(options?: StateOptions): CheckpointState {
      requireBetweenTimesteps(this.#run.isBetweenTimesteps)
      const learning =
        this.#learner &&
        joinStates(
          {},
          {
            run: this.#run.getState(),
            algorithm: stateOf(this.#learner.parts).getState(options),
          },
        )
      const algorithm = stateOf(this.#statefulParts).getState(options)
      return joinStates(agentJson(name, this, this.#run), {
        algorithm,
        ...(learning && { learning }),
      })
    }

    setState(state: CheckpointState): void {
      const json = readJson(agentSchema(name, this), state)
      const names = ['algorithm', 'learning'] as const
      const parts = splitState(state, json.learning ? names : names.slice(0, 1))
      const take = stateOf(this.#statefulParts).readState(parts.algorithm)
      const resume = json.learning && this.#readLearning(parts.learning, json.globalStep)

      const learner = resume?.() // environments may still refuse, before anything else has changed
      this.#disposeLearner()
      if (learner) this.#learner = learner
      else this.#run.stop()
      this.#algorithm.policy.forget?.()
      take()
      if (json.statistics) this.#takeStatistics(json.statistics)
      this.#run.globalStep = json.globalStep
      this.#run.isInitialized = json.initialized
      this.#run.initialization = reportsFromJson(json.initialization)
    }

    digest(): string {
      return digestOf(readVariables(this.#algorithm.network.variables))
    }

    async save(location: ModelLocation): Promise<void> {
      await this.synchronize()
      await saveAgentModel(location, name, this, readVariables(this.#algorithm.network.variables))
    }

    dispose(): void {
      const { programs = [] } = this.#algorithm
      for (const part of [...Object.values(this.#statefulParts), ...programs]) part.dispose()
      this.#disposeLearner()
      this.#run.dispose()
    }

    get #statefulParts(): Readonly<Record<string, Part>> {
      const { network, policy, parts } = this.#algorithm
      return { network, policy, ...parts }
    }

    #makeLearner(obsLike: ObsArray, masks: Uint8Array | undefined): Learner {
      const { numEnvs } = requireEnvs(this.#parts.envs)
      return this.#algorithm.learner({ numEnvs, obsLike, hasMasks: masks !== undefined })
    }

    /** @returns what puts the environments into that state and gives the learner that goes with it */
    #readLearning(state: StatePart, globalStep: number): () => Learner {
      readJson(learningSchema, state)
      const parts = splitState(state, ['run', 'algorithm'])
      const { obs, masks, takeOver } = this.#run.readState(parts.run, globalStep)
      const learner = this.#makeLearner(obs, masks)
      const takeParts = stateOf(learner.parts).readState(parts.algorithm)
      return () => {
        const abandoned = takeOver()
        takeParts()
        if (abandoned) learner.truncate(abandoned)
        return learner
      }
    }

    /** Environments without wrappers that gather take none of a model that has none. */
    #takeStatistics(gathered: readonly JsonObject[]): void {
      const { envs, gathering } = this.#parts
      if (envs) setGathered(gathering, gathered)
      else this.#statistics = gathered
    }

    #disposeLearner(): void {
      for (const program of this.#learner?.programs ?? []) program.dispose()
      this.#learner = undefined
    }
  }
  Object.defineProperty(DefinedAgent, 'name', { value: title })
  // The face is assigned by the constructor, which a class cannot say.
  return DefinedAgent as unknown as AgentClass<Schema, Actions, Action, Face>
}
