/**
 * What happens to a finished sum on its way into C: the last step of matrix products and convolutions.
 *
 * `epilogue` is a constant wherever these functions are inlined, so that each compiled kernel holds
 * one of them. `aux` is its operand, at the place that belongs to the vector being stored.
 */
import { relu4, step4 } from './vector'

export const EPILOGUE_NONE: i32 = 0
export const EPILOGUE_BIAS: i32 = 1 // + aux[n]
export const EPILOGUE_BIAS_RELU: i32 = 2 // max(0, · + aux[n])
export const EPILOGUE_ACCUMULATE: i32 = 3 // C + ·
export const EPILOGUE_RELU_GRADIENT: i32 = 4 // · × step(aux[m,n]), the backward pass through a ReLU

@inline export function finish(sum: v128, c: usize, aux: usize, epilogue: i32): v128 {
  if (epilogue == EPILOGUE_BIAS) return f32x4.add(sum, v128.load(aux))
  if (epilogue == EPILOGUE_BIAS_RELU) return relu4(f32x4.add(sum, v128.load(aux)))
  if (epilogue == EPILOGUE_ACCUMULATE) return f32x4.add(v128.load(c), sum)
  if (epilogue == EPILOGUE_RELU_GRADIENT) return f32x4.mul(sum, step4(v128.load(aux)))
  return sum
}

@inline export function store8(c: usize, s0: v128, s1: v128, aux: usize, epilogue: i32): void {
  v128.store(c, finish(s0, c, aux, epilogue))
  v128.store(c, finish(s1, c + 16, aux + 16, epilogue), 16)
}

@inline export function store16(c: usize, s0: v128, s1: v128, s2: v128, s3: v128, aux: usize, epilogue: i32): void {
  store8(c, s0, s1, aux, epilogue)
  store8(c + 32, s2, s3, aux + 32, epilogue)
}
