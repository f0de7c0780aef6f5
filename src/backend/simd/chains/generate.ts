/**
 * The function of a chain: for each row, sixteen columns a turn, what is left by single vectors, and the last one to
 * three columns stored lane by lane, since nothing may be written past the end.
 *
 * Its parameter is the address of the record that called it, in which the addresses of the operands and then of the
 * stored results follow the code and the slot. A vector's operands are all loaded before its results are stored, so
 * that a result may take a full operand's place. Shapes are written into the code.
 */
import { float } from '../instruction.ts'
import type { Chain, Operand, Operation } from './chain.ts'
import { OPERATIONS, type Scope } from './operations.ts'
import {
  access,
  type Code,
  constant,
  increase,
  local,
  type LocalType,
  loadWord,
  repeat,
  simd,
  type WasmFunction,
} from './wasm.ts'

/** Words of the record before the addresses. */
const HEADER_WORDS = 2
/** Vectors of one turn. */
const UNROLLED = 4

export function functionOf(chain: Chain): WasmFunction {
  return new Generator(chain).make()
}

/** A pointer that moves along: over an operand that is not one number, or over a stored result. */
interface Walk {
  readonly pointer: number
  /** Bytes of an element. */
  readonly width: number
  /** Whether every row has elements of its own. */
  readonly isFull: boolean
}

/** An operand or a result. */
interface Place {
  /** Local with its address. */
  readonly base: number
  readonly isBoolean: boolean
}

class Generator {
  readonly #chain: Chain
  readonly #locals: LocalType[] = []
  /** Locals that hold four times the same word. */
  readonly #constants = new Map<number, number>()
  readonly #operands: readonly (Operand & Place)[]
  readonly #results: readonly Place[]
  readonly #walks: readonly Walk[]
  /** By operand: its pointer if it is walked, otherwise four times its number. */
  readonly #current: readonly number[]

