/**
 * Spaces made of spaces, and the union of all: a Dict or Tuple has parts of any kind, and a part may be
 * a Dict or Tuple, so these types name each other and share a file.
 */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import type { Box } from './box.ts'
import type { Discrete } from './discrete.ts'
import type { DType } from './dtype.ts'
import type { DictJson, TupleJson } from './json.ts'
import type { MultiBinary } from './multi-binary.ts'
import type { MultiDiscrete } from './multi-discrete.ts'
import { SpaceBase } from './space.ts'
import type { ValueOf } from './space.ts'

/** Every kind of space, told apart by `kind`. */
export type AnySpace = Box<DType> | Discrete | MultiDiscrete | MultiBinary | Dict | Tuple

/** A space of values of type T; `kind` narrows it to its class. */
export type Space<T = unknown> = AnySpace & SpaceBase<T>

export type SpaceKind = AnySpace['kind']

/** Values of a Dict space: one value per key. */
export type DictValue<S> = { [K in keyof S]: ValueOf<S[K]> }

/**
 * Named parts. Keys are kept in sorted order, as Gymnasium keeps those of a plain dict.
 *
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

  /** @throws TypeError for a part that is no space */
  constructor(spaces: S) {
    super()
    requireSpaces('Dict', spaces, '{ arm: new Discrete(2) }')
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

/** Values of a Tuple space: one value per part. */
export type TupleValue<S extends readonly unknown[]> = { [K in keyof S]: ValueOf<S[K]> }

/**
 * Parts in a fixed order.
 *
 * @example
 * new Tuple([new Discrete(32), new Discrete(11)]).sample() // [number, number]
 */
export class Tuple<const S extends readonly Space[] = readonly Space[]> extends SpaceBase<
  TupleValue<S>
> {
  readonly kind = 'tuple'
  readonly spaces: S

  /** @throws TypeError for a part that is no space */
  constructor(spaces: S) {
    super()
    requireSpaces('Tuple', spaces, '[new Discrete(2)]')
    this.spaces = spaces
  }

  override explain(x: unknown): string | undefined {
    if (!Array.isArray(x) || x.length !== this.spaces.length) {
      return `expected an Array of length ${this.spaces.length}, found ${describe(x)}`
    }
    for (const [i, space] of this.spaces.entries()) {
      const why = space.explain(x[i])
      if (why !== undefined) return `part ${i}: ${why}`
    }
    return undefined
  }

  override toJSON(): TupleJson {
    return { kind: this.kind, spaces: this.spaces.map((space) => space.toJSON()) }
  }

  override toString(): string {
    return `Tuple(${this.spaces.map((space) => space.toString()).join(', ')})`
  }

  protected override draw(rng: Rng): TupleValue<S> {
    const values: unknown[] = this.spaces.map((space): unknown => space.sample(rng))
    // map forgets that the result has S's length and types.
    return values as TupleValue<S>
  }
}

function sameKeys(given: readonly string[], sorted: readonly string[]): boolean {
  return given.length === sorted.length && sorted.every((key) => given.includes(key))
}

function requireSpaces(name: string, spaces: unknown, example: string): void {
  if (typeof spaces !== 'object' || spaces === null || (name === 'Tuple') !== Array.isArray(spaces))
    throw new TypeError(`${name}: its argument is ${describe(spaces)}; pass ${example}`)
  for (const [key, space] of Object.entries(spaces)) {
    // Not by its class: a part may come from another copy of this package.
    if (typeof (space as Partial<Space> | null | undefined)?.explain === 'function') continue
    throw new TypeError(`${name}: part ${key} is ${describe(space)}; pass a space: ${example}`)
  }
}
