/** What the searches say of the presets as they stand: the table of research/tuning/README.md. */
import { existsSync } from 'node:fs'
import { registeredSpecs } from 'gymnasium-js'
import { agents } from '../../agents/index.ts'
import { agentNamed } from '../../runs/settings.ts'
import { interquartileMean } from '../../src/training/index.ts'
import { numberText, table } from '../results/report/text.ts'
import { type Outcome, Records, recordsPath } from './records.ts'
import { settingsOf } from './trial.ts'

/** @param folder of the results */
export async function foundTable(folder: string): Promise<string> {
  const pairs = registeredSpecs().flatMap(({ id: env }) =>
    Object.keys(agents).map((name) => ({
      ...{ agent: agentNamed(name), env, path: recordsPath(folder, name, env) },
    })),
  )
  const rows: string[][] = []
  for (const { agent, env, path } of pairs.filter((pair) => existsSync(pair.path))) {
    const { given, run } = await settingsOf({ agent, env, changes: {} })
    const trials = (await Records.open(path)).trialsOf(given)
    rows.push([agent, env, run.totalTimesteps.toLocaleString('en'), ...summary(trials)])
  }
  return table(
    ['agent', 'environment', 'timesteps', 'seeds', 'best model: IQM', 'worst', 'best'],
    rows,
  )
}

/** Seeds, and what their best models came to. */
function summary(trials: readonly { seed: number; outcome: Outcome }[]): string[] {
  if (trials.length === 0) return ['none: changed since', '', '', '']
  const scores = trials.map(({ outcome }) => outcome.best ?? -Infinity)
  const numbers = [interquartileMean(scores), Math.min(...scores), Math.max(...scores)]
  return [ranges(trials.map(({ seed }) => seed)), ...numbers.map(numberText)]
}

/** `1000–1003, 1006` */
function ranges(seeds: readonly number[]): string {
  const starts = seeds.filter((seed) => !seeds.includes(seed - 1))
  const ends = seeds.filter((seed) => !seeds.includes(seed + 1))
  return starts.map((from, i) => (from === ends[i] ? `${from}` : `${from}–${ends[i]!}`)).join(', ')
}