  constructor(chain: Chain) {
    this.#chain = chain
    const { operands, operations, results } = chain
    this.#operands = operands.map((operand) => ({ ...operand, base: this.#local('i32') }))
    this.#results = results.map((index) => ({
      base: this.#local('i32'),
      isBoolean: operations[index]!.isBoolean,
    }))
    // A row is walked once per row, from its beginning.
    this.#current = this.#operands.map(({ extent, base }) =>
      extent === 'full' ? base : this.#local(extent === 'row' ? 'i32' : 'v128'),
    )
    this.#walks = [
      ...this.#operands.flatMap(({ extent, isBoolean }, i) =>
        extent === 'full' || extent === 'row'
          ? [{ pointer: this.#current[i]!, width: widthOf(isBoolean), isFull: extent === 'full' }]
          : [],
      ),
      ...this.#results.map(({ base, isBoolean }) => ({
        pointer: base,
        width: widthOf(isBoolean),
        isFull: true,
      })),
    ]
  }

  make(): WasmFunction {
    const { rows } = this.#chain
    const row = this.#row()
    const code = rows === 1 ? row : repeat(this.#local('i32'), rows, row)
    return { locals: this.#locals, code: [...this.#preamble(), ...code] }
  }

  /** Addresses, constants and operands of one number. */
  #preamble(): Code {
    return [
      ...[...this.#operands, ...this.#results].flatMap(({ base }, i) =>
        local.set(base, loadWord(local.get(0), 4 * (HEADER_WORDS + i))),
      ),
      ...this.#splats('scalar'),
      ...[...this.#constants].flatMap(([word, index]) => local.set(index, constant(word))),
    ]
  }

  /** Loads of the numbers that stand for four lanes. */
  #splats(extent: 'scalar' | 'column'): Code {
    return this.#operands.flatMap((operand, i) =>
      operand.extent === extent
        ? local.set(this.#current[i]!, access(0x09, [local.get(operand.base)], 0))
        : [],
    )
  }

  #row(): Code {
    const { cols, rows } = this.#chain
    const perTurn = 4 * UNROLLED
    const turns = Math.floor(cols / perTurn)
    const rest = cols % perTurn
    return [
      ...this.#splats('column'),
      ...this.#operands.flatMap(({ extent, base }, i) =>
        extent === 'column'
          ? increase(base, 4)
          : extent === 'row'
            ? local.set(this.#current[i]!, local.get(base))
            : [],
      ),
      ...(turns === 0
        ? []
        : repeat(
            this.#local('i32'),
            turns,
            this.#columns(perTurn),
            this.#advance(perTurn, () => true),
          )),
      ...this.#columns(rest),
      ...(rows === 1 ? [] : this.#advance(rest, ({ isFull }) => isFull)),
    ]
  }

  #advance(columns: number, isMoved: (walk: Walk) => boolean): Code {
    return this.#walks
      .filter(isMoved)
      .flatMap(({ pointer, width }) => increase(pointer, columns * width))
  }

  /** Up to sixteen columns from where the pointers are: first all is computed, then all is stored. */
  #columns(count: number): Code {
    const vectors = Array.from({ length: Math.ceil(count / 4) }, (_, i) => i)
    const computed = vectors.map((i) => this.#vector(4 * i))
    const stores = vectors.map((i) =>
      this.#results.map(({ base, isBoolean }, k) => {
        const value = local.get(computed[i]!.values[this.#chain.results[k]!]!)
        const store = isBoolean ? storeBooleans : storeLanes
        return store(base, 4 * i, value, Math.min(4, count - 4 * i))
      }),
    )
    return [...computed.flatMap(({ code }) => code), ...stores.flat(2)]
  }

  /** Four columns. @returns the operations' results, as locals */
  #vector(column: number): { code: Code; values: readonly number[] } {
    const code: Code[] = []
    const assigned = (value: Code): number => {
      const index = this.#local('v128')
      code.push(local.set(index, value))
      return index
    }
    const values = this.#operands.map(({ extent, isBoolean }, i) => {
      const current = this.#current[i]!
      if (extent === 'scalar' || extent === 'column') return current
      return assigned((isBoolean ? loadBooleans : loadLanes)(current, column))
    })
    for (const operation of this.#chain.operations) {
      values.push(assigned(this.#compute(operation, values)))
    }
    return { code: code.flat(), values: values.slice(this.#operands.length) }
  }

  #compute({ name, inputs, p, q }: Operation, values: readonly number[]): Code {
    const splat = (word: number) => local.get(this.#constant(word))
    const scope: Scope = {
      float: (value) => splat(float(value)),
      int: splat,
      p: () => splat(p),
      q: () => splat(q),
      twice: (value) => {
        const index = this.#local('v128')
        return [local.tee(index, value), local.get(index)]
      },
    }
    const [x = [], y = [], z = []] = inputs.map((input) => local.get(values[input]!))
    return OPERATIONS[name]!(scope, x, y, z)
  }

  #constant(word: number): number {
    const known = this.#constants.get(word)
    if (known !== undefined) return known
    const index = this.#local('v128')
    this.#constants.set(word, index)
    return index
  }

  /** Local 0 is the parameter. */
  #local(type: LocalType): number {
    return this.#locals.push(type)
  }
}

function widthOf(isBoolean: boolean): number {
  return isBoolean ? 1 : 4
}

function loadLanes(pointer: number, column: number): Code {
  return access(0x00, [local.get(pointer)], 4 * column)
}

/** Four bytes as four i32. */
function loadBooleans(pointer: number, column: number): Code {
  return simd(0xa9, simd(0x89, access(0x5c, [local.get(pointer)], column)))
}

function storeLanes(pointer: number, column: number, value: Code, count: number): Code {
  const [to, offset] = [local.get(pointer), 4 * column]
  if (count === 4) return access(0x0b, [to, value], offset)
  const pair = count >= 2 ? access(0x5b, [to, value], offset, 0) : []
  const last = count % 2 === 1 ? access(0x5a, [to, value], offset + 4 * (count - 1), count - 1) : []
  return [...pair, ...last]
}

/** Four i32 of 0 or 1 as bytes. */
function storeBooleans(pointer: number, column: number, value: Code, count: number): Code {
  const to = local.get(pointer)
  const halves = simd(0x85, value, value)
  const bytes = simd(0x66, halves, halves)
  if (count === 4) return access(0x5a, [to, bytes], column, 0)
  const pair = count >= 2 ? access(0x59, [to, bytes], column, 0) : []
  const last = count % 2 === 1 ? access(0x58, [to, bytes], column + count - 1, count - 1) : []
  return [...pair, ...last]
}
