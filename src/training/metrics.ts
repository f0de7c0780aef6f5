/** Averages of what updates report between two rows of the log. */
import type { Metrics } from '../logging/index.ts'

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
}
