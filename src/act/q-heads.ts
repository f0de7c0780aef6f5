/**
 * From the outputs of DQN's network to Q-values, as agents/dqn/heads.ts has it: plain or dueling, values or
 * distributions. Dueling of distributions is by products with constant matrices there, and so it is here.
 */
import { atomsOf } from '../nn/support.ts'
import { layersOf, type Network, networkOf, type NetworkParts, type Stage } from './network.ts'
import type { PolicyOptions } from './options.ts'
import type { Machine, Plan } from './plan.ts'

type QOptions = Pick<
  PolicyOptions,
  'layers' | 'normalization' | 'dueling' | 'distribution' | 'atoms' | 'vMin' | 'vMax'
>

/**
 * From encoded observations to Q-values [rows, A].
 *
 * @param actions A
 * @param inputShape of one encoded observation
 */
export function qStage(
  parts: Pick<NetworkParts, 'machine' | 'reader'>,
  options: QOptions,
  actions: number,
  inputShape: readonly number[],
): Stage {
  const { machine } = parts
  const atoms = options.distribution === 'none' ? 1 : options.atoms
  const outputs = options.dueling
    ? duelingStage(parts, options, { actions, atoms, inputShape })
    : plainStage(parts, options, { actions, atoms, inputShape })
  const values = valuesOf(machine, options, actions)
  return (plan, x) => values(plan, outputs(plan, x))
}

interface Sizes {
  readonly actions: number
  /** Z of each action; 1 for values. */
  readonly atoms: number
  readonly inputShape: readonly number[]
}

/** [rows, A · Z] */
function plainStage(
  parts: Pick<NetworkParts, 'machine' | 'reader'>,
  { layers, normalization }: QOptions,
  { actions, atoms, inputShape }: Sizes,
): Stage {
  const all = layersOf(layers, normalization, actions * atoms)
  return networkOf({ ...parts, prefix: '', layers: all }, inputShape).stage
}

/**
 * [rows, A · Z] of two streams: all but the last hidden layer are shared, and each has its own last hidden layer, if that is
 * a dense one, and its own output layer, as nn/branches.ts has it.
 */
function duelingStage(
  parts: Pick<NetworkParts, 'machine' | 'reader'>,
  { layers, normalization }: QOptions,
  { actions, atoms, inputShape }: Sizes,
): Stage {
  const last = layers.at(-1)
  const split = layers.length - (last === undefined || last.type === 'flatten' ? 0 : 1)
  const all = layersOf(layers, normalization, 0)
  const trunk = networkOf({ ...parts, prefix: '', layers: all.slice(0, split) }, inputShape)
  const stream = (name: string, outputs: number): Network => {
    const own = layersOf(layers, normalization, outputs).slice(split)
    return networkOf({ ...parts, prefix: `${split}/${name}/`, layers: own }, trunk.shape)
  }
  const value = stream('value', atoms)
  const advantages = stream('advantages', actions * atoms)
  const join = atoms === 1 ? joinValues(actions) : joinDistributions(parts.machine, actions, atoms)
  return (plan, x) => {
    const h = trunk.stage(plan, x)
    return join(plan, value.stage(plan, h), advantages.stage(plan, h))
  }
}

type Join = (plan: Plan, value: number, advantages: number) => number

/** A + (V − mean A) */
function joinValues(actions: number): Join {
  return (plan, value, advantages) => {
    const mean = plan.mean(advantages, plan.rows, actions)
    plan.binary('BINARY_SUB', [value, mean], { rows: 1, cols: plan.rows }, 'full')
    const sizes = { rows: plan.rows, cols: actions }
    return plan.binary('BINARY_ADD', [advantages, value], sizes, 'column')
  }
}

/** V_z + A_az − mean_a A_az */
function joinDistributions(machine: Machine, actions: number, atoms: number): Join {
  const centering = machine.constant(
    Array.from({ length: actions ** 2 }, (_, i) => Number(i % (actions + 1) === 0) - 1 / actions),
  )
  const everywhere = machine.constant(new Array<number>(actions).fill(1))
  return (plan, value, advantages) => {
    const sizes = { m: actions, n: atoms }
    const centered = plan.matmulBatch(centering, advantages, { ...sizes, k: actions })
    const repeated = plan.matmulBatch(everywhere, value, { ...sizes, k: 1 })
    const all = { rows: 1, cols: plan.rows * actions * atoms }
    return plan.binary('BINARY_ADD', [centered, repeated], all, 'full')
  }
}

/** [rows, A · Z] → [rows, A] */
function valuesOf(
  machine: Machine,
  { distribution, atoms, vMin, vMax }: QOptions,
  actions: number,
): Stage {
  switch (distribution) {
    case 'none':
      return (_, x) => x
    case 'quantile':
      return (plan, x) => plan.mean(x, plan.rows * actions, atoms)
    case 'c51': {
      const z = machine.constant(atomsOf({ atoms, vMin, vMax }))
      return (plan, x) => {
        const m = plan.rows * actions
        return plan.matmul(plan.softmax(x, m, atoms), z, { m, n: 1, k: atoms })
      }
    }
  }
}
