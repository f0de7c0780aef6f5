/**
 * What a list of runs says of a run's rows: where they end, how the last episodes went, and the best evaluation. Files of
 * usual length are read as a whole, and what is wrong with a line is said. Of longer ones the end is read, and the rest
 * only searched for evaluations: 3 GiB take about as long as the disk takes to give them.
 */
import { openOrdinary } from '../src/ordinary-file.ts'
import { isEnded, linesFromEnd, linesWith } from './lines.ts'
import {
  eachRow,
  EPISODE_COUNT,
  EPISODE_RETURN,
  EVALUATION_RETURN,
  type MetricsFile,
  metricsPath,
  type MetricsRow,
  parseRow,
} from './metrics.ts'

/** Numbers of a run's rows; undefined where no row has them. */
export interface RowsOverview {
  /** Timestep of the last row. */
  readonly lastStep: number | undefined
  /** Mean of the last 100 training episodes. */
  readonly lastReturn: number | undefined
  /** The highest mean of a periodic evaluation. */
  readonly bestReturn: number | undefined
}

/** Training episodes that `lastReturn` is taken over. */
export const LAST_EPISODES = 100
/** Bytes up to which a file is read as a whole. */
const USUAL_BYTES = 1 << 25

/**
 * @param usualBytes up to which the file is read as a whole
 * @throws FileError naming the file where it cannot be read
 */
export function overviewOf(
  runDir: string,
  usualBytes = USUAL_BYTES,
): RowsOverview & { readonly found: Omit<MetricsFile, 'rows'> } {
  const path = metricsPath(runDir)
  const file = openOrdinary(path)
  file.close()
  return file.size <= usualBytes ? overviewOfAll(runDir) : overviewBySearch(path)
}

function overviewOfAll(runDir: string) {
  const episodes: MetricsRow[] = []
  let lastStep: number | undefined
  let bestReturn: number | undefined
  const found = eachRow(runDir, (row) => {
    lastStep = row.step
    if (EPISODE_RETURN in row.metrics) episodes.push(row)
    if (episodes.length > LAST_EPISODES) episodes.shift()
    bestReturn = higher(bestReturn, row)
  })
  return { lastStep, lastReturn: lastReturnOf(episodes.reverse()), bestReturn, found }
}

function overviewBySearch(path: string) {
  let bestReturn: number | undefined
  for (const line of linesWith(path, `"${EVALUATION_RETURN}"`)) {
    const row = parseRow(line)
    if (row) bestReturn = higher(bestReturn, row)
  }
  const isTorn = !isEnded(path)
  const found = { badLines: [], badLineCount: isTorn ? 1 : 0, isTorn }
  const lastReturn = lastReturnOf(rowsFromEnd(path, `"${EPISODE_RETURN}"`))
  return { lastStep: lastStepOf(path), lastReturn, bestReturn, found }
}

function lastStepOf(path: string): number | undefined {
  for (const { step } of rowsFromEnd(path, '"step"')) return step
  return undefined
}

function* rowsFromEnd(path: string, text: string): Generator<MetricsRow, void> {
  for (const line of linesFromEnd(path, text)) {
    const row = parseRow(line)
    if (row) yield row
  }
}

function higher(best: number | undefined, { metrics }: MetricsRow): number | undefined {
  const value = metrics[EVALUATION_RETURN]
  return value === undefined || (best !== undefined && best >= value) ? best : value
}

/**
 * Mean return of the last episodes; a row that stands for several counts as many.
 *
 * @param rows the last first
 */
function lastReturnOf(rows: Iterable<MetricsRow>): number | undefined {
  let [sum, count] = [0, 0]
  for (const { metrics } of rows) {
    const value = metrics[EPISODE_RETURN]
    if (value === undefined) continue
    const weight = Math.min(metrics[EPISODE_COUNT] ?? 1, LAST_EPISODES - count)
    sum += weight * value
    count += weight
    if (count >= LAST_EPISODES) break
  }
  return count === 0 ? undefined : sum / count
}
