/**
 * Trying one backend, in a process of its own, since native libraries that do not fit crash it: the same updates there
 * and on cpu, compared.
 */
import { minatarConv, mlp } from '../../src/nn/index.ts'
import {
  type Awaitable,
  type BackendName,
  requireKernels,
  useBackend,
} from '../../src/backend/index.ts'
import { type Cell, measureSizes, type Skipped } from '../../runs/backends/measure.ts'
import { prepareUpdate, type Update, type UpdateSpec } from '../../runs/backends/update.ts'
import { messageOf } from '../../runs/errors.ts'
import { TOLERANCE, type Trial } from './report.ts'

/** What the process prints. */
export interface TrialOutcome {
  readonly trial: Trial
  readonly cells: readonly Cell[]
  readonly skipped: readonly Skipped[]
}

/** Updates that are compared: the second one starts from what the first one made of the parameters. */
const UPDATES = 2
const DENSE: UpdateSpec = { network: mlp([120, 84]), inputShape: [4], batch: 128, optimizer: 'sgd' }
const CONV: UpdateSpec = {
  network: minatarConv(),
  inputShape: [10, 10, 4],
  batch: 8,
  optimizer: 'sgd',
}
const CONV_KERNELS = ['Conv2DBackpropFilter']

/** What `doctor --measure` measures: from less than presets have to what only GPUs are for. */
export const MEASURED_SIZES = [32, 256, 2048, 16384].flatMap((batch) =>
  [64, 256, 1024].map((width) => ({ batch, width })),
)
const TIMED_SIZE = { batch: 128, width: 64 }

/** @param measure also the sizes of the table, if it computes correctly */
export async function tryBackend(name: BackendName, measure: boolean): Promise<TrialOutcome> {
  const nothing = { device: null, difference: null, convolutions: null, updateMs: null }
  let device: string | null
  try {
    device = (await useBackend(name)).device ?? null
  } catch (error) {
    const problem = messageOf(error)
    return { trial: { name, status: 'unavailable', problem, ...nothing }, cells: [], skipped: [] }
  }
  const convolutions = hasKernels(name)
  const difference = await differenceToCpu(name, convolutions ? [DENSE, CONV] : [DENSE])
  const isRight = difference <= TOLERANCE
  const problem = isRight
    ? null
    : `its numbers differ from those on cpu by ${difference.toExponential(1)}, more than ${TOLERANCE}; do not train on it, and report it`
  const status = isRight ? 'ok' : 'wrong'
  const timed = await measureSizes([TIMED_SIZE])
  const trial = { name, status, problem, device, difference, convolutions } as const
  const { cells, skipped } =
    measure && isRight ? await measureSizes(MEASURED_SIZES) : { cells: [], skipped: [] }
  return { trial: { ...trial, updateMs: timed.cells[0]?.ms ?? null }, cells, skipped }
}

function hasKernels(name: BackendName): boolean {
  try {
    requireKernels(name, CONV_KERNELS)
    return true
  } catch {
    return false // the check's way of saying no
  }
}

/** The largest over all updates; NaN counts as infinitely far. */
async function differenceToCpu(name: BackendName, specs: readonly UpdateSpec[]): Promise<number> {
  let largest = 0
  for (const spec of specs) {
    largest = Math.max(largest, await differenceBetween('cpu', name, () => prepareUpdate(spec)))
  }
  return largest
}

/** @returns the largest difference of anything that some updates bring forth, as `distance` has it */
export async function differenceBetween(
  expected: BackendName,
  found: BackendName,
  prepare: () => Awaitable<Update>,
): Promise<number> {
  await useBackend(expected)
  const reference = await resultsOf(await prepare())
  await useBackend(found)
  const results = await resultsOf(await prepare())
  return Math.max(
    ...Object.entries(reference).map(([key, values]) => distance(results[key]!, values)),
  )
}

/** Losses, what the gradients did to the parameters, and these themselves; frees the update. */
async function resultsOf(update: Update): Promise<Record<string, Float32Array>> {
  try {
    const before = await update.parameters()
    const losses: number[] = []
    for (let i = 0; i < UPDATES; i++) losses.push(await update.step())
    const after = await update.parameters()
    const changes = Object.entries(after).map(
      ([key, values]) =>
        [`${key} change`, values.map((value, i) => value - before[key]![i]!)] as const,
    )
    return { losses: Float32Array.from(losses), ...after, ...Object.fromEntries(changes) }
  } finally {
    update.dispose()
  }
}

/** The largest difference, as a share of the largest expected number. */
export function distance(found: Float32Array, expected: Float32Array): number {
  let [most, scale] = [0, 1e-6]
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!)
    if (Number.isNaN(difference)) return Infinity
    most = Math.max(most, difference)
    scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return most / scale
}
