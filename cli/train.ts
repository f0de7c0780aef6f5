/** `wn-rl train` */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AgentName } from '../agents/index.ts'
import { BACKENDS, type BackendName } from '../src/backend/index.ts'
import type { Seed } from '../src/rng.ts'
import { UsageError } from '../src/training/index.ts'
import { resolveEnv } from './environments.ts'
import { askedFor, EXIT } from './errors.ts'
import { type RunSummary, trainRun } from './run.ts'
import { agentNamed, loadSettings, type Settings } from './settings.ts'

interface TrainFlags {
  readonly agent: string
  readonly env: string
  readonly seed?: number
  readonly seeds?: number[]
  readonly totalTimesteps?: number
  readonly config?: string
  readonly set: string[]
  readonly backend: BackendName | 'auto'
  readonly runDir?: string
  readonly evalEvery?: number
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
    .option('--total-timesteps <n>', 'environment timesteps to train for', wholeNumber)
    .option('--config <file>', 'YAML file of options, instead of the preset')
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
    .option('--run-dir <dir>', 'folder of the run (default: runs/<env>__<agent>__<seed>__<time>)')
    .option('--eval-every <n>', 'timesteps between greedy evaluations; 0 for none', wholeNumber)
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'print nothing but the result')
    .action(train)
}

async function train(flags: TrainFlags): Promise<void> {
  const print = printer(flags)
  const { agent, env, settings } = await prepare(flags)
  if (flags.seeds && flags.runDir !== undefined && flags.seeds.length > 1) {
    throw new UsageError(
      '--run-dir names one folder, but --seeds asks for several runs; leave one of them out',
    )
  }
  const signal = interruptSignal(print)
  const summaries: RunSummary[] = []
  for (const seed of flags.seeds ?? [flags.seed ?? settings.seed ?? 1]) {
    if (signal.aborted) break
    const progress = flags.quiet ? 'none' : process.stderr.isTTY ? 'bar' : 'lines'
    const { backend, runDir } = flags
    const summary = await trainRun({
      agent,
      env,
      seed,
      settings,
      backend,
      runDir,
      progress,
      print,
      signal,
    })
    summaries.push(summary)
    for (const line of resultLines(summary)) (flags.json ? print : console.log)(line)
  }
  if (flags.seeds) for (const line of table(summaries)) (flags.json ? print : console.log)(line)
  if (flags.json) console.log(JSON.stringify(flags.seeds ? severalSeeds(summaries) : summaries[0]))
  if (signal.aborted) process.exitCode = EXIT.interrupted
}

async function prepare(flags: TrainFlags): Promise<{
  agent: AgentName
  env: Awaited<ReturnType<typeof resolveEnv>>
  settings: Settings
}> {
  return askedFor(async () => {
    const agent = agentNamed(flags.agent)
    // The environment's keyword arguments are among the settings, and the preset depends on its id.
    const { id } = await resolveEnv(flags.env, {})
    const { totalTimesteps, evalEvery, config, set } = flags
    const settings = await loadSettings({
      agent,
      envId: id,
      configFile: config,
      set,
      flags: { totalTimesteps, evalEvery },
    })
    return { agent, env: await resolveEnv(flags.env, settings.run.envKwargs), settings }
  })
}

/** Human-readable lines: on stderr when stdout is for JSON. */
function printer({ json, quiet }: TrainFlags): (line: string) => void {
  if (quiet) return () => undefined
  return json ? (line) => console.error(line) : (line) => console.log(line)
}

/** The first interrupt ends the run in order, the second one at once. */
function interruptSignal(print: (line: string) => void): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    print('interrupted: saving the model; press Ctrl-C again to stop at once')
    controller.abort()
  })
  return controller.signal
}

function resultLines(summary: RunSummary): string[] {
  const { evaluation, finalEvaluation, wallSeconds, stepsPerSecond } = summary
  return [
    `best model:  ${score(evaluation)}`,
    `final model: ${score(finalEvaluation)}`,
    `${summary.totalTimesteps} timesteps, ${summary.episodes} episodes in ${wallSeconds.toFixed(1)} s (${Math.round(stepsPerSecond)} steps/s, evaluations included)`,
    `digest ${summary.digest}`,
    `saved in ${summary.runDir}; evaluate it with: wn-rl eval ${summary.runDir}`,
  ]
}

function score({ mean, std, episodes }: RunSummary['evaluation']): string {
  return `greedy return ${mean.toFixed(1)} ± ${std.toFixed(1)} over ${episodes} fresh episodes`
}

function table(summaries: readonly RunSummary[]): string[] {
  const rows = summaries.map(
    ({ seed, evaluation, finalEvaluation, digest }) =>
      `${String(seed).padStart(6)}  ${evaluation.mean.toFixed(1).padStart(9)}  ${finalEvaluation.mean.toFixed(1).padStart(9)}  ${digest.slice(0, 12)}`,
  )
  return ['  seed       best      final  digest', ...rows]
}

/** The JSON of a run over several seeds. */
function severalSeeds(runs: readonly RunSummary[]) {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    agent: runs[0]!.agent,
    env: runs[0]!.env,
    seeds: runs.map(({ seed }): Seed => seed),
    meanEvaluation: mean(runs.map(({ evaluation }) => evaluation.mean)),
    meanFinalEvaluation: mean(runs.map(({ finalEvaluation }) => finalEvaluation.mean)),
    runs,
  }
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
function seedList(text: string): number[] {
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
  return seeds
}
