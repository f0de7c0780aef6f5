/** Saving and loading agents: what `save` and `load` of every agent share. */
import type { JsonObject, Space } from 'gymnasium-js'
import type { NetworkFactory } from '../nn/network.ts'
import { networkSchema } from '../nn/network-option.ts'
import { observationEncoder } from '../nn/observations.ts'
import type { Seed } from '../rng.ts'
import type { AgentConfig, Spaces } from './agent.ts'
import { serializableOptions } from './agent-options.ts'
import type { EnvSource } from './environments.ts'
import { sizesOf } from './network-memory.ts'
import type { FileStore } from '../storage/file-store.ts'
import { loadModel, type Model, saveModel } from '../storage/model-file.ts'
import type { HostTensors } from '../storage/safetensors.ts'

/** A folder on disk (Node, Deno, Bun), or any store: `fetchStore` and `memoryStore` work in pages too. */
export type ModelLocation = string | FileStore

export interface LoadOptions {
  /** To learn on, or to evaluate in; without it the agent only acts. */
  readonly env?: EnvSource
  readonly seed?: Seed
  /** For models whose network is a function of the user's own, which a file cannot hold. */
  readonly network?: NetworkFactory
  /** Options over those of the file, such as a schedule that is a function, which a file cannot hold. */
  readonly options?: Readonly<Record<string, unknown>>
}

interface Saveable {
  readonly globalStep: number
  readonly observationSpace: Space
  readonly actionSpace: Space
  readonly options: Parameters<typeof serializableOptions>[0]
  readonly statistics: readonly JsonObject[]
}

export async function saveAgentModel(
  location: ModelLocation,
  name: string,
  agent: Saveable,
  tensors: HostTensors,
): Promise<void> {
  const { globalStep, observationSpace, actionSpace, options, statistics } = agent
  await saveModel(await storeAt(location), {
    agent: name,
    globalStep,
    observationSpace,
    actionSpace,
    options: serializableOptions(options),
    tensors,
    statistics,
  })
}

/**
 * Whether a model fits what it is to play: observations of other bounds would be scaled otherwise.
 *
 * @throws Error naming what differs
 */
export function requireSameSpaces(model: Spaces, agent: Spaces, source: string): void {
  for (const name of ['observationSpace', 'actionSpace'] as const) {
    if (model[name].equals(agent[name])) continue
    throw new Error(
      `${source}: its ${name} is ${model[name].toString()}, but env has ${agent[name].toString()}; give the environment that it was trained in`,
    )
  }
}

/** @throws Error if the model belongs to another agent, needs a network that was not given, or has too few weights */
export async function loadAgentModel(
  location: ModelLocation,
  name: string,
  given: LoadOptions,
): Promise<{ model: Model; location: string; config: AgentConfig<Record<string, unknown>> }> {
  const store = await storeAt(location)
  const model = await loadModel(store)
  if (model.agent !== name) {
    throw new Error(
      `${store.location} holds a model of agent "${model.agent}", not of "${name}"; load it with that agent`,
    )
  }
  const { network, numEnvs, ...options } = model.options
  if (network === 'custom' && !given.network) {
    throw new Error(
      `${store.location}: its network is a function of your own; give the same one as network`,
    )
  }
  if (!given.network) requireEnoughWeights(model, store.location)
  const what = given.env ? { env: given.env } : { spaces: model }
  // Only a factory can be asked for the number of environments that the model was trained in.
  const copies = typeof given.env === 'function' ? { numEnvs } : {}
  const seed = given.seed === undefined ? {} : { seed: given.seed }
  return {
    model,
    location: store.location,
    config: {
      ...{ ...options, ...given.options, ...copies },
      ...{ network: given.network ?? network, ...what, ...seed },
    },
  }
}

/**
 * Whether the weights can fill the network described, before memory is taken for it: a damaged size of a layer should
 * be an error and not the end of the process.
 */
function requireEnoughWeights(
  { observationSpace, actionSpace, options, tensors }: Model,
  source: string,
) {
  const network = networkSchema.safeParse(options['network'])
  if (!network.success) return // the constructor says what is wrong
  const { inputShape } = observationEncoder(
    observationSpace,
    false,
    Number(options['frameStack'] ?? 1),
  )
  const layers = sizesOf(
    network.data.layers,
    inputShape,
    actionSpace.kind === 'discrete' ? actionSpace.n : 1,
  )
  const needed = layers.reduce((sum, { weights }) => sum + weights, 0)
  const held = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
  if (needed > held) {
    throw new Error(
      `${source}: its network needs at least ${needed} weights, but the file holds ${held}; it is damaged or was altered`,
    )
  }
}

async function storeAt(location: ModelLocation): Promise<FileStore> {
  if (typeof location !== 'string') return location
  // src/storage/directory.ts, or in a page's bundle directory-browser.ts: see package.json's "imports".
  const { directoryStore } = await import('#directory-store')
  return directoryStore(location)
}
