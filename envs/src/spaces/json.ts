/** Spaces as JSON: what `toJSON` writes and `spaceFromJSON` reads. */

import type { DType } from './dtype.ts'

export type NumberJson = number | 'inf' | '-inf'
/** One number where all elements agree, else one per element. */
export type BoundJson = NumberJson | readonly NumberJson[]

export interface BoxJson {
  readonly kind: 'box'
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly low: BoundJson
  readonly high: BoundJson
}
export interface DiscreteJson {
  readonly kind: 'discrete'
  readonly n: number
  readonly start: number
}
export interface MultiDiscreteJson {
  readonly kind: 'multi-discrete'
  readonly nvec: readonly number[]
}
export interface MultiBinaryJson {
  readonly kind: 'multi-binary'
  readonly shape: readonly number[]
}
export interface DictJson {
  readonly kind: 'dict'
  readonly spaces: Readonly<Record<string, SpaceJson>>
}
export interface TupleJson {
  readonly kind: 'tuple'
  readonly spaces: readonly SpaceJson[]
}
export type SpaceJson =
  BoxJson | DiscreteJson | MultiDiscreteJson | MultiBinaryJson | DictJson | TupleJson
