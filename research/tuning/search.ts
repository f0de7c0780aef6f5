/**
 * The search: a preset and random changes to it, thinned out by successive halving (Jamieson & Talwalkar 2016, arXiv
 * 1502.07943). What is rationed is seeds, not timesteps: schedules depend on the budget, so that half a run says little
 * about a whole one, whereas the seeds of one round are part of the next.
 */
import type { Rng } from '../../src/rng.ts'
import { interquartileMean, mean } from '../../src/training/index.ts'
import { optionsKey } from './records.ts'
import type { SearchSpace } from './spaces.ts'

/** Values that replace the preset's. */
export type Changes = Readonly<Record<string, unknown>>

/** One round: the seeds that every candidate in it has been trained on, and how they stand, best first. */
export interface Round {
  readonly seeds: readonly number[]
  readonly standings: readonly Standing[]
}

export interface Standing {
  readonly changes: Changes
  /** By environment: one for each seed, in their order. */
  readonly scores: readonly (readonly number[])[]
  /** By environment: the interquartile mean of its scores. */
  readonly means: readonly number[]
  /**
   * Mean over environments of its place among the candidates of the round: 1 for the best, and for equals the same. With
   * places no environment counts for more because its returns are greater.
   */
  readonly place: number
}

/**
 * The preset as it is, and candidates that differ from it and from each other.
 *
 * @param count candidates beside the preset; fewer come back from a space that does not have so many
 * @param changed options that each of them draws anew; values drawn may be the preset's own, but not all of them
 * @param presets the options of what is searched around, by environment
 */
export function drawCandidates(
  space: SearchSpace,
  options: {
    readonly count: number
    readonly changed: number
    readonly rng: Rng
    readonly presets: readonly Changes[]
  },
): Changes[] {
  const { count, changed, rng, presets } = options
  const candidates: Changes[] = [{}]
  const nameOf = (changes: Changes) =>
    presets.map((preset) => optionsKey({ ...preset, ...changes })).join()
  const seen = new Set([nameOf({})])
  for (let attempt = 0; attempt < 100 * count && candidates.length <= count; attempt++) {
    const candidate = drawChanges(space, changed, rng)
    const name = nameOf(candidate)
    if (!seen.has(name)) candidates.push(candidate)
    seen.add(name)
  }
  return candidates
}

/** Values for some options of a space, in the order of the space. */
function drawChanges(space: SearchSpace, changed: number, rng: Rng): Changes {
  const names = Object.keys(space)
  const left = [...names]
  const chosen = new Set<string>()
  while (chosen.size < changed && left.length > 0)
    chosen.add(left.splice(rng.randInt(0, left.length), 1)[0]!)
  return Object.fromEntries(
    names
      .filter((name) => chosen.has(name))
      .map((name) => [name, space[name]![rng.randInt(0, space[name]!.length)]]),
  )
}

/**
 * Trains all candidates on the first seeds, the better half of them on twice as many, and so on; what is left at the
 * end has been trained on all seeds. Every seed is trained in every environment.
 *
 * @param train the score of one run: the higher, the better; -Infinity for one that failed
 * @param options.envs whose preset is searched: one, or several that share it
 * @param options.firstSeeds how many seeds the first round has
 * @param options.ended is told of every round
 * @returns the last round
 * @throws RangeError without candidates, environments or seeds
 */
export async function halve(
  candidates: readonly Changes[],
  train: (changes: Changes, env: string, seed: number) => Promise<number>,
  options: {
    readonly envs: readonly string[]
    readonly seeds: readonly number[]
    readonly firstSeeds: number
    readonly ended: (round: Round) => void
  },
): Promise<Round> {
  const { envs, seeds, firstSeeds, ended } = options
  if (candidates.length === 0 || envs.length === 0 || seeds.length === 0)
    throw new RangeError(
      'a search needs at least one candidate, one environment and one seed; give all',
    )
  let left: readonly Scores[] = candidates.map((changes) => ({
    changes,
    scores: envs.map(() => []),
  }))
  for (
    let count = Math.min(firstSeeds, seeds.length);
    ;
    count = Math.min(2 * count, seeds.length)
  ) {
    left = await Promise.all(
      left.map(async ({ changes, scores }) => ({
        changes,
        scores: await Promise.all(
          envs.map(async (env, e) => {
            const more = seeds.slice(scores[e]!.length, count)
            const found = await Promise.all(more.map((seed) => train(changes, env, seed)))
            return [...scores[e]!, ...found]
          }),
        ),
      })),
    )
    const round = { seeds: seeds.slice(0, count), standings: ranked(left) }
    ended(round)
    if (count === seeds.length) return round
    left = round.standings.slice(0, Math.ceil(left.length / 2))
  }
}

type Scores = Pick<Standing, 'changes' | 'scores'>

/** Best first. */
function ranked(candidates: readonly Scores[]): Standing[] {
  const means = candidates.map(({ scores }) => scores.map(interquartileMean))
  const placeOf = (own: readonly number[]) =>
    mean(own.map((value, e) => 1 + means.filter((other) => other[e]! > value).length))
  return candidates
    .map((candidate, i) => ({ ...candidate, means: means[i]!, place: placeOf(means[i]!) }))
    .toSorted((a, b) => a.place - b.place)
}
