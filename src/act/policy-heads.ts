/**
 * From the outputs of an actor-critic's policy network to what actions are chosen by, as
 * agents/actor-critic/action-distribution.ts has it: probabilities of choices, or means.
 */
import { choiceSizes, type Space } from 'gymnasium-js/spaces'
import { LOWEST } from '../nn/layer-spec.ts'
import type { Plan } from './plan.ts'

/** The places of a mask: 1 for each legal action, and what is added to the logits of the others. */
export interface MaskPlaces {
  readonly legal: number
  readonly penalty: number
}

/** @param x logits, or means @returns probabilities, or means, [rows, outputs] */
export type Prepare = (plan: Plan, x: number, masks: MaskPlaces | undefined) => number

/** Outputs of the policy network; undefined for a space that actor-critics cannot play. */
export function outputsOf(space: Space): number | undefined {
  if (space.kind === 'box') return space.dtype.startsWith('float') ? space.size : undefined
  return totalOf(choiceSizes(space)) || undefined
}

function totalOf(choices: readonly number[]): number {
  return choices.reduce((sum, n) => sum + n, 0)
}

/** What is added to a logit: 0 for a legal action. */
export function penaltyOf(legal: number): number {
  return (legal - 1) * LOWEST
}

export function prepareOf(space: Space): Prepare {
  const choices = choiceSizes(space)
  if (choices.length === 0) return (_, x) => x
  const total = totalOf(choices)
  const isOne = space.kind === 'discrete'
  return (plan, x, masks) => {
    if (masks) {
      const all = { rows: 1, cols: plan.rows * total }
      plan.binary('BINARY_MUL', [x, masks.legal], all, 'full')
      plan.binary('BINARY_ADD', [x, masks.penalty], all, 'full')
    } else if (isOne) {
      const logs = plan.softmax(x, plan.rows, total, true)
      return plan.unary('UNARY_EXP', logs, plan.rows * total)
    }
    return choices.length === 1
      ? plan.softmax(x, plan.rows, total)
      : softmaxes(plan, x, choices, total)
  }
}

/** Of each choice by itself: its columns are brought together, and put back. */
function softmaxes(plan: Plan, x: number, choices: readonly number[], total: number): number {
  const { rows } = plan
  const y = plan.block(rows * total)
  let first = 0
  for (const n of choices) {
    const apart = [
      { size: rows, from: total, to: n },
      { size: n, from: 1, to: 1 },
    ]
    const group = plan.copy(x, plan.block(rows * n), apart, { from: first, to: 0 })
    const back = apart.map(({ size, from, to }) => ({ size, from: to, to: from }))
    plan.copy(plan.softmax(group, rows, n), y, back, { from: 0, to: first })
    first += n
  }
  return y
}
