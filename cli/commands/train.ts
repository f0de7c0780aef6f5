/** `wn-rl train` */
import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AgentName } from '../../agents/index.ts'
import { BACKENDS, type BackendName } from '../../src/backend/index.ts'
import { UsageError } from '../../src/errors.ts'
import { type ResolvedEnv, resolveAgentEnv, resolveEnv } from '../../runs/environments.ts'
import { askedFor, EXIT } from '../../runs/errors.ts'
import { watchForInterruption } from '../interruption.ts'
import { printer, printResult, progressKind, resultLines } from '../show/lines.ts'
import { type RunRequest, trainRun } from '../../runs/start.ts'
import { createSeedDisplay, outcomeLine } from '../show/seeds.ts'
import { seedsTable, summarizeSeeds } from '../../runs/seeds/summary.ts'
import {
  isFailure,
  type SeedOutcome,
  trainInProcesses,
  trainInTurn,
} from '../../runs/seeds/train.ts'
import { agentNamed, loadSettings, type Settings } from '../../runs/settings.ts'

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
  readonly checkpointEvery?: number
  readonly keep?: number
  readonly json?: true
  readonly quiet?: true
}

/** A thousand runs take days; more are a slip of the keys. */
const MAX_SEEDS = 1000

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
    .option('--checkpoint-every <n>', 'timesteps between checkpoints; 0 for none', wholeNumber)
    .option('--keep <k>', 'checkpoints that stay, the latest ones', positiveWholeNumber)
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(train)
}

async function train(flags: TrainFlags): Promise<void> {
  const print = printer(flags)
  const { agent, env, settings } = await prepare(flags)
  refuseSeedFlags(flags)
  const { signal, status } = watchForInterruption(print)
  const progress = progressKind(flags)
  const { backend, gpu, runDir } = flags
  const common = { agent, env, settings, backend, gpu, runDir, progress, print, signal } as const
  if (flags.seeds) {
    await trainSeeds(
      flags.seeds.map((seed) => ({ ...common, seed })),
      flags,
    )
  } else {
    const summary = await trainRun({ ...common, seed: flags.seed ?? settings.seed ?? 1 })
    printResult(summary, flags)
  }
  if (signal.aborted) process.exitCode = status()
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
async function trainSeeds(requests: readonly RunRequest[], flags: TrainFlags): Promise<void> {
  const { agent, env, print } = requests[0]!
  const seeds = flags.seeds!
  const jobs = Math.min(flags.jobs ?? availableParallelism(), seeds.length)
  const say = flags.json ? print : console.log
  let outcomes: readonly SeedOutcome[]
  if (jobs === 1) {
    outcomes = await trainInTurn(requests, (outcome) => {
      for (const line of isFailure(outcome) ? [outcomeLine(outcome)] : resultLines(outcome))
        say(line)
    })
  } else {
    print(`${seeds.length} seeds, ${jobs} at a time, each in a process of its own`)
    const display = createSeedDisplay(progressKind(flags), seeds, jobs, print)
    outcomes = await trainInProcesses(requests, jobs, display).finally(display.stop)
  }
  const summary = summarizeSeeds({ agent, env: env.reference, seeds }, outcomes)
  for (const line of seedsTable(summary)) say(line)
  if (flags.json) console.log(JSON.stringify(summary))
  if (summary.failures.length > 0) process.exitCode = EXIT.failed
}

async function prepare(flags: TrainFlags): Promise<{
  agent: AgentName
  env: ResolvedEnv
  settings: Settings
}> {
  return askedFor(async () => {
    const agent = agentNamed(flags.agent)
    // The environment's keyword arguments are among the settings, and the preset depends on its id.
    const { id } = await resolveEnv(flags.env, {})
    const { totalTimesteps, evalEvery, checkpointEvery, keep, config, preset, set } = flags
    const settings = await loadSettings({
      agent,
      envId: id,
      configFile: config,
      preset,
      set,
      flags: { totalTimesteps, evalEvery, checkpointEvery, keepCheckpoints: keep },
    })
    return { agent, env: await resolveAgentEnv(flags.env, settings.run.envKwargs), settings }
  })
}

/** @throws InvalidArgumentError, which commander turns into bad usage naming the option */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('give a whole number from 0.')
  }
  return value
}

/** Like `wholeNumber`, but from 1. */
export function positiveWholeNumber(text: string): number {
  const value = wholeNumber(text)
  if (value === 0) throw new InvalidArgumentError('give a whole number from 1.')
  return value
}

/** `0-9` or `1,5,7` or both */
export function seedList(text: string): number[] {
  const seeds: number[] = []
  for (const part of text.split(',')) {
    const [first, last = first] = part.split('-').map(wholeNumber)
    if (first === undefined || last === undefined || last < first || part.split('-').length > 2) {
      throw new InvalidArgumentError('write ranges as 0-9, single seeds as 1,5,7.')
    }
    if (seeds.length + last - first + 1 > MAX_SEEDS)
      throw new InvalidArgumentError(`give at most ${MAX_SEEDS} seeds.`)
    for (let seed = first; seed <= last; seed++) seeds.push(seed)
  }
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError('give each seed once.')
  return seeds
}
