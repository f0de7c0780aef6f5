/**
 * `npm run -s tune -- --agent dqn --env Acrobot-v1 …`: searches around a preset; research/tuning/README.md says how.
 */
import { parseArgs } from 'node:util'
import { agentNamed } from '../../runs/settings.ts'
import { seedList, wholeNumber } from '../../cli/flags.ts'
import { resolveEnv } from '../../runs/environments.ts'
import { messageOf } from '../../runs/errors.ts'
import { Rng } from '../../src/rng.ts'
import { Records, recordsPath, runKey } from './records.ts'
import { type Changes, drawCandidates, halve, type Round } from './search.ts'
import { type SearchSpace, spaces } from './spaces.ts'
import { settingsOf, type Subject } from './trial.ts'
import { work, Workers } from './workers.ts'

/** Where the table and the robustness check have no seeds. */
const DEFAULT_SEEDS = '1000-1007'

/**
 * @param program path of the script that calls this, which is started again for every worker
 * @param folder where results are kept, unless `--results` names another
 * @returns the exit status
 */
export async function main(
  args: readonly string[],
  { program, folder }: { readonly program: string; readonly folder: string },
): Promise<number> {
  if (args[0] === '--worker') {
    await work()
    return 0
  }
  try {
    await search(parse(args), { program, folder })
    return 0
  } catch (error) {
    console.error(`tune: ${messageOf(error)}`)
    return 1
  }
}

type Request = ReturnType<typeof parse>

async function search(
  request: Request,
  { program, folder }: { program: string; folder: string },
): Promise<void> {
  const { agent, seeds, firstSeeds, jobs, configFile } = request
  const envs: string[] = []
  const recordsByEnv = new Map<string, Records>()
  for (const name of request.envs) {
    const { id } = await resolveEnv(name, {})
    envs.push(id)
    recordsByEnv.set(id, await Records.open(recordsPath(request.results ?? folder, agent, id)))
  }
  const workers = new Workers(program, jobs)
  const train = async (changes: Changes, env: string, seed: number): Promise<number> => {
    const subject: Subject = { agent, env, configFile }
    const records = recordsByEnv.get(env)!
    const run = runKey(seed, (await settingsOf({ ...subject, changes })).given)
    const known = records.find(run)
    if (known) return known.best ?? -Infinity
    const outcome = await workers.run({ ...subject, changes, seed }).catch((error: unknown) => {
      console.error(`tune: ${env}, ${JSON.stringify(changes)}, seed ${seed}: ${messageOf(error)}`)
      return { best: null, final: null, training: null, seconds: 0 }
    })
    await records.add(run, outcome)
    return outcome.best ?? -Infinity
  }
  try {
    const ended = (round: Round) => printRound(round, envs)
    const candidates = await candidatesOf(request, envs)
    await halve(candidates, train, { envs, seeds, firstSeeds, ended })
  } finally {
    workers.stop()
  }
}

async function candidatesOf(request: Request, envs: readonly string[]): Promise<Changes[]> {
  const { agent, only, candidates: count, changed, searchSeed, configFile } = request
  const rng = new Rng(`tune/${agent}/${envs.join()}/${searchSeed}`)
  const settings = envs.map((env) => settingsOf({ agent, env, configFile, changes: {} }))
  const presets = (await Promise.all(settings)).map(({ given }) => given)
  return drawCandidates(restricted(spaces[agent], only), { count, changed, rng, presets })
}

function restricted(space: SearchSpace, only: readonly string[]): SearchSpace {
  if (only.length === 0) return space
  const unknown = only.find((name) => !Object.hasOwn(space, name))
  if (unknown !== undefined)
    throw new RangeError(
      `--only ${unknown} is not searched over; choose from ${Object.keys(space).join(', ')}`,
    )
  return Object.fromEntries(only.map((name) => [name, space[name]!]))
}

/** The standings of a round, best first; of several environments with the mean place before the returns. */
function printRound({ seeds, standings }: Round, envs: readonly string[]): void {
  const several = envs.length > 1
  const legend = several ? `: mean place, returns on ${envs.join(', ')}` : ''
  console.log(`${standings.length} candidates on seeds ${seeds[0]!} to ${seeds.at(-1)!}${legend}`)
  for (const { changes, scores, means, place } of standings.slice(0, 10)) {
    const returns = means.map((score, e) => {
      const range = `${Math.min(...scores[e]!).toFixed(2)} to ${Math.max(...scores[e]!).toFixed(2)}`
      return `${score.toFixed(2).padStart(9)} (${range})`
    })
    const name = Object.keys(changes).length === 0 ? 'the preset' : JSON.stringify(changes)
    const cells = several ? [place.toFixed(2).padStart(6), ...returns] : returns
    console.log(`  ${cells.join('')}  ${name}`)
  }
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agent: { type: 'string' },
      env: { type: 'string' },
      config: { type: 'string' },
      candidates: { type: 'string', default: '12' },
      changed: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      seeds: { type: 'string', default: DEFAULT_SEEDS },
      'first-seeds': { type: 'string', default: '2' },
      'search-seed': { type: 'string', default: '0' },
      jobs: { type: 'string', default: '2' },
      results: { type: 'string' },
    },
  })
  if (values.agent === undefined || values.env === undefined)
    throw new RangeError('name what to tune, such as --agent dqn --env Acrobot-v1')
  return {
    agent: agentNamed(values.agent),
    envs: values.env.split(','),
    configFile: values.config,
    candidates: wholeNumber(values.candidates),
    changed: wholeNumber(values.changed),
    only: values.only.split(',').filter((name) => name !== ''),
    seeds: seedList(values.seeds),
    firstSeeds: Math.max(1, wholeNumber(values['first-seeds'])),
    searchSeed: wholeNumber(values['search-seed']),
    jobs: Math.max(1, wholeNumber(values.jobs)),
    results: values.results,
  }
}
