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
  const jobs = jobsFor(request, seeds.length, options.jobs)
  const told: SeedWatcher = { line: nothing, standing: nothing, ended: nothing, ...watcher }
  const requests = seeds.map((seed) => ({ ...request, seed, ...inTurn(seed, told) }))
  const outcomes =
    jobs === 1
      ? await trainInTurn(requests, told.ended)
      : await trainInProcesses(requests, jobs, told)
  return summarizeSeeds({ agent: request.agent, env: request.env.reference, seeds }, outcomes)
}

/**
 * How many seeds train at once, each in a process of its own; 1: in this process, in turn.
 *
 * @param asked one a core where there can be such processes, unless given
 * @throws UsageError where more are asked for than there can be
 */
export function jobsFor(request: RunRequest, seeds: number, asked: number | undefined): number {
  const hindrance = hindranceOf(request)
  if (hindrance !== undefined && asked !== undefined && asked > 1)
    throw new UsageError(`jobs is ${asked}, but ${hindrance}; leave it out, or give 1`)
  const jobs = asked ?? (hindrance === undefined ? availableParallelism() : 1)
  return Math.max(1, Math.min(jobs, seeds))
}

/** What keeps seeds from processes of their own. */
function hindranceOf({ settings }: RunRequest): string | undefined {
  const name = Object.entries(settings.given).find(([, value]) => typeof value === 'function')?.[0]
  if (name !== undefined) return `${name} is a function, which cannot be sent to other processes`
  return 'bun' in process.versions ? 'Bun starts no processes for seeds' : undefined
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
