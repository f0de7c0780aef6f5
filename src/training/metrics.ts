/** Averages of what updates report between two rows of the log. */
import * as z from 'zod'
import type { Metrics } from '../logging/index.ts'
import {
  type CheckpointState,
  readJson,
  readTensors,
  type StatePart,
  type Stateful,
  tensorOf,
  wrongField,
} from '../state.ts'

export class MeanMetrics implements Stateful {
  readonly #names: readonly string[]
  readonly #sums: Float64Array
  /** How many values each sum is of. */
  readonly #counts: Float64Array

  constructor(names: readonly string[]) {
    this.#names = names
    this.#sums = new Float64Array(names.length)
    this.#counts = new Float64Array(names.length)
  }

  /** @param values by name; those that are not among the names are left out */
  add(values: Metrics): void {
    for (const [i, name] of this.#names.entries()) {
      const value = values[name]
      if (value === undefined) continue
      this.#sums[i]! += value
      this.#counts[i]!++
    }
  }

  /** The means since the last call, of what was added. */
  take(): Metrics {
    const means: Record<string, number> = {}
    for (const [i, name] of this.#names.entries())
      if (this.#counts[i]! > 0) means[name] = this.#sums[i]! / this.#counts[i]!
    this.#sums.fill(0)
    this.#counts.fill(0)
    return means
  }

  getState(): CheckpointState {
    const shape = [this.#names.length]
    const sums = tensorOf(this.#sums.slice(), shape)
    return { json: {}, tensors: { sums, counts: tensorOf(this.#counts.slice(), shape) } }
  }

  readState(state: StatePart): () => void {
    readJson(z.strictObject({}), state)
    const column = { dtype: 'float64', shape: [this.#names.length] } as const
    const { sums, counts } = readTensors(state, { sums: column, counts: column })
    const bad = counts.find((count) => !Number.isSafeInteger(count) || count < 0)
    if (bad !== undefined)
      throw wrongField(state, ['counts'], 'expected whole numbers from 0 on', bad)
    return () => {
      this.#sums.set(sums)
      this.#counts.set(counts)
    }
  }
}
