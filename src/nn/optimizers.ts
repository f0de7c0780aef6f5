/**
 * First-order optimizers over named variables.
 *
 * tfjs's own are not used: its Adam's ε is 1e-7, its Adamax divides by u + ε, its RMSProp is neither PyTorch's nor
 * TensorFlow's, and none of them can have its step counter fed from outside, which a captured program needs. Here,
 * whatever changes from step to step (learning rate, bias corrections) is computed in double precision on the host
 * and enters the program as an input: in float32, 1 − 0.999 alone is off by 1.3e-5.
 *
 * Sources: Adam and Adamax, Kingma & Ba 2015 (arXiv 1412.6980); RAdam, Liu et al. 2020 (arXiv 1908.03265); RMSProp, Tieleman & Hinton 2012 and the PyTorch and
 * TensorFlow manuals, which place ε differently.
 */
import * as tf from '@tensorflow/tfjs-core'
import * as z from 'zod'
import { FUSED, fusedOr, type TensorSpec } from '../backend/index.ts'
import { readJson, type StatePart, type Stateful } from '../state.ts'
import type { NamedTensors } from './gradients.ts'
import { nameWithin } from './layer.ts'
import { readVariableTensors, variableTensors } from './variable-state.ts'

export interface AdamOptions {
  readonly name: 'adam' | 'adamax' | 'radam'
  /** Decay of the first moment; 0.9. */
  readonly beta1?: number
  /** Decay of the second moment (Adamax: of the infinity norm); 0.999. */
  readonly beta2?: number
  /** Adam, RAdam: added to the root, outside it. Adamax: added to |gradient|. 1e-8. */
  readonly epsilon?: number
}

export interface RmsPropOptions {
  readonly name: 'rmsprop'
  /** Decay of the mean square; 0.99. */
  readonly alpha?: number
  /** 1e-5, as A2C implementations have it. */
  readonly epsilon?: number
  /** Subtracts the squared mean of the gradients from the mean square; false. */
  readonly centered?: boolean
  /** `outside` the root as PyTorch (mean square starts at 0), `inside` as TensorFlow (starts at 1); `outside`. */
  readonly epsilonPlacement?: 'outside' | 'inside'
}

export interface SgdOptions {
  readonly name: 'sgd'
  /** u ← momentum · u + gradient; 0. */
  readonly momentum?: number
  readonly nesterov?: boolean
}

export type OptimizerOptions = AdamOptions | RmsPropOptions | SgdOptions

/** What changes from step to step: inputs of a program, of shape []. */
const SCALARS = ['stepSize', 'momentCorrection', 'quench'] as const
type Scalar = (typeof SCALARS)[number]

export interface Optimizer extends Stateful {
  /** The inputs of a program that steps: to be spread into its signature. */
  readonly inputs: Readonly<Record<string, TensorSpec>>
  /** Moments and the like, as `'<slot>/<parameter>'`; part of a checkpoint, as is `stepCount`. */
  readonly state: Readonly<Record<string, tf.Variable>>
  stepCount: number
  /** Counts a step and returns its `inputs`. @param learningRate of this step */
  nextScalars(learningRate: number): Readonly<Record<string, Float32Array>>
  /**
   * Assigns the parameters and the state. Call inside a program, with that step's scalars (among other inputs or not).
   *
   * @param factor multiplies every gradient first (a scalar), as `clipByGlobalNorm` gives it; 1 unless given
   */
  apply(gradients: NamedTensors, scalars: NamedTensors, factor?: tf.Tensor): void
  /** @throws TypeError naming the field, if the state is torn or another optimizer's; nothing has changed then */
  setState(state: StatePart): void
  dispose(): void
}

/**
 * An optimizer of the given parameters.
 *
 * With g the gradient, lr the learning rate and t = 1, 2, …:
 * - adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
 * - adamax: m as adam, u ← max(β₂u, |g| + ε), p ← p − lr/(1−β₁ᵗ) · m/u
 * - radam: as adam times r_t, or while the variance of v is unknown (ρ_t < 5) p ← p − lr · m/(1−β₁ᵗ)
 * - rmsprop: s ← αs + (1−α)g², p ← p − lr · g/(√s + ε), or g/√(s + ε) with ε inside
 * - sgd: u ← momentum·u + g, p ← p − lr·u, or p − lr·(momentum·u + g) with nesterov
 *
 * @param name tells the inputs of several optimizers in one program apart
 */
export function createOptimizer(
  parameters: Readonly<Record<string, tf.Variable>>,
  options: OptimizerOptions,
  name = '',
): Optimizer {
  switch (options.name) {
    case 'adam':
    case 'adamax':
    case 'radam':
      return adam(parameters, name, options)
    case 'rmsprop':
      return rmsProp(parameters, name, options)
    case 'sgd':
      return sgd(parameters, name, options)
  }
}

/** One parameter's rule: from its gradient and its slots to the step to subtract and the new slots. */
type Rule<Slot extends string> = (
  gradient: tf.Tensor,
  slots: Readonly<Record<Slot, tf.Tensor>>,
  scalars: Readonly<Record<Scalar, tf.Tensor>>,
) => { readonly step: tf.Tensor; readonly slots: Readonly<Record<Slot, tf.Tensor>> }

