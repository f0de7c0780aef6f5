/**
 * Actor-critic networks: a policy and a value side by side, with hidden layers of their own or on a trunk that they
 * share. They are one network from observations to both outputs; parameters are named `policy/…`, `value/…`, `trunk/…`.
 */
import * as tf from '@tensorflow/tfjs-core'
import { Branches } from './branches.ts'
import { heldParameters } from './layer.ts'
import { Network, type NetworkFactory, type NetworkOptions, type Parameters } from './network.ts'

/** What both heads make of observations. */
export interface ActorCriticOutputs {
  /** [B, outputs]: logits, or means of continuous actions */
  readonly policy: tf.Tensor
  /** [B], or [B, 1] to act with: programs hand out flat arrays */
  readonly values: tf.Tensor
}

export class ActorCritic extends Network {
  /** What both heads read; without a shared trunk the identity. */
  readonly trunk: Network
  /** [B, ...] → [B, outputs] */
  readonly policy: Network
  /** [B, ...] → [B, 1] */
  readonly value: Network

  constructor({
    policy,
    value,
    trunk = new Network([]),
  }: Pick<ActorCritic, 'policy' | 'value'> & {
    readonly trunk?: Network
  }) {
    super(
      [...trunk.layers, new Branches({ policy, value })],
      [...trunk.names.map((name) => `trunk/${name}`), ''],
    )
    this.trunk = trunk
    this.policy = policy
    this.value = value
  }

  /** To act with, with what `refold` computed: each row by itself. @param x [B, ...] encoded */
  outputs(x: tf.Tensor): ActorCriticOutputs {
    const h = this.trunk.applyFolded(x)
    return { policy: this.policy.applyFolded(h), values: this.value.applyFolded(h) }
  }

  /** For losses: under the batch normalizations with the statistics of x, which the running ones follow. */
  trainingOutputs(x: tf.Tensor): ActorCriticOutputs {
    const h = this.trunk.applyTraining(x)
    const values = tf.reshape(this.value.applyTraining(h), [-1]) // [B, 1] → [B]
    return { policy: this.policy.applyTraining(h), values }
  }

  /** The policy's part of `outputs` alone. @returns [B, outputs] */
  policyOutputs(x: tf.Tensor): tf.Tensor {
    return this.policy.applyFolded(this.trunk.applyFolded(x))
  }

  /** The value's part of `outputs` alone. @returns [B, 1] */
  valueOutputs(x: tf.Tensor): tf.Tensor {
    return this.value.applyFolded(this.trunk.applyFolded(x))
  }
}

export interface ActorCriticOptions extends Omit<NetworkOptions, 'outputs' | 'outputScale'> {
  /** Outputs of the policy. */
  readonly outputs: number
  /** Their initial standard deviation. */
  readonly policyOutputScale: number
  readonly sharedTrunk: boolean
  /** Parameters of the policy that no layer applies: the log standard deviations of continuous actions. */
  readonly actionParameters: Parameters
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
  if (!sharedTrunk) return new ActorCritic({ policy: holding(policy, actionParameters), value })
  new Network(value.layers.slice(0, -1)).dispose()
  return new ActorCritic({
    trunk: new Network(policy.layers.slice(0, -1)),
    policy: holding(new Network(policy.layers.slice(-1)), actionParameters),
    value: new Network(value.layers.slice(-1)),
  })
}

/** The same network with more parameters, if there are any, under their own names. */
function holding(network: Network, parameters: Parameters): Network {
  if (Object.keys(parameters).length === 0) return network
  return new Network([...network.layers, heldParameters(parameters)], [...network.names, ''])
}
