/** From a model file to a policy. */
import type { Space } from 'gymnasium-js/spaces'
import { messageOf } from '../errors.ts'
import { observationLayout } from '../nn/observation-layout.ts'
import { loadModel, type Model } from '../storage/model-file.ts'
import { greedyChooser, policyChooser, toEnvOf } from './choices.ts'
import { kernelsOf } from './choose-kernels.ts'
import { layersOf, networkOf, type Stage } from './network.ts'
import { encoderOf } from './observations.ts'
import { policyOptions, type PolicyOptions } from './options.ts'
import { type PolicyLocation, storeAt } from './places.ts'
import { Machine } from './plan.ts'
import { LoadedPolicy, type PolicyParts } from './loaded-policy.ts'
import type { ActBackend, Policy } from './policy.ts'
import { outputsOf, prepareOf } from './policy-heads.ts'
import { Program } from './program.ts'
import { qStage } from './q-heads.ts'
import { WeightReader } from './weights.ts'

export interface LoadPolicyOptions {
  /** `simd` where the engine has it and the page may compile it, else `plain`; `policy.backend` says which. */
  readonly backend?: ActBackend
  /**
   * For a model that was trained inside wrappers that gather statistics (`NormalizeObservation`): says that observations
   * are given as those wrappers give them. `policy.statistics` has what they had gathered.
   */
  readonly observations?: 'normalized'
}

/**
 * Reads a model that `agent.save` or `wn-rl train` wrote, of any agent.
 *
 * @param location a folder on disk (Node, Deno, Bun) or, in a page, its address, from which files are fetched; a URL; or
 *   any place that named files are read from
 * @throws Error naming the file and the reason, for a model that is missing, torn, altered, of another version, of an
 *   agent that is not known here, or whose network is a function of the user's own; or with statistics that nobody applies
 * @example
 * const policy = await loadPolicy('./model')
 * policy.act(obs)
 */
export async function loadPolicy(
  location: PolicyLocation,
  { backend, observations }: LoadPolicyOptions = {},
): Promise<Policy> {
  const store = storeAt(location)
  const model = await loadModel(store)
  requireNormalized(model, store.location, observations)
  const kernels = kernelsOf(backend)
  try {
    return policyOf(model, store.location, kernels)
  } catch (error) {
    throw named(error, store.location)
  }
}

/** Without its statistics a model takes raw observations for normalized ones, and acts at random without a word. */
function requireNormalized(
  { statistics = [] }: Model,
  location: string,
  observations: LoadPolicyOptions['observations'],
): void {
  if (statistics.length === 0 || observations === 'normalized') return
  throw new Error(
    `${location} was trained inside wrappers with statistics (NormalizeObservation, NormalizeReward), which this policy ` +
      "does not apply: give observations as those wrappers do, and say so: loadPolicy(…, { observations: 'normalized' })",
  )
}

/** What is wrong with a model, with the place where it lies. */
function named(error: unknown, location: string): unknown {
  const message = messageOf(error)
  return message.startsWith(location)
    ? error
    : new Error(`${location}: ${message}`, { cause: error })
}

/** What the policies of all agents are made of. */
interface Shared {
  readonly model: Model
  readonly source: string
  readonly options: PolicyOptions
  readonly machine: Machine
  readonly reader: WeightReader
  /** Of one encoded observation. */
  readonly inputShape: readonly number[]
}

/** What differs between agents. */
interface Acting extends Pick<PolicyParts, 'chooser' | 'maskSize'> {
  readonly outputs: number
  readonly answers: Stage
  /** Where masks change the answers. */
  readonly maskedAnswers?: ConstructorParameters<typeof Program>[0]['build']
  readonly values?: Stage
}

const AGENTS: Readonly<Record<string, (shared: Shared) => Acting>> = {
  dqn: dqnActing,
  a2c: actorCriticActing,
  ppo: actorCriticActing,
  pqn: dqnActing,
}

