/** `wn-rl reproduce`: trains a run again, in memory, and compares what comes out. */
import type { Command } from 'commander'
import { reproduce, type Reproduction } from '../../runs/reproduce.ts'
import { EXIT } from '../exit.ts'
import { positiveWholeNumber } from '../flags.ts'
import { watchForInterruption } from '../interruption.ts'
import { type OutputFlags, printer, warn } from '../show/lines.ts'
import { progressFor } from '../show/progress.ts'
import { say, sayJson } from '../show/terminal.ts'

interface ReproduceFlags extends OutputFlags {
  readonly untilStep?: number
  readonly env?: string
  readonly trust?: true
}

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description('train a run again and compare: exit 0 if every number is the same, 1 if not')
    .argument('<run>', 'folder of a run')
    .option(
      '--until-step <n>',
      'compare up to a timestep (default: the whole run)',
      positiveWholeNumber,
    )
    .option('--env <env>', "environment (default: the run's)")
    .option('--trust', 'load the code that the run names, wherever the run comes from')
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(reproduceRun)
}

async function reproduceRun(runDir: string, flags: ReproduceFlags): Promise<void> {
  const print = printer(flags)
  const { signal, status } = watchForInterruption(() => print('interrupted'))
  const { untilStep, env, trust } = flags
  const progress = progressFor(flags)
  const outcome = await reproduce(runDir, { untilStep, env, trust, print, warn, progress, signal })
  if (!outcome) {
    process.exitCode = status()
    return
  }
  const tell = flags.json ? print : say
  tell(explain(outcome))
  if (flags.json) sayJson(outcome)
  if (!outcome.same) process.exitCode = EXIT.failed
}

function explain({ runDir, rows, untilStep, digest, difference }: Reproduction): string {
  if (difference) {
    const { step, what, recorded, repeated } = difference
    return `${runDir} does not repeat: it differs first at step ${step}: ${what} was ${recorded ?? 'not there'}, and is ${repeated ?? 'not there'}`
  }
  const digests = digest === null ? '' : `, and the digest ${digest}`
  return `${runDir} repeats up to step ${untilStep}: all ${rows} rows are the same${digests}`
}
