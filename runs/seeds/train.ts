/** Several seeds of one training: one run each, in processes of their own or one after the other in this one. */
import { availableParallelism } from 'node:os'
import { UsageError } from '../../src/errors.ts'
import type { Seed } from '../../src/rng.ts'
import { tellStanding } from '../progress.ts'
import type { RunRequest } from '../run.ts'
import { prepareRun, type TrainOptions, trainRun } from '../start.ts'
import { failureOf, type SeedOutcome, type SeedWatcher } from './outcome.ts'
import { trainInProcesses } from './processes.ts'
import { type SeedsSummary, summarizeSeeds } from './summary.ts'

/** What is to be trained, over which seeds. Every run has a folder of its own under runs/. */
export interface SeedsOptions extends Omit<
  TrainOptions,
  'seed' | 'runDir' | 'print' | 'warn' | 'progress'
> {
  readonly seeds: readonly Seed[]
  /** How many train at once, each in a process of its own: one a core unless given. 1: in this process, in turn. */
  readonly jobs?: number | undefined
  /** Is told what the seeds do. */
  readonly watcher?: Partial<SeedWatcher> | undefined
}

/**
 * Trains an agent over several seeds, as `wn-rl train --seeds` does: to the digests that single runs have. A seed that
 * fails does not keep the others from their end.
 *
 * Processes are started with a file that lies beside this library; a program that was bundled with it has to train with
 * `jobs: 1`.
 *
 * @returns the runs, the failures, and means, interquartile means and their intervals over the seeds
 * @throws UsageError for what no seed can do
 * @example
 * const { runs, summary } = await trainSeeds({ agent: 'ppo', env: 'CartPole', seeds: [0, 1, 2, 3, 4] })
 * console.log(runs.map(({ digest }) => digest), summary.evaluation.interquartileMean)
 */
export async function trainSeeds(options: SeedsOptions): Promise<SeedsSummary> {
  const { seeds, watcher = {} } = options
  if (new Set(seeds).size < seeds.length) throw new UsageError('seeds: give each seed once')
  const request = await prepareRun(options)
  const jobs = options.jobs ?? (held(request) === undefined ? availableParallelism() : 1)
  if (jobs > 1) requireData(request)
  const told: SeedWatcher = { line: nothing, standing: nothing, ended: nothing, ...watcher }
  const requests = seeds.map((seed) => ({ ...request, seed, ...inTurn(seed, told) }))
  const outcomes =
    Math.min(jobs, seeds.length) <= 1
      ? await trainInTurn(requests, told.ended)
      : await trainInProcesses(requests, Math.min(jobs, seeds.length), told)
  return summarizeSeeds({ agent: request.agent, env: request.env.reference, seeds }, outcomes)
}

/** The option that is a function, if there is one. */
function held({ settings }: RunRequest): string | undefined {
  return Object.entries(settings.given).find(([, value]) => typeof value === 'function')?.[0]
}

/** @throws UsageError for options that cannot be sent to another process */
function requireData(request: RunRequest): void {
  const name = held(request)
  if (name === undefined) return
  throw new UsageError(
    `${name} is a function, which cannot be sent to other processes; leave out jobs, or give jobs: 1`,
  )
}

/** Trains one seed after the other in this process; one that fails does not keep the next from its turn. */
export async function trainInTurn(
  requests: readonly RunRequest[],
  ended: SeedWatcher['ended'],
): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = []
  for (const request of requests) {
    if (request.signal.aborted) break
    const outcome = await trainRun(request).catch((error: unknown) =>
      failureOf(request.seed, error, outcomes),
    )
    outcomes.push(outcome)
    ended(outcome)
  }
  return outcomes
}

/** What a run in this process tells the watcher; processes tell it themselves. */
function inTurn(
  seed: Seed,
  { line, standing }: SeedWatcher,
): Pick<RunRequest, 'print' | 'progress'> {
  return {
    print: (text) => line(seed, text),
    progress: tellStanding((at) => standing(seed, at)),
  }
}

function nothing(): void {
  // nobody is told
}