function policyOf(
  model: Model,
  source: string,
  { backend, kernels }: ReturnType<typeof kernelsOf>,
): Policy {
  const { agent, globalStep, observationSpace, actionSpace, tensors } = model
  const acting = Object.hasOwn(AGENTS, agent) ? AGENTS[agent] : undefined
  if (!acting) {
    const known = Object.keys(AGENTS).join(', ')
    throw new Error(`${source} holds a model of agent "${agent}"; known here: ${known}`)
  }
  const options = policyOptions(model.options, source)
  const { scaleObservations, frameStack } = options
  const layout = observationLayout(observationSpace, scaleObservations, frameStack)
  const machine = new Machine(kernels)
  const reader = new WeightReader(tensors, source)
  const { inputShape } = layout
  const parts = acting({ model, source, options, machine, reader, inputShape })
  reader.requireAllTaken()
  const encoder = encoderOf(machine, layout)
  const program = (
    outputs: number,
    maskSize: number,
    build: NonNullable<Acting['maskedAnswers']>,
  ) => new Program({ machine, encoder, outputs, maskSize, build })
  const { outputs, maskSize, chooser, answers, maskedAnswers, values } = parts
  return new LoadedPolicy({
    ...{ agent, globalStep, backend, observationSpace, actionSpace },
    statistics: model.statistics ?? [],
    obsSize: layout.size,
    maskSize,
    chooser,
    toEnv: toEnvOf(actionSpace, options.scaleActions),
    answers: program(outputs, 0, answers),
    maskedAnswers: maskedAnswers && program(outputs, maskSize, maskedAnswers),
    values: values && program(1, 0, values),
  })
}

function dqnActing(shared: Shared): Acting {
  const { model, options, source, inputShape } = shared
  const { actionSpace } = model
  if (actionSpace.kind !== 'discrete') throw unplayable(actionSpace, source, model.agent)
  const { n } = actionSpace
  const answers = qStage(shared, options, n, inputShape)
  return { outputs: n, maskSize: n, chooser: greedyChooser(n, options.epsilonEnd), answers }
}

function actorCriticActing(shared: Shared): Acting {
  const { model, source, reader, inputShape } = shared
  const { actionSpace, agent } = model
  const outputs = outputsOf(actionSpace)
  if (outputs === undefined) throw unplayable(actionSpace, source, agent)
  const { policy, value } = networksOf(shared, outputs, inputShape)
  const isContinuous = actionSpace.kind === 'box'
  const logStd = isContinuous ? reader.take('policy/logStd', [outputs]) : new Float32Array(0)
  const prepare = prepareOf(actionSpace)
  return {
    outputs,
    maskSize: isContinuous ? 0 : outputs,
    chooser: policyChooser(actionSpace, logStd),
    answers: (plan, x) => prepare(plan, policy(plan, x), undefined),
    ...(!isContinuous && {
      maskedAnswers: (plan, x, masks) => prepare(plan, policy(plan, x), masks),
    }),
    values: value,
  }
}

/** The policy's and the value's network, with hidden layers of their own or on a trunk that they share. */
function networksOf(
  { machine, reader, options }: Shared,
  outputs: number,
  inputShape: readonly number[],
): Readonly<Record<'policy' | 'value', Stage>> {
  const { layers, normalization, sharedTrunk } = options
  const split = sharedTrunk ? layers.length : 0
  const hidden = layersOf(layers, normalization, 0).slice(0, split)
  const trunk = networkOf({ machine, reader, prefix: 'trunk/', layers: hidden }, inputShape)
  const head = (name: string, size: number): Stage => {
    const own = layersOf(layers, normalization, size).slice(split)
    const network = networkOf({ machine, reader, prefix: `${name}/`, layers: own }, trunk.shape)
    return (plan, x) => network.stage(plan, trunk.stage(plan, x))
  }
  return { policy: head('policy', outputs), value: head('value', 1) }
}

function unplayable(space: Space, source: string, agent: string): Error {
  return new Error(`${source}: ${agent} does not play actions of ${space.toString()}`)
}
