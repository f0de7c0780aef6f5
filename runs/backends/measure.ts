/** Measuring updates of several sizes on the backend in use, leaving out what would take too long or does not fit. */
import { messageOf } from '../errors.ts'
import { type Update, updateOfSize, type UpdateSize, workOf } from './update.ts'

export interface Cell extends UpdateSize {
  /** Median, ms. */
  readonly ms: number
}

/** Why a size was not measured. */
export interface Skipped extends UpdateSize {
  readonly reason: string
}

/** Longest update that is worth waiting for, ms. */
export const LONGEST_UPDATE = 4000
/** Updates before measuring: the first records a program, others let V8 optimize. */
const WARM_UP = 3
/** Time to spend on each size, ms; at least one update is measured. */
const SPENT = 200
/** Sizes from here on tell how fast a backend is once its overhead vanishes, multiplications and additions. */
const TELLING = 1e7

/** Predicts times from those of smaller sizes: an update takes at least its share of work at the best rate so far. */
export class Predictor {
  /** ms per multiplication and addition. */
  #best = Infinity

  learn({ ms, ...size }: Cell): void {
    if (workOf(size) >= TELLING) this.#best = Math.min(this.#best, ms / workOf(size))
  }

  /** ms; 0 while nothing is known. */
  predict(size: UpdateSize): number {
    return this.#best === Infinity ? 0 : workOf(size) * this.#best
  }
}

/** @returns a reason not to measure this size, with a number */
export function tooSlow(predictor: Predictor, size: UpdateSize): string | undefined {
  const predicted = predictor.predict(size)
  if (predicted <= LONGEST_UPDATE) return undefined
  return `an update would take about ${Math.round(predicted / 1000)} s`
}

/** @param sizes small ones first, so that the larger can be predicted */
export async function measureSizes(
  sizes: readonly UpdateSize[],
): Promise<{ cells: Cell[]; skipped: Skipped[] }> {
  const predictor = new Predictor()
  const cells: Cell[] = []
  const skipped: Skipped[] = []
  for (const size of sizes.toSorted((a, b) => workOf(a) - workOf(b))) {
    const reason = tooSlow(predictor, size) ?? (await measured(size, predictor, cells))
    if (reason !== undefined) skipped.push({ ...size, reason })
  }
  return { cells, skipped }
}

/** Adds a cell. @returns why it could not, such as too little memory */
async function measured(
  size: UpdateSize,
  predictor: Predictor,
  cells: Cell[],
): Promise<string | undefined> {
  let update: Update | undefined
  try {
    update = await updateOfSize(size)
    const cell = { ...size, ms: await medianOf(update) }
    predictor.learn(cell)
    cells.push(cell)
    return undefined
  } catch (error) {
    return messageOf(error)
  } finally {
    update?.dispose()
  }
}

async function medianOf(update: Update): Promise<number> {
  const times: number[] = []
  let spent = 0
  for (let i = 0; times.length === 0 || spent < SPENT; i++) {
    const start = performance.now()
    await update.step()
    const elapsed = performance.now() - start
    // Of slow updates the first ones are as good as any.
    if (i >= WARM_UP || elapsed > SPENT) {
      times.push(elapsed)
      spent += elapsed
    }
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}
