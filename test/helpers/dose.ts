/** `npm run check` takes a small dose of what is slow; `npm run test:durable` and `test:learning` all of it. */

export const IS_FULL = process.env['WN_RL_FULL'] !== undefined

/** All of `items` in full; else every `stride`-th, so that other calls can begin elsewhere and all get their turn. */
export function dose<T>(items: readonly T[], stride: number, first = 0): readonly T[] {
  return IS_FULL ? items : items.filter((_, i) => i % stride === first % stride)
}
