/** The networks of an actor-critic: a policy and a value, with hidden layers of their own or on a trunk that they share. */
import * as tf from '@tensorflow/tfjs-core'
import { Branches, type LayerReport, Network, type NetworkFactory } from '../../src/nn/index.ts'
import { modelVariables, withPrefixes } from '../../src/training/index.ts'

export interface ActorCritic {
  /** [B, ...] → [B, outputs]: logits, or means of continuous actions. */
  readonly policy: Network
  /** [B, ...] → [B, 1] */
  readonly value: Network
  /** What both networks read instead of the observations, if they share it. */
  readonly trunk?: Network | undefined
  /** Parameters of the policy that no network holds: the log standard deviations of continuous actions. */
  readonly actionParameters?: Readonly<Record<string, tf.Variable>> | undefined
}

export interface ActorCriticOptions extends Omit<
  Parameters<NetworkFactory>[0],
  'outputs' | 'outputScale'
> {
  /** Outputs of the policy. */
  readonly outputs: number
  /** Their initial standard deviation. */
  readonly policyOutputScale: number
  readonly sharedTrunk: boolean
  readonly actionParameters: Readonly<Record<string, tf.Variable>>
}

/**
 * A trunk is made of the policy's hidden layers; the value's head comes from a network of its own, whose hidden layers
 * are thrown away.
 *
 * @param factory makes each network; with a trunk its last layer must be the output layer
 */
export function createActorCritic(
  factory: NetworkFactory,
  { outputs, policyOutputScale, sharedTrunk, actionParameters, ...rest }: ActorCriticOptions,
): ActorCritic {
  const policy = factory({ ...rest, outputs, outputScale: policyOutputScale })
  const value = factory({ ...rest, outputs: 1, outputScale: 1 })
  if (!sharedTrunk) return { policy, value, actionParameters }
  new Network(value.layers.slice(0, -1)).dispose()
  return {
    trunk: new Network(policy.layers.slice(0, -1)),
    policy: new Network(policy.layers.slice(-1)),
    value: new Network(value.layers.slice(-1)),
    actionParameters,
  }
}

/** What both networks make of observations. */
export interface Outputs {
  /** [B, outputs] */
  readonly policy: tf.Tensor
  /** [B], or [B, 1] to act with: programs hand out flat arrays */
  readonly values: tf.Tensor
}

/** To act with, with what `refold` computed: each row by itself. @param x [B, ...] encoded */
export function actingOutputs(networks: ActorCritic, x: tf.Tensor): Outputs {
  const { trunk, policy, value } = networks
  const h = trunk ? trunk.applyFolded(x) : x
  return { policy: policy.applyFolded(h), values: value.applyFolded(h) }
}

/** The policy's part alone. @returns [B, outputs] */
export function actingPolicy({ trunk, policy }: ActorCritic, x: tf.Tensor): tf.Tensor {
  return policy.applyFolded(trunk ? trunk.applyFolded(x) : x)
}

/** The value's part alone. @returns [B, 1] */
export function actingValues({ trunk, value }: ActorCritic, x: tf.Tensor): tf.Tensor {
  return value.applyFolded(trunk ? trunk.applyFolded(x) : x)
}

/** For losses: under the batch normalizations with the statistics of x, which the running ones follow. */
export function trainingOutputs({ trunk, policy, value }: ActorCritic, x: tf.Tensor): Outputs {
  const h = trunk ? trunk.applyTraining(x) : x
  const values = tf.reshape(value.applyTraining(h), [-1]) // [B, 1] → [B]
  return { policy: policy.applyTraining(h), values }
}

/** What is trained, as `policy/…`, `value/…` and `trunk/…`. */
export function parametersOf(networks: ActorCritic): Readonly<Record<string, tf.Variable>> {
  const { trunk, policy, value, actionParameters } = networks
  return withPrefixes({
    policy: { ...policy.parameters, ...actionParameters },
    value: value.parameters,
    ...(trunk && { trunk: trunk.parameters }),
  })
}

/** What is trained and the running statistics, under the same prefixes: all that a model file holds. */
export function variablesOf(networks: ActorCritic): Readonly<Record<string, tf.Variable>> {
  const { trunk, policy, value, actionParameters } = networks
  return withPrefixes({
    policy: { ...modelVariables(policy), ...actionParameters },
    value: modelVariables(value),
    ...(trunk && { trunk: modelVariables(trunk) }),
  })
}

export function networksOf({ trunk, policy, value }: ActorCritic): readonly Network[] {
  return trunk ? [trunk, policy, value] : [policy, value]
}

/** All networks as one from the observations to logits (or means) and value, to be measured; it owns no layer of its own. */
export function asOneNetwork({ trunk, policy, value }: ActorCritic): Network {
  return new Network([...(trunk?.layers ?? []), new Branches({ policy, value })])
}

/** After an optimizer's step. Call inside a tidy or a program. */
export function projectAndRefold(networks: ActorCritic): void {
  for (const network of networksOf(networks)) {
    network.project()
    network.refold()
  }
}

/** After variables were assigned. Call inside a tidy or a program. */
export function refold(networks: ActorCritic): void {
  for (const network of networksOf(networks)) network.refold()
}

/** What data-dependent initialization found in each network; empty until it has run. */
export interface Initialization {
  readonly policy: readonly LayerReport[]
  readonly value: readonly LayerReport[]
  readonly trunk?: readonly LayerReport[] | undefined
}

export function emptyInitialization({ trunk }: ActorCritic): Initialization {
  return { policy: [], value: [], ...(trunk && { trunk: [] }) }
}

/** Data-dependent initialization of all networks, the trunk first. @param x [B, ...] encoded observations */
export function initializeFromData(
  { trunk, policy, value }: ActorCritic,
  x: tf.Tensor,
): Initialization {
  const ofTrunk = trunk?.initializeFromData(x)
  const h = trunk ? trunk.apply(x) : x
  const heads = { policy: policy.initializeFromData(h), value: value.initializeFromData(h) }
  return { ...heads, ...(ofTrunk && { trunk: ofTrunk }) }
}

export function disposeNetworks(networks: ActorCritic): void {
  for (const network of networksOf(networks)) network.dispose()
  tf.dispose({ ...networks.actionParameters })
}
