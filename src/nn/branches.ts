/**
 * Networks side by side: one input for all of them, their outputs joined. The streams of a dueling network are such, and
 * the policy and the value of an actor-critic, to be measured together.
 */
import * as tf from '@tensorflow/tfjs-core'
import { AffineLayer } from './affine.ts'
import { type Layer, type LayerReport, under } from './layer.ts'
import { Network } from './network.ts'
import type { LayerVariables } from './normalizers.ts'

/** A layer made of networks; its variables are theirs, as `'<branch>/<layer>/<name>'`. */
export class Branches implements Layer {
  readonly networks: Readonly<Record<string, Network>>
  readonly variables: LayerVariables
  readonly state: LayerVariables
  readonly folded: LayerVariables
  readonly kernels: readonly string[]

  /** @param networks by name, from [B, ...] to [B, outputs] each; their outputs are joined in this order */
  constructor(networks: Readonly<Record<string, Network>>) {
    this.networks = networks
    this.variables = this.#joined(({ parameters }) => parameters)
    this.state = this.#joined(({ state }) => state)
    this.folded = this.#joined(({ folded }) => folded)
    this.kernels = [...new Set(this.#all.flatMap(({ kernels }) => kernels))]
  }

  get fitsData(): boolean {
    return this.#all.some(({ fitsData }) => fitsData)
  }

  /** @param x [B, ...] @returns [B, Σ outputs] */
  apply(x: tf.Tensor): tf.Tensor {
    return this.#sideBySide((network) => network.apply(x))
  }

  applyFolded(x: tf.Tensor): tf.Tensor {
    return this.#sideBySide((network) => network.applyFolded(x))
  }

  applyTraining(x: tf.Tensor, tracks: boolean): tf.Tensor {
    return this.#sideBySide((network) => network.applyTraining(x, tracks))
  }

  refold(): void {
    for (const network of this.#all) network.refold()
  }

  project(): void {
    for (const network of this.#all) network.project()
  }

  /** The reports of all branches, in this order. */
  initializeFromData(x: tf.Tensor): LayerReport[] {
    return Object.entries(this.networks).flatMap(([branch, network]) =>
      network
        .initializeFromData(x)
        .map((report) => ({ ...report, layer: `${branch}/${report.layer}` })),
    )
  }

  fold(): Readonly<Record<string, tf.Tensor>> {
    return this.#joined((network) => network.fold())
  }

  foldedCopy(): Branches {
    const entries = Object.entries(this.networks)
    return new Branches(
      Object.fromEntries(entries.map(([name, network]) => [name, network.foldedCopy()])),
    )
  }

  get #all(): readonly Network[] {
    return Object.values(this.networks)
  }

  #sideBySide(outputsOf: (network: Network) => tf.Tensor): tf.Tensor {
    return tf.concat(this.#all.map(outputsOf), 1)
  }

  #joined<T>(of: (network: Network) => Readonly<Record<string, T>>): Record<string, T> {
    const joined = Object.entries(this.networks).map(([branch, network]) =>
      under(branch, of(network)),
    )
    return Object.assign({}, ...joined) as Record<string, T>
  }
}

/**
 * Networks of equal hidden layers, made one: all but the last hidden layer are shared, and each keeps its last hidden
 * layer, if that is a dense one, and its output layer. The hidden layers of all but the last network are thrown away.
 *
 * @param networks by name, as `Branches` takes them; disposed of together with what is returned
 */
export function withSharedTrunk(networks: Readonly<Record<string, Network>>): Network {
  const all = Object.values(networks)
  const { layers } = all.at(-1)!
  const split = layers.length - ownLayers(layers)
  for (const other of all.slice(0, -1)) new Network(other.layers.slice(0, split)).dispose()
  const branches = Object.entries(networks).map(([name, network]) => [
    name,
    new Network(network.layers.slice(split)),
  ])
  return new Network([
    ...layers.slice(0, split),
    new Branches(Object.fromEntries(branches) as Record<string, Network>),
  ])
}

/** The output layer, and the layer below it if it has weights and its output needs no flattening. */
function ownLayers(layers: readonly Layer[]): number {
  return layers.at(-2) instanceof AffineLayer ? 2 : 1
}

/** Every layer that has weights of its own, those of branches included. */
export function affineLayers(layers: readonly Layer[]): readonly AffineLayer[] {
  return layers.flatMap((layer) => {
    if (layer instanceof AffineLayer) return [layer]
    if (!(layer instanceof Branches)) return []
    return Object.values(layer.networks).flatMap((network) => affineLayers(network.layers))
  })
}
