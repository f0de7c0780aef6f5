/**
 * Optimizer steps over a contiguous range of parameters, each in one pass: Adam (Kingma & Ba 2015,
 * ε outside the root), Adamax (the paper's, with ε inside the maximum), RMSProp (ε inside or outside
 * the root, centred or not), SGD with momentum or Nesterov; and the global norm for clipping.
 *
 * Scalars come from memory, `settings`, so that a recorded program can change the learning rate and
 * the step without being recorded again. Its float32 slots are named below; the host computes 1 - β
 * and the bias corrections in double precision, because 1 - 0.999 in float32 is off by 1.3e-5. Slot
 * 0 multiplies every gradient first, for clipping.
 *
 * Denormals: a decaying moment would stick at a few units of the smallest float32 (0.9 of 3 units
 * rounds to 3) and slow the whole step 2 to 3 times in long runs. Adding a tiny constant and taking
 * it away again (`quench`) rounds a moment to a multiple of a normal number: of 2^-83 for a first
 * moment, so that its product with a learning rate is normal too, of 2^-123 for a second one, both
 * far below anything that moves a parameter. Parameters are rounded like first moments: with weight
 * normalization, the directions of inputs that are always 0 (a dead ReLU) decay exponentially, and after
 * 100,000 updates the products with them were what slowed a run down by a third. That costs 17 % of a step of Adam, so Adam and Adamax do
 * it only when slot QUENCH is not 0: the host sets it every 16th step, by the step's number, for in
 * 16 steps a decay of 0.5 or slower cannot take 2^-83 to where numbers turn denormal. RMSProp and SGD
 * do it in every step.
 */
import { F32, storeUpTo4, zero } from './vector'

/** Slots of `settings`, in float32. */
const GRADIENT_SCALE: usize = 0
const DECAY_1: usize = 4 // Adam, Adamax: β1; SGD: momentum
const ONE_MINUS_DECAY_1: usize = 8
const DECAY_2: usize = 12 // Adam, Adamax: β2; RMSProp: α
const ONE_MINUS_DECAY_2: usize = 16
const STEP_SIZE: usize = 20 // Adam, Adamax: lr / (1 - β1^t); RMSProp, SGD: lr
const CORRECTION_2: usize = 24 // Adam: 1 / (1 - β2^t)
const EPSILON: usize = 28
const QUENCH: usize = 32 // not 0: round the moments in this step

/** Bytes of `settings`. */
export const OPTIMIZER_SETTINGS_BYTES: i32 = 36
/** Every so many steps the host sets the slot QUENCH. */
export const OPTIMIZER_QUENCH_INTERVAL: i32 = 16

export const RMSPROP_EPSILON_INSIDE: i32 = 1
export const RMSPROP_CENTERED: i32 = 2

export const SGD_PLAIN: i32 = 0
export const SGD_MOMENTUM: i32 = 1
export const SGD_NESTEROV: i32 = 2

const FIRST_MOMENT_QUENCH: f32 = 8.673617379884035e-19 // 2^-60
const PARAMETER_QUENCH: f32 = 8.673617379884035e-19 // 2^-60
const SECOND_MOMENT_QUENCH: f32 = 7.888609052210118e-31 // 2^-100

/** m ← β1 m + (1-β1) g; v ← β2 v + (1-β2) g²; p ← p - lr m̂ / (√v̂ + ε). All [n]. */
export function adam(p: usize, g: usize, m: usize, v: usize, n: i32, settings: usize): void {
  if (load<f32>(settings, QUENCH)) adamLoop(p, g, m, v, n, settings, true)
  else adamLoop(p, g, m, v, n, settings, false)
}

/** m as in `adam`; u ← max(β2 u, |g| + ε); p ← p - lr/(1-β1^t) m / u. All [n]. */
export function adamax(p: usize, g: usize, m: usize, u: usize, n: i32, settings: usize): void {
  if (load<f32>(settings, QUENCH)) adamaxLoop(p, g, m, u, n, settings, true)
  else adamaxLoop(p, g, m, u, n, settings, false)
}

/**
 * s ← α s + (1-α) g²; p ← p - lr g / (√s + ε), or √(s + ε) with RMSPROP_EPSILON_INSIDE. Centred,
 * a ← α a + (1-α) g and max(s - a², 0) stands for s under the root; `a` is not touched otherwise.
 */
