/** `wn-rl resume` */
import { type Command, Option } from 'commander'
import { resume } from '../../runs/resume.ts'
import { BACKENDS, type BackendName } from '../../src/backend/index.ts'
import { positiveWholeNumber } from '../flags.ts'
import { watchForInterruption } from '../interruption.ts'
import { type OutputFlags, printer, printResult, warn } from '../show/lines.ts'
import { progressFor } from '../show/progress.ts'

interface ResumeFlags extends OutputFlags {
  readonly totalTimesteps?: number
  readonly backend?: BackendName | 'auto'
  readonly gpu?: string
  readonly env?: string
  readonly trust?: true
}

export function addResume(program: Command): void {
  program
    .command('resume')
    .description('go on with a run from its last checkpoint')
    .argument('<run>', 'folder of a run')
    .option(
      '--total-timesteps <n>',
      "timesteps in all (default: the run's); more go on with a run that is complete",
      positiveWholeNumber,
    )
    .addOption(
      new Option('--backend <name>', "where tensors live (default: the run's)").choices([
        'auto',
        ...BACKENDS,
      ]),
    )
    .option('--gpu <gpu>', "part of a GPU's name, or its index (default: the run's)")
    .option('--env <env>', "environment (default: the run's)")
    .option('--trust', 'load the code that the run names, wherever the run comes from')
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(resumeRun)
}

async function resumeRun(runDir: string, flags: ResumeFlags): Promise<void> {
  const print = printer(flags)
  const { signal, status } = watchForInterruption(print)
  const { totalTimesteps, backend, gpu, env, trust } = flags
  const progress = progressFor(flags)
  const asked = { totalTimesteps, backend, gpu, env, trust, print, warn, progress, signal }
  printResult(await resume(runDir, asked), flags)
  if (signal.aborted) process.exitCode = status()
}
