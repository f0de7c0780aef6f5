/** Spaces from their JSON: undoes `toJSON`. */

import { Box } from './box.ts'
import { Dict, Tuple } from './composite.ts'
import type { Space } from './composite.ts'
import { Discrete } from './discrete.ts'
import type { DType } from './dtype.ts'
import type { BoundJson, BoxJson, DictJson, NumberJson, SpaceJson } from './json.ts'
import { MultiBinary } from './multi-binary.ts'
import { MultiDiscrete } from './multi-discrete.ts'

/**
 * The space that `json` describes.
 *
 * @throws TypeError on an unknown kind; RangeError on values that make no space.
 */
export function spaceFromJSON(json: SpaceJson): Space {
  switch (json.kind) {
    case 'box':
      return boxFromJson(json)
    case 'discrete':
      return new Discrete(json.n, json.start)
    case 'multi-discrete':
      return new MultiDiscrete(json.nvec)
    case 'multi-binary':
      return new MultiBinary(json.shape)
    case 'dict':
      return dictFromJson(json)
    case 'tuple':
      return new Tuple(json.spaces.map(spaceFromJSON))
    default:
      return refuseKind(json)
  }
}

function boxFromJson({ low, high, shape, dtype }: BoxJson): Box<DType> {
  return new Box<DType>({ low: boundFromJson(low), high: boundFromJson(high), shape, dtype })
}

function dictFromJson(json: DictJson): Dict {
  const spaces = Object.entries(json.spaces)
  return new Dict(Object.fromEntries(spaces.map(([key, space]) => [key, spaceFromJSON(space)])))
}

function boundFromJson(bound: BoundJson): number | number[] {
  if (typeof bound === 'object') return bound.map(numberFromJson)
  return numberFromJson(bound)
}

function numberFromJson(value: NumberJson): number {
  if (typeof value === 'number') return value
  return value === 'inf' ? Infinity : -Infinity
}

function refuseKind(json: never): never {
  throw new TypeError(
    `spaceFromJSON: ${JSON.stringify(json)} has no known kind; pass what a space's toJSON() returned`,
  )
}
