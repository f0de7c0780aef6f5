/** Networks as stages of a plan: each adds its kernel calls to those that make its input. */
import {
  LAYER_EPSILON,
  layerShapes,
  type LayerSpec,
  type Normalization,
  outputNormalization,
} from '../nn/layer-spec.ts'
import type { Machine, Operand, Operation, Plan, Rows } from './plan.ts'
import { foldedWeights, type FoldedWeights, type WeightReader } from './weights.ts'

/** @param x the address of the input @returns the address of the output */
export type Stage = (plan: Plan, x: number) => number

/** A stage, and the shape of one of its outputs. */
export interface Network {
  readonly stage: Stage
  readonly shape: readonly number[]
}

/** Layers of a model whose tensors begin with a prefix. */
export interface NetworkParts {
  readonly machine: Machine
  readonly reader: WeightReader
  readonly prefix: string
  readonly layers: readonly DescribedLayer[]
}

export interface DescribedLayer {
  readonly spec: LayerSpec
  readonly normalization: Normalization
}

/** A description's hidden layers and the output layer after them. */
export function layersOf(
  hidden: readonly LayerSpec[],
  normalization: Normalization,
  outputs: number,
): DescribedLayer[] {
  const output: LayerSpec = { type: 'dense', units: outputs, activation: 'none' }
  return [
    ...hidden.map((spec) => ({ spec, normalization })),
    { spec: output, normalization: outputNormalization(normalization) },
  ]
}

/**
 * @param inputShape of one input
 * @throws RangeError if the layers do not fit it; Error naming the file, for tensors that do not fit the layers
 */
export function networkOf(
  { machine, reader, prefix, layers }: NetworkParts,
  inputShape: readonly number[],
): Network {
  let shape = inputShape
  const stages = layers.map(({ spec, normalization }, i): Stage => {
    const { output, weights } = layerShapes(spec, shape)
    const input = shape
    shape = output
    if (spec.type === 'flatten') return (_, x) => x
    const folded = foldedWeights(reader, `${prefix}${i}/`, weights!, normalization)
    const linear = linearOf(spec, { input, output, w: machine.constant(folded.w) })
    return affine(machine, folded, spec, { linear, size: output.reduce((a, b) => a * b, 1) })
  })
  return { stage: (plan, x) => stages.reduce((at, stage) => stage(plan, at), x), shape }
}

type Epilogue = Parameters<Plan['matmul']>[3]
type Linear = (plan: Plan, x: number, epilogue: Epilogue) => number

/** x · w as one kernel call. */
function linearOf(
  spec: Exclude<LayerSpec, { type: 'flatten' }>,
  { input, output, w }: Record<'input' | 'output', readonly number[]> & { readonly w: number },
): Linear {
  if (spec.type === 'dense') {
    const [k, n] = [input[0]!, spec.units]
    return (plan, x, epilogue) => plan.matmul(x, w, { m: plan.rows, n, k }, epilogue)
  }
  const geometry = { input, output, kernelSize: spec.kernelSize, stride: spec.stride }
  return (plan, x, epilogue = {}) => plan.conv2d(x, w, geometry, epilogue)
}

/** @param size numbers in one output */
function affine(
  machine: Machine,
  folded: FoldedWeights,
  { activation }: Exclude<LayerSpec, { type: 'flatten' }>,
  { linear, size }: { readonly linear: Linear; readonly size: number },
): Stage {
  const bias = machine.constant(folded.b)
  const units = folded.b.length
  if (!folded.scale && !folded.gamma) {
    const relu = activation === 'relu'
    return (plan, x) => {
      const y = linear(plan, x, { bias, relu })
      return activation === 'tanh' ? plan.unary('UNARY_TANH', y, plan.rows * size) : y
    }
  }
  const scale = machine.constant(folded.gamma ?? folded.scale!)
  const epsilon = machine.constant([LAYER_EPSILON])
  return (plan, x) => {
    const sizes = { rows: (plan.rows * size) / units, cols: units }
    const t: Operand = { at: linear(plan, x, {}), extent: 'full' }
    const standard = folded.gamma ? standardized(plan, t.at, sizes, epsilon) : { t }
    const operations: Operation[] = [
      ...(folded.gamma ? [['standard', 'BINARY_DIV', 't', 'root'] as const] : []),
      ['scaled', 'BINARY_MUL', folded.gamma ? 'standard' : 't', 'scale'],
      ['y', 'BINARY_ADD', 'scaled', 'bias'],
      ...(activation === 'relu' ? [['relu', 'UNARY_RELU', 'y'] as const] : []),
    ]
    const constants = {
      scale: { at: scale, extent: 'row' },
      bias: { at: bias, extent: 'row' },
    } as const
    const wanted = [activation === 'relu' ? 'relu' : 'y']
    const [y] = plan.elementwise(sizes, { ...standard, ...constants }, operations, wanted)
    return activation === 'tanh' ? plan.unary('UNARY_TANH', y!, plan.rows * size) : y!
  }
}

/** t − μ and √(σ² + ε) of each row, as nn/statistics.ts computes them. */
function standardized(
  plan: Plan,
  t: number,
  sizes: Rows,
  epsilon: number,
): Readonly<Record<'t' | 'root', Operand>> {
  const { rows, cols } = sizes
  const mean: Operand = { at: plan.mean(t, rows, cols), extent: 'column' }
  const [centred, squares] = plan.elementwise(
    sizes,
    { t: { at: t, extent: 'full' }, mean },
    [
      ['centred', 'BINARY_SUB', 't', 'mean'],
      ['square', 'UNARY_SQUARE', 'centred'],
    ],
    ['centred', 'square'],
  )
  const variance: Operand = { at: plan.mean(squares!, rows, cols), extent: 'full' }
  const [root] = plan.elementwise(
    { rows: 1, cols: rows },
    { variance, epsilon: { at: epsilon, extent: 'scalar' } },
    [
      ['sum', 'BINARY_ADD', 'variance', 'epsilon'],
      ['root', 'UNARY_SQRT', 'sum'],
    ],
    ['root'],
  )
  return { t: { at: centred!, extent: 'full' }, root: { at: root!, extent: 'column' } }
}