export function rmsProp(p: usize, g: usize, s: usize, a: usize, n: i32, settings: usize, flags: i32): void {
  switch (flags) {
    case RMSPROP_EPSILON_INSIDE: return rmsPropLoop(p, g, s, a, n, settings, true, false)
    case RMSPROP_CENTERED: return rmsPropLoop(p, g, s, a, n, settings, false, true)
    case RMSPROP_CENTERED | RMSPROP_EPSILON_INSIDE: return rmsPropLoop(p, g, s, a, n, settings, true, true)
    default: rmsPropLoop(p, g, s, a, n, settings, false, false)
  }
}

/** p ← p - lr g; with momentum u ← μ u + g and p ← p - lr u; Nesterov: p ← p - lr (μ u + g). */
export function sgd(p: usize, g: usize, u: usize, n: i32, settings: usize, kind: i32): void {
  switch (kind) {
    case SGD_MOMENTUM: return sgdLoop(p, g, u, n, settings, SGD_MOMENTUM)
    case SGD_NESTEROV: return sgdLoop(p, g, u, n, settings, SGD_NESTEROV)
    default: sgdLoop(p, g, u, n, settings, SGD_PLAIN)
  }
}

/**
 * total (float64, at an 8-byte boundary) ← total + Σ x[n]². Sixteen squares are added up in single precision, in four
 * lanes, the rest in double: as exact as needed, at half the cost of all in double.
 */
export function addSumOfSquares(x: usize, n: i32, total: usize): void {
  let low = f64x2.splat(0), high = f64x2.splat(0)
  for (; n >= 16; n -= 16, x += 64) {
    const squares = fourSquares(v128.load(x), v128.load(x, 16), v128.load(x, 32), v128.load(x, 48))
    low = f64x2.add(low, widenLow(squares))
    high = f64x2.add(high, widenHigh(squares))
  }
  let sum = horizontalSum(f64x2.add(low, high))
  for (; n > 0; n--, x += F32) sum += <f64>load<f32>(x) * <f64>load<f32>(x)
  store<f64>(total, load<f64>(total) + sum)
}

/** a² + b² + c² + d², lane by lane. */
@inline export function fourSquares(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(square4(a), square4(b)), f32x4.add(square4(c), square4(d)))
}

@inline export function widenLow(x: v128): v128 {
  return f64x2.promote_low_f32x4(x)
}

@inline export function widenHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 0))
}

@inline export function horizontalSum(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

// ---- parts of a step ----

@inline function adamLoop(
  p: usize, g: usize, m: usize, v: usize, n: i32, settings: usize, quenching: bool,
): void {
  const scale = v128.load32_splat(settings, GRADIENT_SCALE)
  const correction = v128.load32_splat(settings, CORRECTION_2)
  const epsilon = v128.load32_splat(settings, EPSILON)
  const stepSize = v128.load32_splat(settings, STEP_SIZE)
  for (; n > 0; n -= 4, p += 16, g += 16, m += 16, v += 16) {
    const parameter = v128.load(p)
    const gradient = f32x4.mul(v128.load(g), scale)
    const first = firstMoment(v128.load(m), gradient, settings, quenching)
    const second = secondMoment(v128.load(v), gradient, settings, quenching)
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction)), epsilon)
    // Divide before scaling: first · stepSize alone could be denormal.
    const change = f32x4.mul(f32x4.div(first, root), stepSize)
    storeUpTo4(m, first, n)
    storeUpTo4(v, second, n)
    storeUpTo4(p, moved(parameter, change, quenching), n)
  }
}

@inline function adamaxLoop(
  p: usize, g: usize, m: usize, u: usize, n: i32, settings: usize, quenching: bool,
): void {
  const scale = v128.load32_splat(settings, GRADIENT_SCALE)
  const decay = v128.load32_splat(settings, DECAY_2)
  const epsilon = v128.load32_splat(settings, EPSILON)
  const stepSize = v128.load32_splat(settings, STEP_SIZE)
  for (; n > 0; n -= 4, p += 16, g += 16, m += 16, u += 16) {
    const parameter = v128.load(p)
    const gradient = f32x4.mul(v128.load(g), scale)
    const first = firstMoment(v128.load(m), gradient, settings, quenching)
    const bound = f32x4.max(f32x4.mul(v128.load(u), decay), f32x4.add(f32x4.abs(gradient), epsilon))
    const change = f32x4.mul(f32x4.div(first, bound), stepSize)
    storeUpTo4(m, first, n)
    storeUpTo4(u, bound, n)
    storeUpTo4(p, moved(parameter, change, quenching), n)
  }
}

