/**
 * Suite `update`: one gradient step of an agent, through its own `dqnUpdate`, `a2cUpdate` or `pqnUpdate`, from typed
 * arrays to typed arrays. On DQN, jax-js does the same update, written with its own operations.
 */
import * as tf from '@tensorflow/tfjs-core'
import { Discrete } from 'gymnasium-js'
import { a2cUpdate, dqnUpdate, pqnUpdate } from '../agents/index.ts'
import {
  profileProgram,
  type Program,
  type ProgramInputs,
  type Signature,
  tensorFrom,
} from '../src/backend/index.ts'
import {
  ActorCritic,
  createOptimizer,
  minatarConv,
  mlp,
  type Network,
  type NetworkFactory,
  type Normalization,
  type Optimizer,
} from '../src/nn/index.ts'
import { distributionOf } from '../src/policies/index.ts'
import { Rng } from '../src/rng.ts'
import { onBackends } from './backends.ts'
import {
  a2cBatches,
  cycling,
  type DqnBatch,
  dqnBatches,
  observations,
  type ObservationKind,
} from './data.ts'
import { floorContender, FLOORS } from './gemm-floor.ts'
import { jaxDqn } from './jax-dqn.ts'
import type { Contender, Prepared } from './measure.ts'

/** Step size of the optimizers; small, so that nothing diverges in some ten thousand updates of noise. */
const LEARNING_RATE = 2.5e-4
const GAMMA = 0.99
/** Updates before contenders compare their losses. */
const CHECK_AFTER = 5

interface DqnCase {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly network: NetworkFactory
  readonly actions: number
  readonly batchSize: number
  readonly observations: ObservationKind
  readonly kernels: readonly string[]
}

const DQN_CASES: readonly DqnCase[] = [
  {
    name: 'dqn-mlp',
    inputShape: [4],
    network: mlp([120, 84]),
    actions: 2,
    batchSize: 128,
    observations: 'gaussian',
    kernels: [],
  },
  {
    name: 'dqn-conv',
    inputShape: [10, 10, 4],
    network: minatarConv(),
    actions: 6,
    batchSize: 32,
    observations: 'pixels',
    kernels: ['Conv2DBackpropFilter'],
  },
]

const NORMALIZATIONS = ['weight', 'none'] as const satisfies readonly Normalization[]

/** @returns the contenders, case by case */
export function updateCases(asked: (backend: string) => boolean): Contender[][] {
  const dqn = DQN_CASES.map((dqnCase) =>
    NORMALIZATIONS.flatMap((normalization) => dqnContenders(dqnCase, normalization, asked)),
  )
  const a2c = NORMALIZATIONS.flatMap((normalization) =>
    onBackends({ ...pathsOf('a2c-mlp', normalization), asked }, () => prepareA2c(normalization)),
  )
  const pqn = (['layer', 'none'] as const).flatMap((normalization) =>
    onBackends({ ...pathsOf('pqn-mlp', normalization), asked }, () => preparePqn(normalization)),
  )
  return [...dqn, a2c, pqn]
}

function dqnContenders(
  dqnCase: DqnCase,
  normalization: Normalization,
  asked: (backend: string) => boolean,
): Contender[] {
  const { kernels, name } = dqnCase
  const paths = pathsOf(name, normalization)
  const ours = onBackends({ ...paths, kernels, asked }, () => prepareDqn(dqnCase, normalization))
  const floor = floorOf(name, normalization, asked)
  if (!asked('jax-js')) return [...ours, ...floor]
  const jax: Contender = {
    name: `${paths.path}/jax-js`,
    task: paths.path,
    references: [],
    activate: () => Promise.resolve(),
    prepare: () => Promise.resolve(prepareJax(dqnCase, normalization)),
  }
  return [...ours, ...floor, jax]
}

/** The floor stands once beside a case. */
function floorOf(
  name: string,
  normalization: Normalization,
  asked: (backend: string) => boolean,
): Contender[] {
  return normalization === 'none' ? floorContender(name, asked) : []
}

/** Normalization is compared with doing without on the same backend. */
function pathsOf(name: string, normalization: Normalization) {
  return {
    path: `${name}/${normalization}`,
    beside: normalization === 'none' ? [] : [`${name}/none`],
    others: FLOORS.includes(name) ? [`gemm-floor/${name}`] : [],
  }
}

