#!/usr/bin/env node
/** The command line, `wn-rl`. Exit status: 0 done, 1 failed, 2 bad usage, 129, 130, 143 interrupted, 141 nobody reads on. */
import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { closest, distance } from 'fastest-levenshtein'
import { agents } from '../agents/index.ts'
import { RUN_OPTIONS } from '../configs/schema.ts'
import { shown } from '../src/shown.ts'
import { messageOf } from '../runs/errors.ts'
import { packageVersion } from '../runs/folder.ts'
import { addAgents } from './commands/agents.ts'
import { addCheckEnv } from './commands/check-env.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEnvs } from './commands/envs.ts'
import { addEval } from './commands/eval.ts'
import { addPlay } from './commands/play.ts'
import { addPlot } from './commands/plot.ts'
import { addReproduce } from './commands/reproduce.ts'
import { addResume } from './commands/resume.ts'
import { addRuns } from './commands/runs.ts'
import { addSetup } from './commands/setup.ts'
import { addTrain } from './commands/train.ts'
import { EXIT, exitStatusOf, watchForEarlyExit } from './exit.ts'
import { complain } from './show/terminal.ts'

/** What others call an option. */
const COMMON_NAMES: Readonly<Record<string, string>> = { lr: 'learningRate' }

const program = new Command('wn-rl')
  .description('reinforcement learning with weight-normalized networks')
  .version(packageVersion())
  .configureOutput({ outputError: (message, write) => write(oneLine(message)) })
  .enablePositionalOptions() // so that setup's --version is not this one
  .exitOverride()
addTrain(program)
addResume(program)
addReproduce(program)
addEval(program)
addPlay(program)
addCheckEnv(program)
addPlot(program)
addRuns(program)
addEnvs(program)
addAgents(program)
addSetup(program)
addDoctor(program)
for (const stream of [process.stdout, process.stderr]) stream.on('error', endQuietly)

const through = watchForEarlyExit(complain)
try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage // commander has printed its message
  } else {
    complain(`wn-rl: ${messageOf(error)}`)
    if (process.env['WN_RL_DEBUG']) for (const line of inspect(error).split('\n')) complain(line)
    process.exitCode = exitStatusOf(error)
  }
} finally {
  through()
}

/** `wn-rl … | head -1`: the reader has gone, as a shell tells by 128 + SIGPIPE. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.brokenPipe)
}

/** commander puts its suggestion on a second line. */
function oneLine(message: string): string {
  const line = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
  return `wn-rl: ${shown(line)}${setRemedy(line)}\n`
}

/** A flag that is the name of an option, or nearly: options have no flags of their own, but `--set`. */
function setRemedy(line: string): string {
  const flag = /unknown option '--([\w-]+)/.exec(line)?.[1]
  if (flag === undefined) return ''
  const name = flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const options = Object.values(agents).flatMap(({ options: { shape } }) => Object.keys(shape))
  const nearest = closest(name, [...RUN_OPTIONS, ...options])
  const meant = COMMON_NAMES[name] ?? (distance(name, nearest) <= 3 ? nearest : undefined)
  return meant === undefined ? '' : `; options of agents and runs are set so: --set ${meant}=…`
}
