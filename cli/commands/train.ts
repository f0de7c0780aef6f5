/** `wn-rl train` */
import { type Command, Option } from 'commander'
import type { RunRequest } from '../../runs/run.ts'
import { isFailure, type SeedOutcome } from '../../runs/seeds/outcome.ts'
import { trainInProcesses } from '../../runs/seeds/processes.ts'
import { summarizeSeeds } from '../../runs/seeds/summary.ts'
import { jobsFor, trainInTurn } from '../../runs/seeds/train.ts'
import { prepareRun, type TrainOptions, trainRun } from '../../runs/start.ts'
import { BACKENDS, type BackendName } from '../../src/backend/index.ts'
import { UsageError } from '../../src/errors.ts'
import { EXIT } from '../exit.ts'
import { positiveWholeNumber, seedList, wholeNumber } from '../flags.ts'
import { watchForInterruption } from '../interruption.ts'
import { printer, printResult, progressKind, resultLines, warn } from '../show/lines.ts'
import { progressFor } from '../show/progress.ts'
import { seedsTable } from '../show/seed-table.ts'
import { createSeedDisplay, outcomeLine } from '../show/seeds.ts'
import { say, sayJson } from '../show/terminal.ts'

interface TrainFlags {
  readonly agent: string
  readonly env: string
  readonly seed?: number
  readonly seeds?: number[]
  readonly jobs?: number
  readonly totalTimesteps?: number
  readonly config?: string
  readonly preset?: string
  readonly set: string[]
  readonly backend: BackendName | 'auto'
  readonly gpu?: string
  readonly runDir?: string
  readonly evalEvery?: number
  readonly evalEnvs?: number
  readonly maxEpisodeSteps?: number
  readonly checkpointEvery?: number
  readonly keep?: number
  readonly json?: true
  readonly quiet?: true
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train an agent on an environment')
    .requiredOption('--agent <name>', 'agent, such as dqn; see "wn-rl agents"')
    .requiredOption(
      '--env <env>',
      'environment, such as CartPole, ./my-env.ts or a package; see "wn-rl envs"',
    )
    .addOption(
      new Option(
        '--seed <n>',
        "seed of everything random (default: the --config file's, or 1)",
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option('--seeds <list>', 'several seeds, one run each, such as 0-9 or 1,5,7')
        .argParser(seedList)
        .conflicts('seed'),
    )
    .option(
      '--jobs <n>',
      'of several seeds, how many train at once, each in a process of its own (default: one a core)',
      positiveWholeNumber,
    )
    .option('--total-timesteps <n>', 'environment timesteps to train for', wholeNumber)
    .option('--config <file>', 'YAML file of options, instead of the preset')
    .addOption(
      new Option(
        '--preset <name>',
        "a variant of the environment's preset: gpu for large updates, rainbow (see configs/)",
      ).conflicts('config'),
    )
    .option(
      '--set <key=value>',
      'one option; may be repeated',
      (value, all: string[]) => [...all, value],
      [],
    )
    .addOption(
      new Option('--backend <name>', 'where tensors live')
        .choices(['auto', ...BACKENDS])
        .default('auto'),
    )
    .option('--gpu <gpu>', "part of a GPU's name, or its index, for the backend webgpu")
    .option('--run-dir <dir>', 'folder of the run (default: runs/<env>__<agent>__<seed>__<time>)')
    .option('--eval-every <n>', 'timesteps between greedy evaluations; 0 for none', wholeNumber)
    .option(
      '--eval-envs <n>',
      'copies of the environment that evaluations play in',
      positiveWholeNumber,
    )
    .option(
      '--max-episode-steps <n>',
      'timesteps after which an episode is cut off',
      positiveWholeNumber,
    )
    .option('--checkpoint-every <n>', 'timesteps between checkpoints; 0 for none', wholeNumber)
    .option('--keep <k>', 'checkpoints that stay, the latest ones', positiveWholeNumber)
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(train)
}

async function train(flags: TrainFlags): Promise<void> {
  const print = printer(flags)
  const prepared = await prepareRun({
    ...askedBy(flags),
    print,
    warn,
    progress: progressFor(flags),
  })
  refuseSeedFlags(flags)
  const { signal, status } = watchForInterruption(print)
  const request = { ...prepared, signal }
  if (flags.seeds) await trainSeeds(request, flags.seeds, flags)
  else printResult(await trainRun(request), flags)
  if (signal.aborted) process.exitCode = status()
}

function askedBy(flags: TrainFlags): TrainOptions {
  const {
    totalTimesteps,
    evalEvery,
    evalEnvs,
    maxEpisodeSteps,
    checkpointEvery,
    keep,
    config: configFile,
    ...rest
  } = flags
  const options = {
    totalTimesteps,
    evalEvery,
    evalEnvs,
    maxEpisodeSteps,
    checkpointEvery,
    keepCheckpoints: keep,
  }
  const { agent, env, seed, preset, set, backend, gpu, runDir } = rest
  return { agent, env, seed, options, set, configFile, preset, backend, gpu, runDir }
}

function refuseSeedFlags({ seeds, jobs, runDir }: TrainFlags): void {
  if (jobs !== undefined && !seeds)
    throw new UsageError('--jobs is for several seeds; give them with --seeds, such as 0-9')
  if (seeds && runDir !== undefined && seeds.length > 1) {
    throw new UsageError(
      '--run-dir names one folder, but --seeds asks for several runs; leave one of them out',
    )
  }
}

/** Exit status 1 if a seed failed. */
async function trainSeeds(
  request: RunRequest,
  seeds: readonly number[],
  flags: TrainFlags,
): Promise<void> {
  const { agent, env, print } = request
  const requests = seeds.map((seed) => ({ ...request, seed }))
  const jobs = jobsFor(request, seeds.length, flags.jobs)
  const tell = flags.json ? print : say
  let outcomes: readonly SeedOutcome[]
  if (jobs === 1) {
    outcomes = await trainInTurn(requests, (outcome) => {
      for (const line of isFailure(outcome) ? [outcomeLine(outcome)] : resultLines(outcome))
        tell(line)
    })
  } else {
    print(`${seeds.length} seeds, ${jobs} at a time, each in a process of its own`)
    const display = createSeedDisplay(progressKind(flags), seeds, jobs, print)
    outcomes = await trainInProcesses(requests, jobs, display).finally(display.stop)
  }
  const summary = summarizeSeeds({ agent, env: env.reference, seeds }, outcomes)
  for (const line of seedsTable(summary)) tell(line)
  if (flags.json) sayJson(summary)
  if (summary.failures.length > 0) process.exitCode = EXIT.failed
}
