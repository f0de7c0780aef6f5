/**
 * `npm run results -- SUITE [--jobs N] [--only TEXT]` trains a suite; `npm run results -- --list` tells what each costs.
 *
 * Exit status: 0 done, 1 where a run failed, 2 bad usage, 130 interrupted.
 */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { EXIT, exitStatusOf } from '../../cli/exit.ts'
import { watchForInterruption } from '../../cli/interruption.ts'
import { messageOf } from '../../runs/errors.ts'
import { UsageError } from '../../src/errors.ts'
import { costOf } from './costs.ts'
import { currentRows } from './job.ts'
import { runSuite } from './runner.ts'
import { readRows } from './store.ts'
import { loadSuite, SUITES } from './suites.ts'

/** What the hours of `--list` are for. */
const LISTED_CORES = 2

export interface Surroundings {
  readonly commit: string
  /** Makes the command line a file that Node runs, for as long as it is used. */
  readonly withCli: (use: (cli: string) => Promise<number>) => Promise<number>
}

/** @returns the exit status */
export async function main(
  args: readonly string[],
  { commit, withCli }: Surroundings,
): Promise<number> {
  const print = (line: string) => console.log(line)
  try {
    const { suite, jobs, list, only, results, runs } = parse(args)
    if (list) {
      for (const line of await listing(suite === undefined ? SUITES : [suite], results, only))
        print(line)
      return EXIT.done
    }
    const loaded = await loadSuite(suite ?? '')
    const { signal, status } = watchForInterruption(print)
    const machine = machineName()
    const options = { commit, machine, results, runs, jobs, only, print, signal }
    const failed = await withCli((cli) => runSuite(loaded, { ...options, cli }))
    if (signal.aborted) return status()
    if (failed > 0) print(`${failed} runs failed; the next start tries them again`)
    return failed > 0 ? EXIT.failed : EXIT.done
  } catch (error) {
    console.error(`results: ${messageOf(error)}`)
    return isBadUsage(error) ? EXIT.usage : exitStatusOf(error)
  }
}

function parse(args: readonly string[]) {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      jobs: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      results: { type: 'string', default: 'research/results' },
      runs: { type: 'string', default: 'runs/results' },
    },
  })
  const jobs = Number(values.jobs)
  if (!Number.isSafeInteger(jobs) || jobs < 1)
    throw new UsageError(`--jobs is ${values.jobs}; give a whole number from 1`)
  if (positionals.length > 1) throw new UsageError(`name one suite, not ${positionals.join(', ')}`)
  return { ...values, jobs, suite: positionals[0] }
}

async function listing(names: readonly string[], results: string, only: string): Promise<string[]> {
  const lines: string[] = []
  for (const name of names) {
    const suite = await loadSuite(name)
    const cost = costOf(suite, currentRows(suite, readRows(results, name)), LISTED_CORES, only)
    if (cost.runs === 0 && only !== '') continue
    const left = `${cost.runsLeft} left: ${hoursText(cost.hoursLeft)}`
    lines.push(
      `${name}: ${suite.about}`,
      `  ${cost.runs} runs, ${hoursText(cost.hours)} on ${LISTED_CORES} cores; ${left}`,
      ...(suite.lacks.length > 0
        ? [`  not trained, for want of a preset: ${suite.lacks.join(', ')}`]
        : []),
    )
  }
  if (lines.length > 0) return lines
  throw new UsageError(
    `--only ${only} names no agent and environment; give a part such as dqn/CartPole`,
  )
}

function hoursText(hours: number): string {
  return `${hours < 10 ? hours.toFixed(1) : hours.toFixed(0)} h`
}

function machineName(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${cpus().length} × ${model}; Node ${process.version}`.replaceAll(/[,"]/g, ' ')
}

/** What `parseArgs` and a suite's name that there is not throw. */
function isBadUsage(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError
}
