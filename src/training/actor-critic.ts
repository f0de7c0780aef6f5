/** What agents with a policy and a value are made from, whatever their loss. */
import type * as z from 'zod'
import {
  type ActorCritic,
  createActorCritic,
  createOptimizer,
  type NetworkFactory,
  type Optimizer,
} from '../nn/index.ts'
import {
  type ActionDistribution,
  type ActionSpace,
  distributionOf,
  Stochastic,
} from '../policies/index.ts'
import type { AgentParts } from './agent.ts'
import { type actorCriticOptions, type CommonOptions, normalizationOf } from './agent-options.ts'
import { rolloutMemory } from './buffer-memory.ts'
import { Rollouts, type RolloutsOptions } from './rollouts.ts'

type Options = CommonOptions & z.output<z.ZodObject<typeof actorCriticOptions>>

export interface ActorCriticParts {
  readonly network: ActorCritic
  /** What the policy's outputs mean. */
  readonly distribution: ActionDistribution
  readonly optimizer: Optimizer
  readonly policy: Stochastic
}

/** Networks of a policy and a value, what the policy's outputs mean, and how they act. */
export function actorCriticParts({
  options,
  actionSpace,
  encoder,
  rng,
}: AgentParts<ActionSpace> & {
  readonly options: Options & { readonly network: NetworkFactory }
}): ActorCriticParts {
  const distribution = distributionOf(actionSpace, options)
  const network = createActorCritic(options.network, {
    ...normalizationOf(options),
    inputShape: encoder.inputShape,
    rng: rng.stream('init'),
    outputs: distribution.numOutputs,
    policyOutputScale: options.policyOutputScale,
    sharedTrunk: options.sharedTrunk,
    actionParameters: distribution.parameters,
  })
  const optimizer = createOptimizer(network.parameters, options.optimizer)
  const policy = new Stochastic({ network, distribution, encoder, rng: rng.stream('exploration') })
  return { network, distribution, optimizer, policy }
}

/** What such an agent is to the world: all of an algorithm but its learning. */
export function actorCriticAlgorithm({ network, policy, optimizer }: ActorCriticParts) {
  return {
    network,
    policy,
    parts: { optimizer },
    isInitialized: !network.fitsData,
    memory: rolloutMemory,
    face: {
      /** The networks that learn; with a shared trunk, their heads. */
      policy: network.policy,
      value: network.value,
      /** π(a | s), or the means of continuous actions. @param obs [B, ...] @returns [B, A] */
      probabilities: policy.prepared.bind(policy),
      /** V(s). @param obs [B, ...] @returns [B] */
      values: policy.values.bind(policy),
    },
  }
}

/** Rollouts of such an agent. @param start of its learning */
export function actorCriticRollouts(
  options: Options & { readonly numSteps: number },
  distribution: ActionDistribution,
  start: Pick<RolloutsOptions, 'numEnvs' | 'obsSize' | 'obsLike'>,
): Rollouts {
  const { numSteps, initializationSteps, rewardScale } = options
  return new Rollouts({
    ...start,
    numSteps,
    initializationSteps,
    rewardScale,
    actionSize: distribution.actionSize,
    actionLike: distribution.empty(0),
    numActions: distribution.maskSize,
  })
}
