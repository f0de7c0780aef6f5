/** A box in R^n, or in Z^n for integer dtypes: every element has its own interval. */

import { checkChoice, describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { ARRAYS, INTEGER_RANGE, checkShape, isArrayOf, isList, sizeOf, zeros } from './dtype.ts'
import type { ArrayOf, DType, TypedArray } from './dtype.ts'
import type { BoundJson, BoxJson } from './json.ts'
import { SpaceBase } from './space.ts'

export interface BoxOptions<D extends DType> {
  /** Lowest value: one number for all elements, or one per element, flat in C order. */
  low: number | ArrayLike<number>
  /** Highest value, likewise. */
  high: number | ArrayLike<number>
  /** Default: [n] of the bounds given as arrays, [] where both are numbers. */
  shape?: readonly number[] | undefined
  /**
   * Default: 'float32'. Say it where the box initializes something declared as `Space<…>`:
   * TypeScript would infer the dtype from the declaration, which allows any.
   */
  dtype?: D | undefined
}

/**
 * @example
 * const space = new Box({ low: -1, high: 1, shape: [3] })
 * space.sample() // Float32Array(3)
 */
export class Box<D extends DType = 'float32'> extends SpaceBase<ArrayOf[D]> {
  readonly kind = 'box'
  readonly dtype: D
  readonly shape: readonly number[]
  /** Number of elements. */
  readonly size: number
  /** [size], in the box's dtype, so float32 bounds are rounded to float32. */
  readonly low: ArrayOf[D]
  /** [size], likewise. */
  readonly high: ArrayOf[D]

  /** @throws TypeError without bounds; RangeError on bounds, a shape or a dtype that do not make a box. */
  constructor(options: BoxOptions<D>) {
    super()
    requireBounds(options)
    const { low, high, shape, dtype } = options
    // D is 'float32', the type parameter's default, exactly where dtype is left out.
    this.dtype = dtype ?? ('float32' as D)
    checkChoice('Box: dtype', this.dtype, Object.keys(ARRAYS))
    this.shape = checkShape('Box: shape', shape ?? shapeOfBounds(low, high))
    this.size = sizeOf(this.shape)
    this.low = zeros(this.dtype, this.size)
    this.high = zeros(this.dtype, this.size)
    fillBound('low', low, this.dtype, this.low)
    fillBound('high', high, this.dtype, this.high)
    checkOrder(this.low, this.high)
  }

  /** Whether every element is bounded on that side. */
  isBounded(manner: 'below' | 'above' | 'both' = 'both'): boolean {
    const below = manner === 'above' || this.low.every(Number.isFinite)
    const above = manner === 'below' || this.high.every(Number.isFinite)
    return below && above
  }

  override explain(x: unknown): string | undefined {
    if (!isArrayOf(this.dtype, x)) {
      return `expected a ${ARRAYS[this.dtype].name} (dtype ${this.dtype}), found ${describe(x)}`
    }
    if (x.length !== this.size) {
      return `expected ${this.size} elements (shape [${this.shape.join(', ')}]), found ${x.length}`
    }
    const outside = x.findIndex((value, i) => !(value >= this.low[i]! && value <= this.high[i]!))
    if (outside < 0) return undefined
    const bounds = `[${this.low[outside]!}, ${this.high[outside]!}]`
    return `element ${outside} is ${x[outside]!}, outside ${bounds}: clip it or widen the space`
  }

  override toJSON(): BoxJson {
    const { kind, dtype, shape } = this
    return { kind, dtype, shape, low: boundToJson(this.low), high: boundToJson(this.high) }
  }

  override toString(): string {
    const shape = this.shape.length === 1 ? `${this.shape.join('')},` : this.shape.join(', ')
    return `Box(${boundToString(this.low)}, ${boundToString(this.high)}, (${shape}), ${this.dtype})`
  }

  protected override draw(rng: Rng): ArrayOf[D] {
    const value = zeros(this.dtype, this.size)
    const integer = INTEGER_RANGE[this.dtype] !== undefined
    for (let i = 0; i < this.size; i++) {
      const low = this.low[i]!
      const high = this.high[i]!
      value[i] = integer ? rng.randInt(low, high + 1) : drawReal(rng, low, high)
    }
    return value
  }
}

/** Gymnasium's Box takes its bounds one after the other. */
function requireBounds(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `Box: its argument is ${describe(options)}; pass one object, such as new Box({ low: -1, high: 1, shape: [3] })`,
    )
  }
  for (const side of ['low', 'high']) {
    const bound = (options as Record<string, unknown>)[side]
    if (typeof bound === 'number' || isList(bound)) continue
    throw new TypeError(`Box: ${side} is ${describe(bound)}; pass a number, or one per element`)
  }
}