@inline function firstMoment(m: v128, gradient: v128, settings: usize, quenching: bool): v128 {
  const kept = f32x4.mul(m, v128.load32_splat(settings, DECAY_1))
  const added = f32x4.mul(gradient, v128.load32_splat(settings, ONE_MINUS_DECAY_1))
  const moment = f32x4.add(kept, added)
  return quenching ? quench(moment, FIRST_MOMENT_QUENCH) : moment
}

@inline function secondMoment(v: v128, gradient: v128, settings: usize, quenching: bool): v128 {
  const kept = f32x4.mul(v, v128.load32_splat(settings, DECAY_2))
  const added = f32x4.mul(f32x4.mul(gradient, gradient), v128.load32_splat(settings, ONE_MINUS_DECAY_2))
  const moment = f32x4.add(kept, added)
  return quenching ? quench(moment, SECOND_MOMENT_QUENCH) : moment
}

/** The parameter after its step. */
@inline function moved(parameter: v128, change: v128, quenching: bool): v128 {
  const next = f32x4.sub(parameter, change)
  return quenching ? quench(next, PARAMETER_QUENCH) : next
}

/** x rounded to a multiple of 2^-23 of `constant`, without which decayed moments turn denormal. */
@inline function quench(x: v128, constant: f32): v128 {
  return f32x4.sub(f32x4.add(x, f32x4.splat(constant)), f32x4.splat(constant))
}

@inline function rmsPropLoop(
  p: usize, g: usize, s: usize, a: usize, n: i32, settings: usize, inside: bool, centered: bool,
): void {
  const scale = v128.load32_splat(settings, GRADIENT_SCALE)
  const epsilon = v128.load32_splat(settings, EPSILON)
  const stepSize = v128.load32_splat(settings, STEP_SIZE)
  for (; n > 0; n -= 4, p += 16, g += 16, s += 16) {
    const parameter = v128.load(p)
    const gradient = f32x4.mul(v128.load(g), scale)
    const second = secondMoment(v128.load(s), gradient, settings, true)
    let variance = second
    if (centered) {
      const average = meanGradient(v128.load(a), gradient, settings, true)
      variance = f32x4.max(f32x4.sub(second, f32x4.mul(average, average)), zero())
      storeUpTo4(a, average, n)
      a += 16
    }
    const root = inside ? f32x4.sqrt(f32x4.add(variance, epsilon)) : f32x4.add(f32x4.sqrt(variance), epsilon)
    const change = f32x4.mul(f32x4.div(gradient, root), stepSize)
    storeUpTo4(s, second, n)
    storeUpTo4(p, moved(parameter, change, true), n)
  }
}

@inline function meanGradient(a: v128, gradient: v128, settings: usize, quenching: bool): v128 {
  const kept = f32x4.mul(a, v128.load32_splat(settings, DECAY_2))
  const added = f32x4.mul(gradient, v128.load32_splat(settings, ONE_MINUS_DECAY_2))
  const moment = f32x4.add(kept, added)
  return quenching ? quench(moment, FIRST_MOMENT_QUENCH) : moment
}

@inline function sgdLoop(p: usize, g: usize, u: usize, n: i32, settings: usize, kind: i32): void {
  const scale = v128.load32_splat(settings, GRADIENT_SCALE)
  const momentum = v128.load32_splat(settings, DECAY_1)
  const stepSize = v128.load32_splat(settings, STEP_SIZE)
  for (; n > 0; n -= 4, p += 16, g += 16) {
    const parameter = v128.load(p)
    let direction = f32x4.mul(v128.load(g), scale)
    if (kind != SGD_PLAIN) {
      const velocity = quench(f32x4.add(f32x4.mul(v128.load(u), momentum), direction), FIRST_MOMENT_QUENCH)
      storeUpTo4(u, velocity, n)
      direction = kind == SGD_MOMENTUM ? velocity : f32x4.add(f32x4.mul(velocity, momentum), direction)
      u += 16
    }
    storeUpTo4(p, moved(parameter, f32x4.mul(direction, stepSize), true), n)
  }
}

@inline function square4(x: v128): v128 {
  return f32x4.mul(x, x)
}
