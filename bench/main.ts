/**
 * `npm run -s bench -- SUITE [--json] [--backend NAME,…] [--only TEXT] [--rounds N] [--profile]`: see bench/README.md.
 *
 * With --json, one line per figure on stdout; contenders that cannot run here are named on stderr.
 */
import { parseArgs } from 'node:util'
import { BACKENDS } from '../src/backend/index.ts'
import { actCases } from './act.ts'
import { checkpointCases, CHECKPOINTS_GRANULARITY } from './checkpoints.ts'
import { ENV_GRANULARITY, envCases } from './env.ts'
import { figuresOf, tableOf } from './figures.ts'
import { type Contender, type Effort, measure, type Measured, type Unit } from './measure.ts'
import { longCases } from './long.ts'
import { profileOf } from './profile.ts'
import { crossings, scaleCases } from './scale.ts'
import { trainCases } from './train.ts'
import { updateCases } from './update.ts'

interface Suite {
  readonly unit: Unit
  readonly effort: Effort
  readonly cases: (asked: (backend: string) => boolean) => Contender[][]
  /** Figures that follow from all others. */
  readonly conclude?: (measured: readonly Measured[]) => Measured[]
}

const SUITES: Readonly<Record<string, Suite>> = {
  update: { unit: 'µs', effort: { rounds: 21, turn: 50 }, cases: updateCases },
  act: { unit: 'µs', effort: { rounds: 21, turn: 50 }, cases: actCases },
  // In rollouts of PQN's 32 environments × 64 steps, and long enough for a warm-up and some hundred updates.
  train: {
    unit: 'steps/s',
    effort: { rounds: 7, turn: 2000, granularity: 2048 },
    cases: trainCases,
  },
  env: {
    unit: 'steps/s',
    effort: { rounds: 11, turn: 50, granularity: ENV_GRANULARITY },
    cases: envCases,
  },
  // In timesteps of which each has an update; short turns, so that the early agent stays an early one.
  long: { unit: 'µs', effort: { rounds: 15, turn: 50 }, cases: longCases },
  checkpoints: {
    unit: 'steps/s',
    effort: { rounds: 11, turn: 50, granularity: CHECKPOINTS_GRANULARITY },
    cases: checkpointCases,
  },
  // Some updates take seconds.
  scale: { unit: 'µs', effort: { rounds: 3, turn: 20 }, cases: scaleCases, conclude: crossings },
}

/** What `--backend` may name. */
const CONTENDERS: readonly string[] = [...BACKENDS, 'jax-js']

/** @returns the exit status */
export async function main(
  args: readonly string[],
  { commit }: { readonly commit: string },
): Promise<number> {
  try {
    const { suite, name, cases, effort, json, profile } = parse(args)
    if (profile) return await printProfiles(cases.flat())
    const measured: Measured[] = []
    for (const contenders of cases) {
      measured.push(...(await measure(contenders, suite.unit, effort, reportSkipped)))
    }
    measured.push(...(suite.conclude?.(measured) ?? []))
    const figures = figuresOf(name, commit, measured)
    if (json) for (const figure of figures) console.log(JSON.stringify(figure))
    else console.log(tableOf(figures))
    return 0
  } catch (error) {
    console.error(error instanceof Error ? `bench: ${error.message}` : error)
    return error instanceof RangeError || error instanceof TypeError ? 2 : 1
  }
}

/** Kernel by kernel, of every chosen contender that is a captured program. */
async function printProfiles(contenders: readonly Contender[]): Promise<number> {
  for (const contender of contenders) {
    const table = await profileOf(contender)
    if (table !== undefined) console.log(table)
  }
  return 0
}

function parse(args: readonly string[]) {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      backend: { type: 'string', multiple: true },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  })
  const [name = ''] = positionals
  const suite = SUITES[name]
  if (!suite) throw new RangeError(`name a suite: ${Object.keys(SUITES).join(', ')}; got "${name}"`)
  const cases = suite.cases(backendFilter(values.backend))
  const effort = { ...suite.effort, ...roundsOption(values.rounds) }
  const { json, profile } = values
  return { suite, name, cases: only(cases, values.only), effort, json, profile }
}

function backendFilter(given: readonly string[] | undefined): (backend: string) => boolean {
  if (!given) return () => true
  const asked = given.flatMap((names) => names.split(','))
  for (const name of asked) {
    if (!CONTENDERS.includes(name))
      throw new RangeError(`--backend ${name} is unknown; choose from ${CONTENDERS.join(', ')}`)
  }
  return (backend) => asked.includes(backend)
}

/** The contenders whose names contain a text; cases without any are left out. */
function only(cases: readonly Contender[][], text: string): Contender[][] {
  const chosen = cases
    .map((contenders) => contenders.filter(({ name }) => name.includes(text)))
    .filter(({ length }) => length > 0)
  if (chosen.length > 0) return chosen
  const names = cases.flat().map(({ name }) => name)
  throw new RangeError(`--only ${text} names nothing; there are ${names.join(', ')}`)
}

function roundsOption(given: string | undefined): { rounds?: number } {
  if (given === undefined) return {}
  const rounds = Number(given)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds is ${given}; give a whole number from 1`)
  return { rounds }
}

function reportSkipped(name: string, reason: string): void {
  console.error(`bench: ${name} left out: ${reason}`)
}
