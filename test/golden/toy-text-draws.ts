/** What the replays of toy text share: recorded draws, and the names of arguments. */

import type { RandomSource } from 'gymnasium-js'
import { expect } from 'vitest'
import * as z from 'zod'

export const flag = z.union([z.literal(0), z.literal(1)])
export const kwargsSchema = z.record(z.string(), z.unknown())
export const drawSchema = z.union([
  z.number(),
  z.object({
    choice: z.array(z.union([z.number(), z.string()])),
    is: z.union([z.number(), z.string()]),
  }),
])
export type Draw = z.infer<typeof drawSchema>

/** Hands back recorded draws and refuses any that was not recorded as it is asked for. */
export class RecordedDraws implements RandomSource {
  #left: Draw[] = []
  #when = ''

  load(draws: readonly Draw[], when: string): void {
    this.#left = [...draws]
    this.#when = when
  }

  random(): number {
    const draw = this.#left.shift()
    return typeof draw === 'number' ? draw : this.#refuse('random()', draw)
  }

  randInt(lo: number, hi: number): number {
    const draw = this.#left.shift()
    const asked = `randInt(${lo}, ${hi})`
    if (typeof draw !== 'object' || draw.choice.length !== hi - lo) return this.#refuse(asked, draw)
    return lo + draw.choice.indexOf(draw.is)
  }

  expectNoneLeft(): void {
    expect(this.#left, `${this.#when}: draws left over`).toEqual([])
  }

  #refuse(asked: string, draw: Draw | undefined): never {
    expect.fail(
      `${this.#when}: ${asked}, but recorded is ${draw === undefined ? 'nothing' : JSON.stringify(draw)}`,
    )
  }
}

/** The recorded names of arguments are Python's. */
export function camelCase(kwargs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rename = (name: string) => name.replace(/_(.)/g, (_, c: string) => c.toUpperCase())
  return Object.fromEntries(Object.entries(kwargs).map(([name, x]) => [rename(name), x]))
}