interface Recipe<Slot extends string> {
  /** Slots and the value that they start from. */
  readonly slots: Readonly<Record<Slot, number>>
  readonly rule: Rule<Slot>
  /** The scalars of step t, in double precision. */
  readonly scalars: (
    learningRate: number,
    t: number,
  ) => Readonly<Record<'stepSize' | 'momentCorrection', number>>
  /** Of states: `fused.rule` unless told. */
  readonly ruleName?: string
  /** The same rule as a fused kernel has it. */
  readonly fused: {
    readonly rule: 'adam' | 'adamax' | 'rmsprop' | 'sgd'
    readonly decay1: number
    readonly decay2: number
    readonly epsilon: number
    readonly flags?: number
  }
}

/**
 * Every so many steps a fused kernel rounds moments that are about to become denormal, which would slow it down; see
 * assembly/optimizer.ts.
 */
const QUENCH_INTERVAL = 16

function fromRecipe<Slot extends string>(
  parameters: Readonly<Record<string, tf.Variable>>,
  name: string,
  recipe: Recipe<Slot>,
): Optimizer {
  const input = (scalar: Scalar) => nameWithin(name, scalar)
  const rule = recipe.ruleName ?? recipe.fused.rule
  const slotNames = Object.keys(recipe.slots) as Slot[]
  const state: Record<string, tf.Variable> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    for (const slot of slotNames) {
      const initial = tf.fill(parameter.shape, recipe.slots[slot])
      state[`${slot}/${name}`] = tf.variable(initial, false)
      initial.dispose()
    }
  }
  const spec: TensorSpec = { shape: [], dtype: 'float32' }
  const optimizer: Optimizer = {
    inputs: Object.fromEntries(SCALARS.map((scalar) => [input(scalar), spec])),
    state,
    stepCount: 0,
    nextScalars(learningRate) {
      optimizer.stepCount++
      const { stepSize, momentCorrection } = recipe.scalars(learningRate, optimizer.stepCount)
      return {
        [input('stepSize')]: Float32Array.of(stepSize),
        [input('momentCorrection')]: Float32Array.of(momentCorrection),
        [input('quench')]: Float32Array.of(optimizer.stepCount % QUENCH_INTERVAL === 0 ? 1 : 0),
      }
    },
    apply(gradients, given, factor = tf.scalar(1)) {
      const own = SCALARS.map((scalar) => [scalar, given[input(scalar)]!])
      const scalars = Object.fromEntries(own) as Record<Scalar, tf.Tensor>
      for (const [name, parameter] of Object.entries(parameters)) {
        const before: Partial<Record<Slot, tf.Tensor>> = {}
        for (const slot of slotNames) before[slot] = state[`${slot}/${name}`]!
        const gradient = gradients[name]!
        const inputs = { parameter, gradient, ...before, ...scalars, factor }
        const [next, ...slots] = fusedOr(FUSED.optimizerStep, inputs, recipe.fused, () => {
          const scaled = tf.mul(gradient, factor)
          const result = recipe.rule(scaled, before as Record<Slot, tf.Tensor>, scalars)
          return [tf.sub(parameter, result.step), ...slotNames.map((slot) => result.slots[slot])]
        })
        parameter.assign(next!)
        for (const [i, slot] of slotNames.entries()) state[`${slot}/${name}`]!.assign(slots[i]!)
      }
    },
    getState: () => ({
      json: { rule, stepCount: optimizer.stepCount },
      tensors: variableTensors(state),
    }),
    setState: (saved) => optimizer.readState(saved)(),
    readState(saved) {
      const schema = z.strictObject({ rule: z.literal(rule), stepCount: z.int().min(0) })
      const { stepCount } = readJson(schema, saved)
      const assign = readVariableTensors(saved, state)
      return () => {
        assign()
        optimizer.stepCount = stepCount
      }
    },
    dispose: () => tf.dispose(state),
  }
  return optimizer
}

function adam(
  parameters: Readonly<Record<string, tf.Variable>>,
  name: string,
  options: AdamOptions,
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  const firstMoment = (g: tf.Tensor, m: tf.Tensor) => decay(m, beta1, g)
  const stepSize = (learningRate: number, t: number) => learningRate / (1 - power(beta1, t))
  if (options.name === 'adamax') {
    return fromRecipe(parameters, name, {
      slots: { m: 0, u: 0 },
      fused: { rule: 'adamax', decay1: beta1, decay2: beta2, epsilon },
      scalars: (learningRate, t) => ({ stepSize: stepSize(learningRate, t), momentCorrection: 1 }),
      rule: (g, slots, scalars) => {
        const m = firstMoment(g, slots.m)
        const u = tf.maximum(tf.mul(slots.u, beta2), tf.add(tf.abs(g), epsilon))
        return { step: tf.mul(scalars.stepSize, tf.div(m, u)), slots: { m, u } }
      },
    })
  }
  return fromRecipe(parameters, name, {
    slots: { m: 0, v: 0 },
    fused: { rule: 'adam', decay1: beta1, decay2: beta2, epsilon },
    ruleName: options.name,
    scalars(learningRate, t) {
      const scalars = {
        stepSize: stepSize(learningRate, t),
        momentCorrection: 1 / (1 - power(beta2, t)),
      }
      return options.name === 'radam' ? rectified(scalars, beta2, epsilon, t) : scalars
    },
    rule: (g, slots, scalars) => {
      const m = firstMoment(g, slots.m)
      const v = decay(slots.v, beta2, tf.square(g))
      const root = tf.sqrt(tf.mul(v, scalars.momentCorrection))
      return { step: tf.mul(scalars.stepSize, tf.div(m, tf.add(root, epsilon))), slots: { m, v } }
    },
  })
}

