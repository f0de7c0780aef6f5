/** `wn-rl check-env` */
import type { Command } from 'commander'
import { CHECKS, checkEnvAsync, type CheckName, type Finding } from 'gymnasium-js/check'
import { UsageError } from '../../src/errors.ts'
import { unknownName } from '../../src/training/index.ts'
import { resolveEnv } from '../../runs/environments.ts'
import { messageOf } from '../../runs/errors.ts'
import { EXIT } from '../exit.ts'
import { positiveWholeNumber, wholeNumber } from '../flags.ts'
import { say, sayJson } from '../show/terminal.ts'

interface CheckEnvFlags {
  readonly seed: number
  readonly skip: readonly CheckName[]
  readonly maxEpisodeSteps?: number
  readonly json?: true
}

export function addCheckEnv(program: Command): void {
  program
    .command('check-env')
    .description('check an environment: what it returns, seeds, states, rendering')
    .argument('<env>', 'a name, or a file or package that exports an environment')
    .option('--seed <n>', 'seed of the first episode', wholeNumber, 0)
    .option('--skip <check>', 'leave out a check (repeatable)', addCheckName, [])
    .option(
      '--max-episode-steps <n>',
      'timesteps after which an episode is cut off',
      positiveWholeNumber,
    )
    .option('--json', 'print one JSON object as the last line')
    .action(checkEnvironment)
}

/** Exit status 1 where there is an error; warnings alone pass. */
async function checkEnvironment(
  name: string,
  { json, maxEpisodeSteps, ...options }: CheckEnvFlags,
): Promise<void> {
  const { id, makeEnv } = await resolve(name, maxEpisodeSteps)
  const findings = await checkEnvAsync(makeEnv, options)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (json) sayJson({ env: id, ok: errors === 0, findings })
  else for (const line of [...findings.flatMap(explain), summary(id, findings)]) say(line)
  if (errors > 0) process.exitCode = EXIT.failed
}

/** Elsewhere an environment is the value of `--env`, here it is the argument. */
async function resolve(name: string, maxEpisodeSteps?: number): ReturnType<typeof resolveEnv> {
  try {
    return await resolveEnv(name, {}, { maxEpisodeSteps })
  } catch (error) {
    throw new UsageError(messageOf(error).replace(/^--env: /, ''), { cause: error })
  }
}

function explain({ check, severity, expected, found, remedy }: Finding): string[] {
  return [
    `${severity} ${check}: ${CHECKS[check][1]}`,
    `  expected: ${expected}`,
    `  found:    ${found}`,
    `  remedy:   ${remedy}`,
  ]
}

function summary(id: string, findings: readonly Finding[]): string {
  const count = (what: Finding['severity']) => {
    const n = findings.filter(({ severity }) => severity === what).length
    return `${n} ${what}${n === 1 ? '' : 's'}`
  }
  return `${id}: ${count('error')}, ${count('warning')}, ${count('note')}`
}

function addCheckName(name: string, before: readonly CheckName[]): CheckName[] {
  const known = Object.keys(CHECKS) as CheckName[]
  const check = known.find((each) => each === name)
  if (check === undefined) throw new UsageError(`--skip: ${unknownName('check', name, known)}`)
  return [...before, check]
}
