/**
 * The interpreter: walks the records of a plan and calls a kernel for each. A plain `switch` costs less than a
 * nanosecond a record, and keeps a whole update in one call from JavaScript.
 *
 * A record has RECORD_WORDS words: the operation's code, then the kernel's arguments in their order, float32 ones by
 * their bits.
 */
import { boolToInt, floatToBool, floatToInt } from './cast'
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from './conv2d'
import { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise'
import { activationGradient, binary, boolToFloat, compare, intToFloat, logical, select, unary } from './elementwise'
import { gather, gatherNd, scatterNd, segmentSum } from './indexed'
import { fill, oneHot, transpose } from './movement'
import { matmul, matmulBatch } from './matmul'
import { adam, adamax, addSumOfSquares, rmsProp, sgd } from './optimizer'
import { maxPool, maxPoolGradient, meanPool, meanPoolGradient } from './pooling'
import { argReduce, boolReduce, logSoftmax, reduceInner, reduceOuter, softmax } from './reduce'
import { scan } from './scan'
import { concat, pad, stridedCopy } from './strided'
import { weightNormFold, weightNormGradient, weightNormScale } from './weightnorm'

export const RECORD_WORDS: i32 = 24
const RECORD_BYTES: usize = 96

export const OP_COPY: i32 = 0
export const OP_FILL: i32 = 1
export const OP_MATMUL: i32 = 2
export const OP_MATMUL_BATCH: i32 = 3
export const OP_UNARY: i32 = 4
export const OP_BINARY: i32 = 5
export const OP_COMPARE: i32 = 6
export const OP_ACTIVATION_GRADIENT: i32 = 7
export const OP_LOGICAL: i32 = 8
export const OP_SELECT: i32 = 9
export const OP_BOOL_TO_FLOAT: i32 = 10
export const OP_INT_TO_FLOAT: i32 = 11
export const OP_REDUCE_INNER: i32 = 12
export const OP_REDUCE_OUTER: i32 = 13
export const OP_ARG_REDUCE: i32 = 14
export const OP_BOOL_REDUCE: i32 = 15
export const OP_SOFTMAX: i32 = 16
export const OP_LOG_SOFTMAX: i32 = 17
export const OP_ONE_HOT: i32 = 18
export const OP_TRANSPOSE: i32 = 19
export const OP_GATHER: i32 = 20
export const OP_CONV2D: i32 = 21
export const OP_CONV2D_INPUT_GRADIENT: i32 = 22
export const OP_CONV2D_FILTER_GRADIENT: i32 = 23
export const OP_WEIGHT_NORM_FOLD: i32 = 24
export const OP_WEIGHT_NORM_GRADIENT: i32 = 25
export const OP_SUM_OF_SQUARES: i32 = 26
export const OP_ADAM: i32 = 27
export const OP_ADAMAX: i32 = 28
export const OP_RMSPROP: i32 = 29
export const OP_SGD: i32 = 30
export const OP_OPTIMIZER_SETTINGS: i32 = 31
export const OP_WEIGHT_NORM_SCALE: i32 = 32
export const OP_CALL: i32 = 33 // a function made for one chain of steps: simd/chains
export const OP_STRIDED_COPY: i32 = 40
export const OP_PAD: i32 = 41
export const OP_CONCAT: i32 = 42
export const OP_GATHER_ND: i32 = 43
export const OP_SCATTER_ND: i32 = 44
export const OP_SEGMENT_SUM: i32 = 45
export const OP_MAX_POOL: i32 = 46
export const OP_MEAN_POOL: i32 = 47
export const OP_MAX_POOL_GRADIENT: i32 = 48
export const OP_MEAN_POOL_GRADIENT: i32 = 49
export const OP_DEPTHWISE: i32 = 50
export const OP_DEPTHWISE_INPUT_GRADIENT: i32 = 51
export const OP_DEPTHWISE_FILTER_GRADIENT: i32 = 52
export const OP_SCAN: i32 = 53
export const OP_FLOAT_TO_INT: i32 = 54
export const OP_FLOAT_TO_BOOL: i32 = 55
export const OP_BOOL_TO_INT: i32 = 56

@inline
function w(record: usize, index: usize): i32 {
  return load<i32>(record + (index << 2))
}

@inline
function p(record: usize, index: usize): usize {
  return load<u32>(record + (index << 2))
}

@inline
function f(record: usize, index: usize): f32 {
  return load<f32>(record + (index << 2))
}

/** The slots that optimizer.ts reads, in their order. */
function optimizerSettings(
  settings: usize, decay1: f32, rest1: f32, decay2: f32, rest2: f32, stepSize: f32, correction: f32, epsilon: f32,
  quench: f32, gradientScale: f32,
): void {
  store<f32>(settings, gradientScale)
  store<f32>(settings, decay1, 4)
  store<f32>(settings, rest1, 8)
  store<f32>(settings, decay2, 12)
  store<f32>(settings, rest2, 16)
  store<f32>(settings, stepSize, 20)
  store<f32>(settings, correction, 24)
  store<f32>(settings, epsilon, 28)
  store<f32>(settings, quench, 32)
}

/** y = Σ x[n]² as float32, summed in double precision in `total`. */
function sumOfSquares(x: usize, y: usize, n: i32, total: usize): void {
  store<f64>(total, 0)
  addSumOfSquares(x, n, total)
  store<f32>(y, <f32>load<f64>(total))
}

/** Executes `count` records, the first of which is at `plan`. */
export function run(plan: usize, count: i32): void {
  for (let r = plan; count > 0; count--, r += RECORD_BYTES) execute(r)
}

function execute(r: usize): void {
  switch (w(r, 0)) {
    case OP_COPY: return memory.copy(p(r, 1), p(r, 2), p(r, 3))
    case OP_FILL: return fill(p(r, 1), w(r, 2), f(r, 3))
    case OP_MATMUL:
      return matmul(p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), w(r, 8), p(r, 9), p(r, 10))
    case OP_MATMUL_BATCH:
      return matmulBatch(
        p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), p(r, 8),
        w(r, 9), p(r, 10), p(r, 11), p(r, 12),
      )
    case OP_UNARY: return unary(w(r, 1), p(r, 2), p(r, 3), w(r, 4), f(r, 5), f(r, 6))
    case OP_BINARY:
      return binary(w(r, 1), w(r, 2), p(r, 3), p(r, 4), p(r, 5), w(r, 6), w(r, 7), p(r, 8), p(r, 9))
    case OP_COMPARE:
      return compare(w(r, 1), w(r, 2), p(r, 3), p(r, 4), p(r, 5), w(r, 6), w(r, 7), p(r, 8), p(r, 9))
    case OP_ACTIVATION_GRADIENT: return activationGradient(w(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5))
    case OP_LOGICAL: return logical(w(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5))
    case OP_SELECT: return select(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5))
    case OP_BOOL_TO_FLOAT: return boolToFloat(p(r, 1), p(r, 2), w(r, 3))
    case OP_INT_TO_FLOAT: return intToFloat(p(r, 1), p(r, 2), w(r, 3))
    case OP_REDUCE_INNER: return reduceInner(w(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5))
    case OP_REDUCE_OUTER: return reduceOuter(w(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5))
    case OP_ARG_REDUCE: return argReduce(w(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), p(r, 6), p(r, 7))
    case OP_BOOL_REDUCE: return boolReduce(w(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), p(r, 6), p(r, 7))
    case OP_SOFTMAX: return softmax(p(r, 1), p(r, 2), w(r, 3), w(r, 4), p(r, 5))
    case OP_LOG_SOFTMAX: return logSoftmax(p(r, 1), p(r, 2), w(r, 3), w(r, 4), p(r, 5))
    case OP_ONE_HOT: return oneHot(p(r, 1), p(r, 2), w(r, 3), w(r, 4), w(r, 5), w(r, 6))
    case OP_TRANSPOSE: return transpose(p(r, 1), p(r, 2), w(r, 3), w(r, 4))
    case OP_GATHER:
      return gather(p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), w(r, 8))
    case OP_CONV2D: return conv2d(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), p(r, 6), p(r, 7))
    case OP_CONV2D_INPUT_GRADIENT:
      return conv2dInputGradient(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), p(r, 6), p(r, 7))
    case OP_CONV2D_FILTER_GRADIENT: return conv2dFilterGradient(p(r, 1), p(r, 2), p(r, 3), p(r, 4))
    case OP_WEIGHT_NORM_FOLD:
      return weightNormFold(p(r, 1), p(r, 2), p(r, 3), p(r, 4), p(r, 5), w(r, 6), w(r, 7))
    case OP_WEIGHT_NORM_SCALE: return weightNormScale(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), w(r, 6))
    case OP_WEIGHT_NORM_GRADIENT:
      return weightNormGradient(p(r, 1), p(r, 2), p(r, 3), p(r, 4), p(r, 5), p(r, 6), w(r, 7), w(r, 8), p(r, 9))
    case OP_CALL: return call_indirect<void>(w(r, 1), r)
    case OP_SUM_OF_SQUARES: return sumOfSquares(p(r, 1), p(r, 2), w(r, 3), p(r, 4))
    case OP_ADAM: return adam(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), p(r, 6))
    case OP_ADAMAX: return adamax(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), p(r, 6))
    case OP_RMSPROP: return rmsProp(p(r, 1), p(r, 2), p(r, 3), p(r, 4), w(r, 5), p(r, 6), w(r, 7))
    case OP_SGD: return sgd(p(r, 1), p(r, 2), p(r, 3), w(r, 4), p(r, 5), w(r, 6))
    case OP_OPTIMIZER_SETTINGS:
      return optimizerSettings(
        p(r, 1), f(r, 2), f(r, 3), f(r, 4), f(r, 5), load<f32>(p(r, 6)), load<f32>(p(r, 7)), f(r, 8), load<f32>(p(r, 9)),
        load<f32>(p(r, 10)),
      )
    // What follows the operands in these records is a table, which the kernel reads in its place.
    case OP_STRIDED_COPY: return stridedCopy(p(r, 1), p(r, 2), r + 12)
    case OP_PAD: return pad(p(r, 1), p(r, 2), r + 12, w(r, 21), f(r, 22), p(r, 23))
    case OP_CONCAT: return concat(p(r, 1), w(r, 2), p(r, 3), w(r, 4), r + 20)
    case OP_GATHER_ND: return gatherNd(p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), r + 32)
    case OP_SCATTER_ND: return scatterNd(p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), r + 32)
    case OP_SEGMENT_SUM: return segmentSum(p(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6))
    case OP_MAX_POOL: return maxPool(p(r, 1), p(r, 2), r + 12)
    case OP_MEAN_POOL: return meanPool(p(r, 1), p(r, 2), r + 12)
    case OP_MAX_POOL_GRADIENT: return maxPoolGradient(p(r, 1), p(r, 2), p(r, 3), r + 16)
    case OP_MEAN_POOL_GRADIENT: return meanPoolGradient(p(r, 1), p(r, 2), r + 12)
    case OP_DEPTHWISE: return depthwise(p(r, 1), p(r, 2), p(r, 3), r + 16)
    case OP_DEPTHWISE_INPUT_GRADIENT: return depthwiseInputGradient(p(r, 1), p(r, 2), p(r, 3), r + 16)
    case OP_DEPTHWISE_FILTER_GRADIENT: return depthwiseFilterGradient(p(r, 1), p(r, 2), p(r, 3), r + 16)
    case OP_SCAN: return scan(w(r, 1), p(r, 2), p(r, 3), w(r, 4), w(r, 5), w(r, 6), w(r, 7), w(r, 8))
    case OP_FLOAT_TO_INT: return floatToInt(p(r, 1), p(r, 2), w(r, 3))
    case OP_FLOAT_TO_BOOL: return floatToBool(p(r, 1), p(r, 2), w(r, 3))
    case OP_BOOL_TO_INT: return boolToInt(p(r, 1), p(r, 2), w(r, 3))
    default: unreachable()
  }
}