/** From this length on the moving average of squares is trusted (optax; the paper says 4). */
const RADAM_THRESHOLD = 5

/**
 * RAdam's scalars of Adam's rule: the step times r_t. Before the average is trusted the step is m alone, which the same
 * rule computes with a correction of 0: its divisor is then ε.
 */
function rectified(
  { stepSize, momentCorrection }: Readonly<Record<'stepSize' | 'momentCorrection', number>>,
  beta2: number,
  epsilon: number,
  t: number,
) {
  const most = 2 / (1 - beta2) - 1 // ρ∞
  const decayed = power(beta2, t)
  const length = most - (2 * t * decayed) / (1 - decayed) // ρ_t
  if (length < RADAM_THRESHOLD) return { stepSize: stepSize * epsilon, momentCorrection: 0 }
  const ratio = ((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length)
  return { stepSize: stepSize * Math.sqrt(ratio), momentCorrection }
}

function rmsProp(
  parameters: Readonly<Record<string, tf.Variable>>,
  name: string,
  options: RmsPropOptions,
): Optimizer {
  const { alpha = 0.99, epsilon = 1e-5, centered = false, epsilonPlacement = 'outside' } = options
  const inside = epsilonPlacement === 'inside'
  const root = (spread: tf.Tensor) =>
    inside ? tf.sqrt(tf.add(spread, epsilon)) : tf.add(tf.sqrt(spread), epsilon)
  const scalars = (learningRate: number) => ({ stepSize: learningRate, momentCorrection: 1 })
  const start = inside ? 1 : 0
  const flags = (inside ? 1 : 0) | (centered ? 2 : 0)
  const fused = { rule: 'rmsprop', decay1: 0, decay2: alpha, epsilon, flags } as const
  if (!centered) {
    return fromRecipe(parameters, name, {
      slots: { ms: start },
      fused,
      scalars,
      rule: (g, slots, { stepSize }) => {
        const ms = decay(slots.ms, alpha, tf.square(g))
        return { step: tf.mul(stepSize, tf.div(g, root(ms))), slots: { ms } }
      },
    })
  }
  return fromRecipe(parameters, name, {
    slots: { ms: start, mg: 0 },
    fused,
    scalars,
    rule: (g, slots, { stepSize }) => {
      const ms = decay(slots.ms, alpha, tf.square(g))
      const mg = decay(slots.mg, alpha, g)
      // Rounding may leave the variance of an unchanging gradient a hair below 0.
      const variance = tf.relu(tf.sub(ms, tf.square(mg)))
      return { step: tf.mul(stepSize, tf.div(g, root(variance))), slots: { ms, mg } }
    },
  })
}

function sgd(
  parameters: Readonly<Record<string, tf.Variable>>,
  name: string,
  options: SgdOptions,
): Optimizer {
  const { momentum = 0, nesterov = false } = options
  const fused = { rule: 'sgd', decay1: momentum, decay2: 0, epsilon: 0 } as const
  const scalars = (learningRate: number) => ({ stepSize: learningRate, momentCorrection: 1 })
  if (momentum === 0) {
    return fromRecipe<never>(parameters, name, {
      slots: {},
      fused: { ...fused, flags: 0 },
      scalars,
      rule: (g, _slots, { stepSize }) => ({ step: tf.mul(stepSize, g), slots: {} }),
    })
  }
  return fromRecipe(parameters, name, {
    slots: { velocity: 0 },
    fused: { ...fused, flags: nesterov ? 2 : 1 },
    scalars,
    rule: (g, slots, { stepSize }) => {
      const velocity = tf.add(tf.mul(slots.velocity, momentum), g)
      const direction = nesterov ? tf.add(tf.mul(velocity, momentum), g) : velocity
      return { step: tf.mul(stepSize, direction), slots: { velocity } }
    },
  })
}

/** rate · old + (1 − rate) · value */
function decay(old: tf.Tensor, rate: number, value: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(old, rate), tf.mul(value, 1 - rate))
}

/** baseᵗ by repeated squaring: `Math.pow` may differ between engines in its last bit, multiplication does not. */
function power(base: number, exponent: number): number {
  let result = 1
  for (
    let square = base, rest = exponent;
    rest > 0;
    rest = Math.floor(rest / 2), square *= square
  ) {
    if (rest % 2 === 1) result *= square
  }
  return result
}
