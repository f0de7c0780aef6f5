/**
 * Measuring contenders against each other on machines whose speed changes from minute to minute: in every round each
 * contender has one turn, so that a slow phase slows all of them; values are medians over rounds, and ratios are
 * medians of the ratios within rounds, which hold where the values themselves do not.
 */

import type { Profile } from '../src/backend/index.ts'

/** What is timed: does `times` units of work (updates, actions, timesteps). */
export type Work = (times: number) => void | Promise<void>

export interface Prepared {
  readonly work: Work
  /** A number that contenders of one task must agree on: a benchmark of something else would prove nothing. */
  readonly check?: number
  /** Does one unit of work step by step, adding the time of each in µs; for `bench/profile.ts`. */
  readonly profile?: (times: Profile) => void
  readonly dispose?: () => void
}

export interface Contender {
  /** Such as `dqn-mlp/weight/simd`. */
  readonly name: string
  /** Such as `dqn-mlp/weight`: contenders of one task do the same work. */
  readonly task: string
  /** Contenders of other tasks that its time is compared with, besides the first of its own task. */
  readonly references: readonly string[]
  /** Called before `prepare` and before every turn, outside the clock: makes its backend the one in use. */
  activate(): Promise<void>
  /** @throws Unavailable if it cannot run here */
  prepare(): Promise<Prepared>
}

/** Why a contender is left out. */
export class Unavailable extends Error {}

export type Unit = 'µs' | 'steps/s'

export interface Effort {
  /** Turns of each contender. */
  readonly rounds: number
  /** Least length of a turn, ms; the clock and its jitter vanish in it. */
  readonly turn: number
  /** Least amount of work in a turn, and what it must be a multiple of. */
  readonly granularity?: number
}

export interface Measured {
  readonly name: string
  readonly value: number
  readonly unit: Unit | '×' | 'transitions'
  readonly samples: number
}

/** Time before measuring, ms: V8 needs some hundred to optimize what it runs. */
const WARM_UP = 500
/** Relative difference that float32 in another order of summation may make after a few updates. */
const CHECK_TOLERANCE = 1e-3

interface Entrant {
  readonly contender: Contender
  readonly prepared: Prepared
  /** Units of work per turn. */
  readonly times: number
  /** Milliseconds per unit of work, one per round. */
  readonly samples: number[]
}

/**
 * Measures the contenders of one case, turn by turn.
 *
 * @param skipped is told who cannot run here, and why
 * @returns the value of each contender, and its time as multiples of others' time
 */
export async function measure(
  contenders: readonly Contender[],
  unit: Unit,
  effort: Effort,
  skipped: (name: string, reason: string) => void,
): Promise<Measured[]> {
  const entrants: Entrant[] = []
  for (const contender of contenders) {
    const entrant = await enter(contender, effort, skipped)
    if (entrant) entrants.push(entrant)
  }
  requireAgreement(entrants)
  for (let round = 0; round < effort.rounds; round++) {
    for (const { contender, prepared, times, samples } of entrants) {
      await contender.activate()
      samples.push((await timed(prepared.work, times)) / times)
    }
  }
  for (const { prepared } of entrants) prepared.dispose?.()
  return [...entrants.map((entrant) => valueOf(entrant, unit)), ...ratiosBetween(entrants)]
}

async function enter(
  contender: Contender,
  effort: Effort,
  skipped: (name: string, reason: string) => void,
): Promise<Entrant | undefined> {
  try {
    await contender.activate()
    const prepared = await contender.prepare()
    return { contender, prepared, times: await warmUp(prepared.work, effort), samples: [] }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    skipped(contender.name, error.message)
    return undefined
  }
}

/** Runs until V8 has had its time, and finds how much work fills a turn. */
async function warmUp(work: Work, { turn, granularity = 1 }: Effort): Promise<number> {
  let times = granularity
  for (let spent = 0; ;) {
    const elapsed = await timed(work, times)
    spent += elapsed
    if (elapsed >= turn && spent >= WARM_UP) return times
    const wanted = (times * turn * 1.2) / Math.max(elapsed, turn / 10) // at most twelve times as much at once
    times = Math.ceil(wanted / granularity) * granularity
  }
}

async function timed(work: Work, times: number): Promise<number> {
  const start = performance.now()
  await work(times)
  return performance.now() - start
}

/** @throws Error naming the contenders of one task that found different numbers */
function requireAgreement(entrants: readonly Entrant[]): void {
  const found = new Map<string, { name: string; check: number }>()
  for (const { contender, prepared } of entrants) {
    const { name, task } = contender
    const { check } = prepared
    if (check === undefined) continue
    const first = found.get(task) ?? { name, check }
    found.set(task, first)
    if (Math.abs(check - first.check) <= CHECK_TOLERANCE * Math.abs(first.check)) continue
    throw new Error(
      `${name} computes ${check} where ${first.name} computes ${first.check}: they do not do the same work`,
    )
  }
}

function valueOf({ contender, samples }: Entrant, unit: Unit): Measured {
  const ms = median(samples)
  const value = unit === 'µs' ? ms * 1000 : 1000 / ms
  return { name: contender.name, value, unit, samples: samples.length }
}

/** Compared are contenders with the first of their task that runs here, and with their references. */
function ratiosBetween(entrants: readonly Entrant[]): Measured[] {
  return entrants.flatMap(({ contender, samples }) => {
    const first = entrants.find((other) => other.contender.task === contender.task)!
    const references = [first.contender.name, ...contender.references]
    const bases = entrants.filter(
      (other) => other.contender !== contender && references.includes(other.contender.name),
    )
    return bases.map((base): Measured => {
      const value = median(samples.map((sample, round) => sample / base.samples[round]!))
      const name = `${contender.name} : ${base.contender.name}`
      return { name, value, unit: '×', samples: samples.length }
    })
  })
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
