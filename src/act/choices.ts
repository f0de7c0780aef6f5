/** From what a network says to actions: the best or drawn ones, in the order of draws that agents have. */

import {
  type Box,
  categorical,
  choiceSizes,
  normal,
  randInt,
  type Space,
  type Uniform,
} from 'gymnasium-js/spaces'
import { legalArgMax, legalRandom } from '../masks.ts'
import { actionScaleOf } from '../policies/action-scale.ts'
import { exp } from './exponential.ts'
import type { ActionArray } from './policy.ts'

/** Indices from 0, or numbers before they are scaled. */
export type Chosen = Int32Array | Float32Array

export interface Chooser {
  /** D: numbers in one action. */
  readonly actionSize: number
  /** Room for the actions of so many rows. */
  empty(rows: number): Chosen
  /**
   * @param answers [rows, outputs] of the network, legal actions minded where probabilities are
   * @param masks [rows, maskSize]; without them all actions are legal
   * @param source what actions are drawn from; without it they are the best
   * @param chosen [rows, D], written
   */
  choose(
    answers: Float32Array,
    masks: Uint8Array | undefined,
    source: Uniform | undefined,
    chosen: Chosen,
  ): void
}

/** ε-greedy: as an agent that was loaded, which goes on with the last ε. */
export function greedyChooser(actions: number, epsilon: number): Chooser {
  let isRandom = new Uint8Array(1)
  let drawn: Uniform | undefined
  const integers = { randInt: (lo: number, hi: number) => randInt(drawn!, lo, hi) }
  return {
    actionSize: 1,
    empty: (rows) => new Int32Array(rows),
    choose(answers, masks, source, chosen) {
      const rows = chosen.length
      if (rows > isRandom.length) isRandom = new Uint8Array(rows)
      for (let i = 0; i < rows; i++)
        isRandom[i] = source !== undefined && source.random() < epsilon ? 1 : 0
      drawn = source
      for (let i = 0; i < rows; i++)
        chosen[i] =
          isRandom[i] === 1
            ? legalRandom(integers, i * actions, actions, masks)
            : legalArgMax(answers, i * actions, actions, masks)
    },
  }
}

/** Of an actor-critic. @param logStd [D] of continuous actions */
export function policyChooser(space: Space, logStd: Float32Array): Chooser {
  const choices = choiceSizes(space)
  return choices.length > 0 ? categoricalChooser(choices) : gaussianChooser(logStd)
}

/** Choices side by side. @param nvec actions of each */
function categoricalChooser(nvec: readonly number[]): Chooser {
  const count = nvec.length
  return {
    actionSize: count,
    empty: (rows) => new Int32Array(rows * count),
    choose(answers, _, source, chosen) {
      for (let i = 0, from = 0; i < chosen.length; i++) {
        const n = nvec[i % count]!
        chosen[i] = source ? categorical(source, answers, from, n) : legalArgMax(answers, from, n)
        from += n
      }
    },
  }
}

function gaussianChooser(logStd: Float32Array): Chooser {
  const size = logStd.length
  const deviations = logStd.map((value) => exp(value))
  return {
    actionSize: size,
    empty: (rows) => new Float32Array(rows * size),
    choose(answers, _, source, chosen) {
      for (let i = 0; i < chosen.length; i++)
        chosen[i] = source ? normal(source, answers[i]!, deviations[i % size]!) : answers[i]!
    },
  }
}

/** Room for actions as the environment takes them, [rows, D]. */
export function emptyActions(space: Space, length: number): ActionArray {
  switch (space.kind) {
    case 'multi-binary':
      return new Uint8Array(length)
    case 'box':
      return space.dtype === 'float64' ? new Float64Array(length) : new Float32Array(length)
    default:
      return new Int32Array(length)
  }
}

/** Writes actions as the environment takes them: numbered from `start`, scaled and clipped to the bounds. */
export type ToEnv = (chosen: Chosen, actions: ActionArray) => void

/** @param scaleActions whether the policy acts in [−1, 1] where there are bounds */
export function toEnvOf(space: Space, scaleActions: boolean): ToEnv {
  if (space.kind === 'box' && (space.dtype === 'float32' || space.dtype === 'float64')) {
    const { toEnv } = actionScaleOf(space as Box<'float32' | 'float64'>, scaleActions)
    return (chosen, actions) => {
      for (let i = 0; i < chosen.length; i++) actions[i] = toEnv(chosen[i]!, i)
    }
  }
  const start = space.kind === 'discrete' ? space.start : 0
  return (chosen, actions) => {
    for (let i = 0; i < chosen.length; i++) actions[i] = chosen[i]! + start
  }
}
