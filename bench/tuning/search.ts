/**
 * The search: a preset and random changes to it, thinned out by successive halving (Jamieson & Talwalkar 2016, arXiv
 * 1502.07943). What is rationed is seeds, not timesteps: schedules depend on the budget, so that half a run says little
 * about a whole one, whereas the seeds of one round are part of the next.
 */
import type { Rng } from '../../src/rng.ts'
import { interquartileMean } from '../../src/training/index.ts'
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
  /** One for each seed, in their order. */
  readonly scores: readonly number[]
  /** The interquartile mean of the scores. */
  readonly score: number
}

/**
 * The preset as it is, and candidates that differ from it and from each other.
 *
 * @param count candidates beside the preset; fewer come back from a space that does not have so many
 * @param changed options that each of them draws anew; a value drawn may be the preset's own
 */
export function drawCandidates(
  space: SearchSpace,
  { count, changed, rng }: { count: number; changed: number; rng: Rng },
): Changes[] {
  const candidates: Changes[] = [{}]
  const seen = new Set(['{}'])
  for (let attempt = 0; attempt < 100 * count && candidates.length <= count; attempt++) {
    const candidate = drawChanges(space, changed, rng)
    const text = JSON.stringify(candidate)
    if (!seen.has(text)) candidates.push(candidate)
    seen.add(text)
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
 * end has been trained on all seeds.
 *
 * @param train the score of one run: the higher, the better; -Infinity for one that failed
 * @param options.firstSeeds how many seeds the first round has
 * @param options.ended is told of every round
 * @returns the last round
 * @throws RangeError without candidates or seeds
 */
export async function halve(
  candidates: readonly Changes[],
  train: (changes: Changes, seed: number) => Promise<number>,
  options: {
    readonly seeds: readonly number[]
    readonly firstSeeds: number
    readonly ended: (round: Round) => void
  },
): Promise<Round> {
  const { seeds, firstSeeds, ended } = options
  if (candidates.length === 0 || seeds.length === 0)
    throw new RangeError('a search needs at least one candidate and one seed; give both')
  let standing: readonly Standing[] = candidates.map((changes) => ({
    changes,
    scores: [],
    score: 0,
  }))
  for (
    let count = Math.min(firstSeeds, seeds.length);
    ;
    count = Math.min(2 * count, seeds.length)
  ) {
    standing = await Promise.all(
      standing.map(async ({ changes, scores }) => {
        const more = seeds.slice(scores.length, count).map((seed) => train(changes, seed))
        const all = [...scores, ...(await Promise.all(more))]
        return { changes, scores: all, score: interquartileMean(all) }
      }),
    )
    const standings = standing.toSorted((a, b) => b.score - a.score)
    const round = { seeds: seeds.slice(0, count), standings }
    ended(round)
    if (count === seeds.length) return round
    standing = standings.slice(0, Math.ceil(standings.length / 2))
  }
}