function drawReal(rng: Rng, low: number, high: number): number {
  if (low === -Infinity && high === Infinity) return rng.normal()
  if (high === Infinity) return low + rng.exponential()
  if (low === -Infinity) return high - rng.exponential()
  return rng.uniform(low, high)
}

function shapeOfBounds(low: number | ArrayLike<number>, high: number | ArrayLike<number>) {
  if (typeof low !== 'number') return [low.length]
  return typeof high === 'number' ? [] : [high.length]
}

function fillBound(
  side: 'low' | 'high',
  bound: number | ArrayLike<number>,
  dtype: DType,
  target: TypedArray,
): void {
  if (typeof bound !== 'number' && bound.length !== target.length) {
    throw new RangeError(
      `Box: ${side} has ${bound.length} elements for a box of ${target.length}; ` +
        'pass one number, or one per element',
    )
  }
  for (let i = 0; i < target.length; i++) {
    target[i] = checkBound(side, typeof bound === 'number' ? bound : bound[i]!, dtype)
  }
}

function checkBound(side: 'low' | 'high', value: number, dtype: DType): number {
  const range = INTEGER_RANGE[dtype]
  if (range !== undefined) {
    if (Number.isInteger(value) && value >= range[0] && value <= range[1]) return value
    const limits = `integers from ${range[0]} to ${range[1]}`
    throw new RangeError(`Box: ${side} is ${value}; pass ${limits} for dtype ${dtype}`)
  }
  const wrongEnd = side === 'low' ? Infinity : -Infinity
  if (!Number.isNaN(value) && value !== wrongEnd) return value
  throw new RangeError(`Box: ${side} is ${value}; pass a number or ${-wrongEnd}`)
}

function checkOrder(low: TypedArray, high: TypedArray): void {
  const bad = low.findIndex((value, i) => value > high[i]!)
  if (bad < 0) return
  throw new RangeError(
    `Box: low[${bad}] = ${low[bad]!} is above high[${bad}] = ${high[bad]!}; pass low <= high`,
  )
}

/** One number where all elements agree, as images would fill pages otherwise. */
function boundToJson(bound: TypedArray): BoundJson {
  const items = Array.from(bound, (value) => {
    if (Number.isFinite(value)) return value
    return value > 0 ? ('inf' as const) : ('-inf' as const)
  })
  const first = items[0]!
  return bound.length > 0 && items.every((item) => item === first) ? first : items
}

function boundToString(bound: TypedArray): string {
  const text = Array.from(bound, (value) => numberToString(value, bound))
  const first = text[0]!
  return text.every((item) => item === first) ? first : `[${text.join(' ')}]`
}

/** As NumPy prints an element: floats keep a point, float32 shows its shortest decimal. */
function numberToString(value: number, bound: TypedArray): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const real = bound instanceof Float32Array || bound instanceof Float64Array
  if (Number.isInteger(value)) return real ? value.toFixed(1) : String(value)
  return bound instanceof Float32Array ? shortestFloat32(value) : String(value)
}

function shortestFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(Number(value.toPrecision(9)))
}
