/** From observations to what a network takes: the layout of nn/observation-layout.ts as copies and kernel calls. */
import type { ObservationLayout } from '../nn/observation-layout.ts'
import type { Stage } from './network.ts'
import type { Machine } from './plan.ts'
import type { Observations } from './policy.ts'

/** Numbers up to which a loop copies faster than a call of `set`. */
const FEW = 32

export interface Encoder {
  /** Numbers in one observation. */
  readonly size: number
  /** Numbers in one row of the plan's input. */
  readonly width: number
  /** Copies whole observations in, from an index on. */
  readonly write: (obs: Observations | number, f32: Float32Array, at: number) => void
  /** What is done to the input. */
  readonly stage: Stage
}

export function encoderOf(machine: Machine, layout: ObservationLayout): Encoder {
  const { size } = layout
  if (layout.kind === 'categories') {
    const { sizes, starts } = layout
    const width = layout.inputShape[0]!
    const write: Encoder['write'] = (obs, f32, at) => {
      const rows = typeof obs === 'number' ? 1 : obs.length / size
      f32.fill(0, at, at + rows * width)
      for (let i = 0; i < rows * size; i++) {
        const column = i % size
        const n = sizes[column]!
        const index = (((typeof obs === 'number' ? obs : obs[i]!) | 0) - starts[column]!) | 0
        // A choice of one is a 1, whatever is said of it.
        if (n === 1) f32[at] = 1
        else if (index >= 0 && index < n) f32[at + index] = 1
        at += n
      }
    }
    return { size, width, write, stage: (_, x) => x }
  }
  const write: Encoder['write'] = (obs, f32, at) => {
    if (typeof obs === 'number') f32[at] = obs
    else if (obs.length > FEW) f32.set(obs, at)
    else for (let i = 0; i < obs.length; i++) f32[at + i] = obs[i]!
  }
  return { size, width: size, write, stage: numbersStage(machine, layout) }
}

/** (x − center) / divisor, then the frames of a stack as channels. */
function numbersStage(
  machine: Machine,
  { size, centers, divisors, framesLast }: Extract<ObservationLayout, { kind: 'numbers' }>,
): Stage {
  const steps: Stage[] = []
  for (const [operation, values, idle] of [
    ['BINARY_SUB', centers, 0],
    ['BINARY_DIV', divisors, 1],
  ] as const) {
    if (values.every((value) => value === idle)) continue
    const isOne = values.every((value) => value === values[0])
    const constant = machine.constant(isOne ? values.slice(0, 1) : values)
    steps.push((plan, x) => {
      const sizes = { rows: plan.rows, cols: size }
      return plan.binary(operation, [x, constant], sizes, isOne ? 'scalar' : 'row')
    })
  }
  if (framesLast) {
    const [frames, positions, channels] = framesLast
    steps.push((plan, x) =>
      plan.copy(x, plan.block(plan.rows * size), [
        { size: plan.rows, from: size, to: size },
        { size: positions, from: channels, to: frames * channels },
        { size: frames, from: positions * channels, to: channels },
        { size: channels, from: 1, to: 1 },
      ]),
    )
  }
  return (plan, x) => steps.reduce((at, step) => step(plan, at), x)
}
