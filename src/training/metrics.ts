/** Averages of what updates report between two rows of the log. */
import * as z from 'zod'
import type { Metrics } from '../logging/index.ts'
import { type CheckpointState, readJson, readTensors, type StatePart, tensorOf } from '../state.ts'

export class MeanMetrics<Name extends string> {
  readonly #names: readonly Name[]
  readonly #sums: Float64Array
  #count = 0

  constructor(names: readonly Name[]) {
    this.#names = names
    this.#sums = new Float64Array(names.length)
  }

  /** @param values of one update, by name */
  add(values: Readonly<Record<Name, number>>): void {
    for (const [i, name] of this.#names.entries()) this.#sums[i]! += values[name]
    this.#count++
  }

  /** The means since the last call, and none if nothing was added. */
  take(): Metrics {
    if (this.#count === 0) return {}
    const means = this.#names.map((name, i) => [name, this.#sums[i]! / this.#count])
    this.#sums.fill(0)
    this.#count = 0
    return Object.fromEntries(means) as Metrics
  }

  getState(): CheckpointState {
    return {
      json: { count: this.#count },
      tensors: { sums: tensorOf(this.#sums.slice(), [this.#sums.length]) },
    }
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    const { count } = readJson(z.strictObject({ count: z.int().min(0) }), state)
    const { sums } = readTensors(state, {
      sums: { dtype: 'float64', shape: [this.#names.length] },
    } as const)
    return () => {
      this.#sums.set(sums)
      this.#count = count
    }
  }
}
