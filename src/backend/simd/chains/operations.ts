/**
 * What elementwise operations do to four lanes: the same instructions in the same order as the kernels'
 * (assembly/elementwise.ts, vector.ts), so that a chain has the bits of its steps.
 *
 * Booleans are four i32 of 0 or 1. Left out: operations that cost more than the loop around them (exp, tanh, …), whose
 * results may as well go through memory; pow, sin, cos and tan, which go lane by lane.
 */
import { type Code, simd } from './wasm.ts'

/** What an operation may use besides its operands. */
export interface Scope {
  /** Four times that float32. */
  readonly float: (value: number) => Code
  /** Four times that int32. */
  readonly int: (value: number) => Code
  /** The step's parameters, four times. */
  readonly p: () => Code
  readonly q: () => Code
  /** A value that is needed twice: how to make it, and how to get it again. */
  readonly twice: (value: Code) => readonly [Code, Code]
}

/** Code for one step; operands that it does not have are empty. */
type Operation = (scope: Scope, x: Code, y: Code, z: Code) => Code

const instruction =
  (opcode: number) =>
  (...operands: readonly Code[]) =>
    simd(opcode, ...operands)

const notEqualInt = instruction(0x38)
const equal = instruction(0x41)
const notEqual = instruction(0x42)
const less = instruction(0x43)
const greater = instruction(0x44)
const lessEqual = instruction(0x45)
const greaterEqual = instruction(0x46)
const and = instruction(0x4e)
const or = instruction(0x50)
const xor = instruction(0x51)
const bitselect = instruction(0x52)
const ceil = instruction(0x67)
const floor = instruction(0x68)
const nearest = instruction(0x6a)
const abs = instruction(0xe0)
const neg = instruction(0xe1)
const sqrt = instruction(0xe3)
const add = instruction(0xe4)
const sub = instruction(0xe5)
const mul = instruction(0xe6)
const div = instruction(0xe7)
const min = instruction(0xe8)
const max = instruction(0xe9)
const pmin = instruction(0xea)
const pmax = instruction(0xeb)
const convert = instruction(0xfa)

/** By the name of the step's code. The operands' code is read more than once: it must be cheap, as a local is. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  UNARY_RELU: relu,
  UNARY_RELU6: (scope, x) => pmin(relu(scope, x), scope.float(6)),
  UNARY_NEG: (_, x) => neg(x),
  UNARY_ABS: (_, x) => abs(x),
  UNARY_SQRT: (_, x) => sqrt(x),
  UNARY_RSQRT: ({ float }, x) => div(float(1), sqrt(x)),
  UNARY_SQUARE: (_, x) => mul(x, x),
  UNARY_RECIPROCAL: ({ float }, x) => div(float(1), x),
  UNARY_SIGN: ({ float }, x) =>
    or(and(greater(x, float(0)), float(1)), and(less(x, float(0)), float(-1))),
  UNARY_FLOOR: (_, x) => floor(x),
  UNARY_CEIL: (_, x) => ceil(x),
  UNARY_ROUND: (_, x) => nearest(x),
  UNARY_STEP: (scope, x) => or(step(scope, x), and(lessEqual(x, scope.float(0)), scope.p())),
  UNARY_CLIP: ({ p, q }, x) => pmin(pmax(x, p()), q()),
  UNARY_LEAKY_RELU: ({ float, p }, x) => bitselect(mul(x, p()), x, less(x, float(0))),
  UNARY_LINEAR: ({ p, q }, x) => add(mul(x, p()), q()),

  BINARY_ADD: (_, x, y) => add(x, y),
  BINARY_SUB: (_, x, y) => sub(x, y),
  BINARY_MUL: (_, x, y) => mul(x, y),
  BINARY_DIV: (_, x, y) => div(x, y),
  BINARY_MAX: (_, x, y) => max(x, y),
  BINARY_MIN: (_, x, y) => min(x, y),
  BINARY_SQUARED_DIFFERENCE: ({ twice }, x, y) => mul(...twice(sub(x, y))),

  GRADIENT_RELU: (scope, dy, y) => mul(dy, step(scope, y)),
  GRADIENT_TANH: ({ float }, dy, y) => mul(dy, sub(float(1), mul(y, y))),
  GRADIENT_SIGMOID: ({ float }, dy, y) => mul(dy, mul(y, sub(float(1), y))),
  GRADIENT_ELU: ({ float }, dy, y) =>
    bitselect(dy, mul(dy, add(y, float(1))), greaterEqual(y, float(0))),

  COMPARE_EQUAL: ({ int }, x, y) => and(equal(x, y), int(1)),
  COMPARE_NOT_EQUAL: ({ int }, x, y) => and(notEqual(x, y), int(1)),
  COMPARE_LESS: ({ int }, x, y) => and(less(x, y), int(1)),
  COMPARE_LESS_EQUAL: ({ int }, x, y) => and(lessEqual(x, y), int(1)),
  COMPARE_GREATER: ({ int }, x, y) => and(greater(x, y), int(1)),
  COMPARE_GREATER_EQUAL: ({ int }, x, y) => and(greaterEqual(x, y), int(1)),

  LOGICAL_AND: (_, x, y) => and(x, y),
  LOGICAL_OR: (_, x, y) => or(x, y),
  LOGICAL_NOT: ({ int }, x) => xor(x, int(1)),

  SELECT: ({ int }, condition, x, y) => bitselect(x, y, notEqualInt(condition, int(0))),
  BOOL_TO_FLOAT: (_, x) => convert(x),
  INT_TO_FLOAT: (_, x) => convert(x),
}

/** max(x, 0) that keeps NaN and turns -0 into +0. */
function relu({ float }: Scope, x: Code): Code {
  return add(pmax(x, float(0)), float(0))
}

/** 1 where x > 0, else 0; NaN stays NaN. */
function step({ float }: Scope, x: Code): Code {
  return or(and(greater(x, float(0)), float(1)), and(notEqual(x, x), x))
}
