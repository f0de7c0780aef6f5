/**
 * One gradient step of a weight-normalized DQN, of any size, on the backend in use: what `doctor` compares between
 * backends, and what it and the suite `scale` of the benchmarks measure.
 */
import * as tf from '@tensorflow/tfjs-core'
import { dqnUpdate } from '../../agents/index.ts'
import { onHost, tensorFrom } from '../../src/backend/index.ts'
import { createOptimizer, mlp, type NetworkFactory } from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'

export interface UpdateSize {
  /** Transitions of a batch. */
  readonly batch: number
  /** Units of each of two hidden layers. */
  readonly width: number
}

export interface UpdateSpec {
  readonly network: NetworkFactory
  readonly inputShape: readonly number[]
  readonly batch: number
  /** SGD's updates differ between backends by what the gradients do; Adam's, by far more where those are near 0. */
  readonly optimizer: 'sgd' | 'adam'
}

export interface Update {
  /** Makes one gradient step. @returns the loss */
  step(): Promise<number>
  /** The network's parameters by name. */
  parameters(): Promise<Record<string, Float32Array>>
  readonly dispose: () => void
}

const OBSERVATION = 32
const ACTIONS = 4
const LEARNING_RATE = { sgd: 0.1, adam: 2.5e-4 } as const
/** Batches that take turns: one alone would be fitted, and vanishing gradients cost other time. */
const BATCHES = 4
const GAMMA = 0.99
const INITIALIZATION = 256

/** Multiplications and additions of an update: two forward passes, and a backward one of twice the work. */
export function workOf({ batch, width }: UpdateSize): number {
  return 4 * batch * (OBSERVATION * width + width * width + width * ACTIONS)
}

/** An update as a run makes it, with Adam. */
export function updateOfSize({ batch, width }: UpdateSize): Promise<Update> {
  return prepareUpdate({
    network: mlp([width, width]),
    inputShape: [OBSERVATION],
    batch,
    optimizer: 'adam',
  })
}

/** Networks, optimizer and batches from one seed: the same numbers on every backend. */
export async function prepareUpdate({
  network: factory,
  inputShape,
  batch,
  optimizer: name,
}: UpdateSpec) {
  const rng = new Rng('update')
  const options = { inputShape, outputs: ACTIONS, outputScale: 1, normalization: 'weight' } as const
  const network = factory({ ...options, rng: rng.stream('online') })
  const other = factory({ ...options, rng: rng.stream('target') })
  const size = inputShape.reduce((product, length) => product * length, 1)
  const sample = normals(rng, INITIALIZATION * size)
  for (const part of [network, other])
    await onHost(() =>
      tf.tidy(() =>
        part.initializeFromData(tensorFrom(sample, [INITIALIZATION, ...inputShape], 'float32')),
      ),
    )
  const target = other.foldedCopy()
  other.dispose()
  const optimizer = createOptimizer(network.parameters, { name })
  const update = dqnUpdate({
    network,
    target,
    optimizer,
    encoder: { spec: { shape: [-1, ...inputShape], dtype: 'float32' }, encode: (raw) => raw },
    actions: ACTIONS,
    doubleQ: false,
    loss: 'mse',
    huberDelta: 1,
    maxGradNorm: 10,
  })
  const batches = Array.from({ length: BATCHES }, () => transitions(rng, batch, size))
  let turn = 0
  return {
    step: async () => {
      const inputs = {
        ...batches[turn++ % BATCHES]!,
        ...optimizer.nextScalars(LEARNING_RATE[name]),
      }
      return (await update.run(inputs)).loss[0]!
    },
    parameters: async () => {
      const names = Object.entries(network.parameters)
      const read = names.map(async ([key, variable]) => [
        key,
        Float32Array.from(await variable.data()),
      ])
      return Object.fromEntries(await Promise.all(read)) as Record<string, Float32Array>
    },
    dispose: () => {
      update.dispose()
      for (const part of [network, target, optimizer]) part.dispose()
    },
  } satisfies Update
}

/** [B, ...] arrays of a minibatch; one transition in ten is a terminal one. */
function transitions(rng: Rng, batch: number, size: number) {
  return {
    obs: normals(rng, batch * size),
    nextObs: normals(rng, batch * size),
    actions: Int32Array.from({ length: batch }, () => rng.randInt(0, ACTIONS)),
    rewards: normals(rng, batch),
    discounts: Float32Array.from({ length: batch }, () => (rng.random() < 0.1 ? 0 : GAMMA)),
  }
}

function normals(rng: Rng, length: number): Float32Array {
  return Float32Array.from({ length }, () => rng.normal(0, 1))
}
