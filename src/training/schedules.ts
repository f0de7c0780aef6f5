/** Values that change over training, as pure functions of the timestep. */
import * as z from 'zod'
import { valueText } from './options.ts'

/** `[progress, value]` in order of progress, which goes from 0 to 1 over totalTimesteps; straight lines between them. */
export type Pieces = readonly (readonly [progress: number, value: number])[]

/**
 * A value over the training: one number; pieces; or a function of the progress that remains, which goes from 1 at the
 * start to 0 at the end, as Stable-Baselines3 has it.
 */
export type Schedule = number | Pieces | ((progressRemaining: number) => number)

/** What a file says of a function. */
const CUSTOM = 'custom'
/** Stands for a function that a file could not hold. */
const FORGOTTEN = () => Number.NaN

/**
 * An option that may be a schedule.
 *
 * @param constant what a constant may be
 * @param value what it may become
 */
export function scheduleSchema(constant: z.ZodNumber, value: z.ZodNumber) {
  const pieces = z
    .array(z.tuple([z.number().min(0).max(1), value]))
    .min(1)
    .refine((list) => list.every(([at], i) => i === 0 || at > list[i - 1]![0]), {
      error: 'expected pieces [progress, value] in order of progress, which goes from 0 to 1',
    })
  return z
    .custom<Schedule>()
    .check(({ value: given, issues }) => {
      if (typeof given === 'function' || (given as unknown) === CUSTOM) return
      const { error } = (Array.isArray(given) ? pieces : constant).safeParse(given)
      for (const { path, message } of error?.issues ?? [])
        issues.push({ code: 'custom', path, message, input: given })
    })
    .transform((given) => ((given as unknown) === CUSTOM ? FORGOTTEN : given))
}

/**
 * @param name of the option, for errors
 * @param progress from 0 to 1
 * @param most the largest value allowed; the least is 0
 * @throws RangeError for a function that gives anything else, or that no file could hold
 */
export function scheduledValue(
  name: string,
  schedule: Schedule,
  progress: number,
  most = Infinity,
): number {
  if (typeof schedule === 'number') return schedule
  if (typeof schedule !== 'function') return pieceAt(schedule, progress)
  if (schedule === FORGOTTEN) {
    throw new RangeError(
      `${name} was a function, which no file can hold; give it again in a program, among the options of load, resume or reproduce`,
    )
  }
  const value: unknown = schedule(1 - progress)
  if (typeof value === 'number' && value >= 0 && value <= most && value < Infinity) return value
  const range = most === Infinity ? 'from 0 on' : `from 0 to ${most}`
  throw new RangeError(
    `${name}(${1 - progress}) is ${valueText(value)}; give a function of the progress that remains, from 1 to 0, with values ${range}`,
  )
}

/** @throws RangeError for a function among the options that no file could hold, or whose first or last value does not do */
export function requireSchedules(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== 'function' || name === 'network') continue
    for (const progress of [0, 1]) scheduledValue(name, value as Schedule & object, progress)
  }
}

function pieceAt(pieces: Pieces, progress: number): number {
  const next = pieces.findIndex(([at]) => at > progress)
  if (next === 0) return pieces[0]![1]
  const [from, start] = pieces.at(next === -1 ? -1 : next - 1)!
  if (next === -1) return start
  const [to, end] = pieces[next]!
  return linearSchedule(start, end, to - from, progress - from)
}

/**
 * Straight from `start` to `end` over `duration` timesteps, `end` from then on.
 *
 * @param timestep steps taken so far, from 0
 */
export function linearSchedule(
  start: number,
  end: number,
  duration: number,
  timestep: number,
): number {
  if (timestep >= duration) return end
  return start + (end - start) * (timestep / duration)
}

/** How often `interval` timesteps were completed in going from one count of timesteps to another. */
export function completedIntervals(from: number, to: number, interval: number): number {
  return Math.floor(to / interval) - Math.floor(from / interval)
}
