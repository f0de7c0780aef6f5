/**
 * Chains of elementwise steps: what a step is to a chain, and what a chain is to the generator of its function.
 *
 * All steps of a chain go over the same [rows, cols]. An operand is full, one row for all rows, one number per row
 * (a column), or one number for all.
 */
import type { SimdData } from '../data.ts'
import type { Argument, Codes } from '../instruction.ts'
import { isHostCall, type Step } from '../step.ts'
import { OPERATIONS } from './operations.ts'

export type Extent = 'full' | 'row' | 'column' | 'scalar'

export interface Operand {
  readonly extent: Extent
  /** Elements of one byte, 0 or 1; otherwise of four. */
  readonly isBoolean: boolean
}

export interface Operation {
  /** A name of `OPERATIONS`. */
  readonly name: string
  /** Values: the operands come first, then the operations' results in their order. */
  readonly inputs: readonly number[]
  readonly isBoolean: boolean
  /** Parameters, as bits of float32. */
  readonly p: number
  readonly q: number
}

export interface Chain {
  readonly rows: number
  readonly cols: number
  readonly operands: readonly Operand[]
  readonly operations: readonly Operation[]
  /** Operations whose results are stored. */
  readonly results: readonly number[]
}

export interface Read extends Operand {
  readonly data: SimdData
}

/** A step that a chain may take in. */
export interface Link {
  readonly name: string
  readonly reads: readonly Read[]
  readonly result: SimdData
  readonly isBoolean: boolean
  /** Elements of the result. */
  readonly size: number
  /** Columns, where an operand is a row or a column; any number fits otherwise. */
  readonly cols: number | undefined
  readonly p: number
  readonly q: number
}

/** What a step is to a chain; undefined for a step that none can take in. */
export function linkOf(step: Step, codes: Codes): Link | undefined {
  if (isHostCall(step.run)) return undefined
  const { code, args } = step.run
  const operation = LAYOUTS.find(({ name }) => codes[name] === code)
  const link = operation?.read(args, codes)
  return link && isWhole(link) ? link : undefined
}

/** Whether every operand is as large as the loop will read it, and begins where its data does. */
function isWhole({ reads, result, isBoolean, size, cols = size }: Link): boolean {
  const elements = { full: size, row: cols, column: size / cols, scalar: 1 }
  return (
    size > 0 &&
    result.bytes === size * (isBoolean ? 1 : 4) &&
    reads.every((read) => read.data.bytes === elements[read.extent] * (read.isBoolean ? 1 : 4))
  )
}

/** How a record of an operation is read. */
interface Layout {
  readonly name: string
  readonly read: (args: readonly Argument[], codes: Codes) => Link | undefined
}

const LAYOUTS: readonly Layout[] = [
  {
    name: 'OP_UNARY',
    read: ([kind, x, y, n, p, q], codes) =>
      link(nameOf('UNARY', kind, codes), [full(x)], y, n, { p: Number(p), q: Number(q) }),
  },
  { name: 'OP_BINARY', read: (args, codes) => broadcast('BINARY', args, codes) },
  { name: 'OP_COMPARE', read: (args, codes) => broadcast('COMPARE', args, codes) },
  {
    name: 'OP_ACTIVATION_GRADIENT',
    read: ([kind, dy, y, dx, n], codes) =>
      link(nameOf('GRADIENT', kind, codes), [full(dy), full(y)], dx, n),
  },
  {
    name: 'OP_LOGICAL',
    read: ([kind, a, b, y, n], codes) =>
      link(nameOf('LOGICAL', kind, codes), [full(a, true), full(b, true)], y, n, {
        isBoolean: true,
      }),
  },
  {
    name: 'OP_SELECT',
    read: ([condition, a, b, y, n]) =>
      link('SELECT', [full(condition, true), full(a), full(b)], y, n),
  },
  { name: 'OP_BOOL_TO_FLOAT', read: ([x, y, n]) => link('BOOL_TO_FLOAT', [full(x, true)], y, n) },
  { name: 'OP_INT_TO_FLOAT', read: ([x, y, n]) => link('INT_TO_FLOAT', [full(x)], y, n) },
]

/** The operation's name, if chains know it. */
function nameOf(family: string, kind: Argument | undefined, codes: Codes): string | undefined {
  return Object.keys(OPERATIONS).find(
    (name) => name.startsWith(`${family}_`) && codes[name] === kind,
  )
}

/** A binary step, whose operands may be broadcast (kernels/elementwise.ts). */
function broadcast(
  family: 'BINARY' | 'COMPARE',
  [kind, mode, a, b, y, rowsArg, colsArg, aRow, bRow]: readonly Argument[],
  codes: Codes,
): Link | undefined {
  const [rows, cols] = [Number(rowsArg), Number(colsArg)]
  const extentOf = (isScalar: boolean, stride: Argument | undefined): Extent | undefined => {
    if (rows * cols === 1) return 'full'
    if (rows === 1) return isScalar ? 'scalar' : 'full'
    if (isScalar) return stride === 4 ? (cols === 1 ? 'full' : 'column') : undefined
    return stride === 4 * cols ? 'full' : stride === 0 ? 'row' : undefined
  }
  const x = extentOf(mode === codes['MODE_SCALAR_VECTOR'], aRow)
  const z = extentOf(mode === codes['MODE_VECTOR_SCALAR'], bRow)
  if (!x || !z) return undefined
  const reads = [
    { arg: a, extent: x, isBoolean: false },
    { arg: b, extent: z, isBoolean: false },
  ]
  const isRagged = [x, z].some((extent) => extent === 'row' || extent === 'column')
  return link(nameOf(family, kind, codes), reads, y, rows * cols, {
    isBoolean: family === 'COMPARE',
    cols: isRagged ? cols : undefined,
  })
}

interface ReadArgument extends Operand {
  readonly arg: Argument | undefined
}

function full(arg: Argument | undefined, isBoolean = false): ReadArgument {
  return { arg, extent: 'full', isBoolean }
}

function link(
  name: string | undefined,
  reads: readonly ReadArgument[],
  result: Argument | undefined,
  size: Argument | undefined,
  options: Partial<Pick<Link, 'isBoolean' | 'cols' | 'p' | 'q'>> = {},
): Link | undefined {
  const { isBoolean = false, cols, p = 0, q = 0 } = options
  const found = reads.flatMap(({ arg, extent, isBoolean: isByte }) => {
    const data = dataOf(arg)
    return data ? [{ data, extent, isBoolean: isByte }] : []
  })
  const y = dataOf(result)
  if (name === undefined || !y || found.length < reads.length) return undefined
  return { name, reads: found, result: y, isBoolean, size: Number(size), cols, p, q }
}

/** The data that an argument is, from its beginning. */
function dataOf(arg: Argument | undefined): SimdData | undefined {
  return typeof arg === 'object' && (arg.offset ?? 0) === 0 ? arg.data : undefined
}
