/**
 * Rows of metrics, as many as a figure has use for: neighbours of a kind become one, with the means of their metrics, once
 * there are too many to hold. Rows of evaluations stay single, those with the higher mean: the best of a run is never
 * lost.
 *
 * Rows of episodes say in `charts/episodes` how many they stand for; all others of a kind stand for equally many.
 */
import { EPISODE_COUNT, EPISODE_RETURN, EVALUATION_RETURN, type MetricsRow } from './metrics.ts'

/** Rows up to which nothing is merged. */
export const MAX_ROWS = 200_000

export class ThinnedRows {
  readonly #maxRows: number
  #rows: MetricsRow[] = []
  /** Rows of a kind that become one. */
  #stride = 1
  #waiting = new Map<string, MetricsRow[]>()

  /** @param maxRows at most so many are held, and at least half of them */
  constructor(maxRows = MAX_ROWS) {
    this.#maxRows = maxRows
  }

  add(row: MetricsRow): void {
    this.#gather(row, this.#stride)
    if (this.#rows.length <= this.#maxRows) return
    const held = this.#rows
    this.#rows = []
    const waiting = this.#waiting
    this.#waiting = new Map()
    for (const one of held) this.#gather(one, 2)
    this.#flush()
    this.#waiting = waiting
    this.#stride *= 2
  }

  /** All that there were, in the order of their timesteps. */
  rows(): readonly MetricsRow[] {
    this.#flush()
    return this.#stride === 1 ? this.#rows : this.#rows.sort((a, b) => a.step - b.step)
  }

  #gather(row: MetricsRow, count: number): void {
    if (count === 1) {
      this.#rows.push(row)
      return
    }
    const kind = Object.keys(row.metrics)
      .filter((name) => name !== EPISODE_COUNT)
      .join()
    const group = this.#waiting.get(kind)
    if (!group) this.#waiting.set(kind, [row])
    else if (group.push(row) >= count) {
      this.#waiting.delete(kind)
      this.#rows.push(merged(group))
    }
  }

  #flush(): void {
    for (const group of this.#waiting.values()) this.#rows.push(merged(group))
    this.#waiting.clear()
  }
}

/** One row for several of a kind, at the timestep of the last of them. */
function merged(group: readonly MetricsRow[]): MetricsRow {
  const [first] = group
  if (first === undefined || group.length === 1) return first!
  if (EVALUATION_RETURN in first.metrics)
    return group.reduce((best, row) =>
      row.metrics[EVALUATION_RETURN]! >= best.metrics[EVALUATION_RETURN]! ? row : best,
    )
  const weights = group.map(({ metrics }) => metrics[EPISODE_COUNT] ?? 1)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const names = Object.keys(first.metrics).filter((name) => name !== EPISODE_COUNT)
  const means = names.map((name) => {
    const total = group.reduce((sum, { metrics }, i) => sum + weights[i]! * metrics[name]!, 0)
    return [name, total / all] as const
  })
  const counted = EPISODE_RETURN in first.metrics ? { [EPISODE_COUNT]: all } : {}
  return { step: group.at(-1)!.step, metrics: { ...Object.fromEntries(means), ...counted } }
}
