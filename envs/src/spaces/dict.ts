/** Named parts. Keys are kept in sorted order, as Gymnasium keeps those of a plain dict. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { SpaceBase } from './space.ts'
import type { Space, ValueOf } from './space.ts'
import type { DictJson } from './space-json.ts'

/** Values of a Dict space: one value per key. */
export type DictValue<S> = { [K in keyof S]: ValueOf<S[K]> }

/**
 * @example
 * const space = new Dict({ position: new Box({ low: -1, high: 1, shape: [2] }), flag: new Discrete(2) })
 * space.sample().position // Float32Array(2)
 */
export class Dict<
  S extends Readonly<Record<string, Space>> = Readonly<Record<string, Space>>,
> extends SpaceBase<DictValue<S>> {
  readonly kind = 'dict'
  readonly spaces: S
  /** Keys and spaces in sorted order: the order of sampling and flattening. */
  readonly entries: readonly (readonly [key: string, space: Space])[]

  constructor(spaces: S) {
    super()
    this.spaces = spaces
    this.entries = Object.entries<Space>(spaces).sort(([a], [b]) => (a < b ? -1 : 1))
  }

  override explain(x: unknown): string | undefined {
    const keys = this.entries.map(([key]) => key)
    if (typeof x !== 'object' || x === null || !sameKeys(Object.keys(x), keys)) {
      return `expected an object with keys [${keys.join(', ')}], found ${describe(x)}`
    }
    const values = new Map<string, unknown>(Object.entries(x))
    for (const [key, space] of this.entries) {
      const why = space.explain(values.get(key))
      if (why !== undefined) return `${key}: ${why}`
    }
    return undefined
  }

  override toJSON(): DictJson {
    return {
      kind: this.kind,
      spaces: Object.fromEntries(this.entries.map(([key, space]) => [key, space.toJSON()])),
    }
  }

  override toString(): string {
    return `Dict(${this.entries.map(([key, space]) => `'${key}': ${space.toString()}`).join(', ')})`
  }

  protected override draw(rng: Rng): DictValue<S> {
    const values = this.entries.map(([key, space]) => [key, space.sample(rng)] as const)
    // Object.fromEntries forgets which key has which type; the entries come from S itself.
    return Object.fromEntries(values) as DictValue<S>
  }
}

function sameKeys(given: readonly string[], sorted: readonly string[]): boolean {
  return given.length === sorted.length && sorted.every((key) => given.includes(key))
}