function batchesOf({ batchSize, inputShape, actions, observations: kind }: DqnCase): DqnBatch[] {
  return dqnBatches(batchSize, sizeOf(inputShape), actions, kind, GAMMA)
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** Initialized from data as in a run; another `seed` gives another network. */
function makeNetwork(
  { network: factory, ...dqnCase }: Pick<DqnCase, 'network' | 'inputShape' | 'observations'>,
  normalization: Normalization,
  outputs: number,
  seed: string,
): Network {
  const { inputShape } = dqnCase
  const rng = new Rng(seed)
  const network = factory({ inputShape, outputs, outputScale: 1, normalization, rng })
  const obs = observations(rng, 256 * sizeOf(inputShape), dqnCase.observations)
  tf.tidy(() => network.initializeFromData(tensorFrom(obs, [256, ...inputShape], 'float32')))
  return network
}

/** The network that learns, and the folded copy of another one as its target. */
function dqnNetworks(dqnCase: DqnCase, normalization: Normalization) {
  const network = makeNetwork(dqnCase, normalization, dqnCase.actions, 'online')
  const other = makeNetwork(dqnCase, normalization, dqnCase.actions, 'target')
  const target = other.foldedCopy()
  other.dispose()
  return { network, target }
}

function prepareDqn(dqnCase: DqnCase, normalization: Normalization): Prepared {
  const { network, target } = dqnNetworks(dqnCase, normalization)
  const optimizer = createOptimizer(network.parameters, { name: 'adam' })
  const update = dqnUpdate({
    network,
    target,
    optimizer,
    encoder: asTheyAre(dqnCase.inputShape),
    actions: dqnCase.actions,
    doubleQ: false,
    loss: 'mse',
    huberDelta: 1,
    maxGradNorm: null,
  })
  return programOf(update, batchesOf(dqnCase), optimizer, () => {
    for (const part of [network, target, optimizer]) part.dispose()
  })
}

function prepareA2c(normalization: Normalization): Prepared {
  const parts = {
    network: mlp([64, 64], 'tanh'),
    inputShape: [4],
    observations: 'gaussian',
  } as const
  const network = new ActorCritic({
    policy: makeNetwork(parts, normalization, 2, 'policy'),
    value: makeNetwork(parts, normalization, 1, 'value'),
  })
  const optimizer = createOptimizer(network.parameters, { name: 'rmsprop' })
  const update = a2cUpdate({
    network,
    distribution: distributionOf(new Discrete(2), { logStdInit: 0, scaleActions: true }),
    optimizer,
    encoder: asTheyAre(parts.inputShape),
    vfCoef: 0.5,
    maxGradNorm: 0.5,
  })
  const batches = a2cBatches(8 * 5, 4, 2) // 8 environments × 5 steps
  return programOf(update, batches, optimizer, () => {
    network.dispose()
    optimizer.dispose()
  })
}

function preparePqn(normalization: Normalization): Prepared {
  const parts = {
    network: mlp([128, 128]),
    inputShape: [4],
    observations: 'gaussian',
  } as const
  const network = makeNetwork(parts, normalization, 2, 'online')
  tf.tidy(() => {
    network.refold()
  })
  const optimizer = createOptimizer(network.parameters, { name: 'radam' })
  const encoder = asTheyAre(parts.inputShape)
  const update = pqnUpdate({ network, optimizer, encoder, maxGradNorm: 10 })
  const batches = a2cBatches(128, 4, 2).map(({ obs, actions, returns }) => {
    return { obs, actions, targets: returns }
  })
  return programOf(update, batches, optimizer, () => {
    network.dispose()
    optimizer.dispose()
  })
}

function prepareJax(dqnCase: DqnCase, normalization: Normalization): Prepared {
  const { network, target } = dqnNetworks(dqnCase, normalization)
  const { update, dispose } = jaxDqn({
    inputShape: dqnCase.inputShape,
    actions: dqnCase.actions,
    batchSize: dqnCase.batchSize,
    layers: hostLayers(network),
    targetLayers: hostLayers(target),
    gamma: GAMMA,
    learningRate: LEARNING_RATE,
  })
  network.dispose()
  target.dispose()
  return updatesOf(cycling(batchesOf(dqnCase), update), dispose)
}

/** The variables of each layer that has some, on the host. */
function hostLayers(network: Network) {
  return network.layers
    .map(({ variables }) =>
      Object.entries(variables).map(([name, variable]) => ({
        name,
        shape: variable.shape,
        values: Float32Array.from(variable.dataSync<'float32'>()),
      })),
    )
    .filter((variables) => variables.length > 0)
}

/** An encoder that leaves observations as they are. */
function asTheyAre(inputShape: readonly number[]) {
  return {
    spec: { shape: [-1, ...inputShape], dtype: 'float32' },
    encode: (raw: tf.Tensor) => raw,
  } as const
}

/** An update that is a program: made with one batch after the other. */
function programOf<S extends Signature>(
  update: Program<S, 'loss'>,
  batches: readonly object[],
  optimizer: Optimizer,
  dispose: () => void,
): Prepared {
  const inputs = cycling(
    batches,
    (batch) => ({ ...batch, ...optimizer.nextScalars(LEARNING_RATE) }) as ProgramInputs<S>,
  )
  const prepared = updatesOf(() => update(inputs()).loss[0]!, dispose)
  const clock = () => performance.now() * 1000 // µs
  return { ...prepared, profile: (times) => profileProgram(update, inputs(), clock, times) }
}

/** @param next makes one update and returns its loss */
function updatesOf(next: () => number, dispose: () => void): Prepared {
  let check = NaN
  for (let i = 0; i < CHECK_AFTER; i++) check = next()
  const work = (times: number) => {
    for (let i = 0; i < times; i++) next()
  }
  return { work, check, dispose }
}
