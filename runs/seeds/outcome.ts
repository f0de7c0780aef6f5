/** How the seeds of a training end, and who is told on the way. */
import { UsageError } from '../../src/errors.ts'
import type { Seed } from '../../src/rng.ts'
import { messageOf } from '../errors.ts'
import type { Standing } from '../progress.ts'
import type { RunSummary } from '../run.ts'

/** How a seed ended: with a run, or not. */
export type SeedOutcome = RunSummary | SeedFailure

export interface SeedFailure {
  readonly seed: Seed
  /** Why there is no run. */
  readonly error: string
}

/** Is told what the seeds do. */
export interface SeedWatcher {
  readonly line: (seed: Seed, line: string) => void
  readonly standing: (seed: Seed, standing: Standing) => void
  readonly ended: (outcome: SeedOutcome) => void
}

export function isFailure(outcome: SeedOutcome): outcome is SeedFailure {
  return 'error' in outcome
}

/** @throws UsageError where no seed has been trained: what was asked for does not do, whatever the seed */
export function failureOf(seed: Seed, error: unknown, before: readonly SeedOutcome[]): SeedFailure {
  const isUsage = (error as Error | undefined)?.name === 'UsageError' // processes send errors as plain objects
  const message = messageOf(error instanceof Error ? error : (error as Error).message)
  if (isUsage && before.length === 0) throw new UsageError(message, { cause: error })
  const crashed = message === 'Worker exited unexpectedly'
  return { seed, error: crashed ? 'its process was killed, or ran out of memory' : message }
}
