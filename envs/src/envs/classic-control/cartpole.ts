/**
 * CartPole: a pole stands on a cart that moves along a frictionless track; keep it upright by
 * pushing the cart left or right.
 *
 * Action, Discrete(2)
 * | value | meaning |
 * |---|---|
 * | 0 | push the cart to the left, -10 N |
 * | 1 | push the cart to the right, +10 N |
 *
 * Observation, Box float32 [4]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | cart position x | -4.8 | 4.8 | m |
 * | 1 | cart velocity | -inf | inf | m/s |
 * | 2 | pole angle theta from upright | -0.418 (-24°) | 0.418 (24°) | rad |
 * | 3 | pole angular velocity | -inf | inf | rad/s |
 * The bounds of 0 and 2 are twice the values at which the episode ends.
 *
 * Reward: 1 for every step, the failing one too, and 0 for steps after it. With
 * `suttonBartoReward`: 0 while the pole stands, -1 for the failing step and every one after it.
 *
 * Start: each state variable uniform in [-0.05, 0.05); reset options `{ low, high }` change both
 * bounds. Four draws, in the order of the observation.
 *
 * Termination: |x| > 2.4 m or |theta| > 12°, on the float64 state. Truncation: by the time limit,
 * 500 steps in v1 and 200 in v0. Stepping on after the end is allowed.
 *
 * Arguments: `suttonBartoReward` (default false), `kinematicsIntegrator` ('euler', the default, or
 * 'semi-implicit-euler'), `renderMode` ('ansi').
 *
 * Source: Barto, Sutton & Anderson 1983, "Neuronlike adaptive elements that can solve difficult
 * learning control problems"; Gymnasium `classic_control/cartpole.py` (MIT).
 *
 * Versions: v1 (500 steps, threshold 475), v0 (200 steps, threshold 195).
 */

import cos from '@stdlib/math-base-special-cos'
import sin from '@stdlib/math-base-special-sin'
import type { Env, EnvState, RenderMode, ResetArgs, ResetResult, StepResult } from '../../env.ts'
import { readBoolean, readNumbers } from '../../json.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import { Rng, restoreSource, saveSource } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { Discrete } from '../../spaces/discrete.ts'

const GRAVITY = 9.8 // m/s²
const POLE_MASS = 0.1 // kg
const TOTAL_MASS = 1.1 // kg, the cart's 1.0 and the pole's
const POLE_HALF_LENGTH = 0.5 // m
const POLE_MASS_LENGTH = POLE_MASS * POLE_HALF_LENGTH // kg m
const FORCE = 10 // N
const DT = 0.02 // s
const X_THRESHOLD = 2.4 // m
const THETA_THRESHOLD = (12 * 2 * Math.PI) / 360 // rad
const START_BOUND = 0.05 // in each state variable's own unit

/** Number of state variables: x, x_dot, theta, theta_dot. */
export const CARTPOLE_STATE_SIZE = 4

export type KinematicsIntegrator = 'euler' | 'semi-implicit-euler'

export interface CartPoleOptions {
  /** Reward 0, and -1 for failing, instead of 1 per step. Default: false, as in Gymnasium. */
  suttonBartoReward?: boolean | undefined
  /** Default: 'euler', as in Gymnasium. */
  kinematicsIntegrator?: KinematicsIntegrator | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

/**
 * Moves one cart on by `DT`, in place: x, x_dot, theta, theta_dot at `states[at … at + 3]`. Reads
 * and writes nothing else, so it serves one cart and an array of carts alike.
 *
 * @param states [.., 4] flat float64.
 * @param at index of the cart's x.
 * @param action 0 pushes left, 1 right.
 */
export function dynamics(
  states: Float64Array,
  at: number,
  action: number,
  integrator: KinematicsIntegrator,
): void {
  const xDot = states[at + 1]!
  const theta = states[at + 2]!
  const thetaDot = states[at + 3]!
  const force = action === 1 ? FORCE : -FORCE
  const cosTheta = cos(theta)
  const sinTheta = sin(theta)
  const temp = (force + POLE_MASS_LENGTH * (thetaDot * thetaDot) * sinTheta) / TOTAL_MASS
  const thetaAcc =
    (GRAVITY * sinTheta - cosTheta * temp) /
    (POLE_HALF_LENGTH * (4 / 3 - (POLE_MASS * (cosTheta * cosTheta)) / TOTAL_MASS))
  const xAcc = temp - (POLE_MASS_LENGTH * thetaAcc * cosTheta) / TOTAL_MASS
  const nextXDot = xDot + DT * xAcc
  const nextThetaDot = thetaDot + DT * thetaAcc
  // Explicit Euler moves with the old velocities, semi-implicit Euler with the new ones.
  const explicit = integrator === 'euler'
  states[at] = states[at]! + DT * (explicit ? xDot : nextXDot)
  states[at + 1] = nextXDot
  states[at + 2] = theta + DT * (explicit ? thetaDot : nextThetaDot)
  states[at + 3] = nextThetaDot
}

/** Whether the cart at `states[at … at + 3]` left the track or its pole fell. */
export function hasFailed(states: Float64Array, at: number): boolean {
  return Math.abs(states[at]!) > X_THRESHOLD || Math.abs(states[at + 2]!) > THETA_THRESHOLD
}

export class CartPole implements Env<Float32Array, number> {
  readonly observationSpace = new Box({
    low: [-2 * X_THRESHOLD, -Infinity, -2 * THETA_THRESHOLD, -Infinity],
    high: [2 * X_THRESHOLD, Infinity, 2 * THETA_THRESHOLD, Infinity],
  })
  readonly actionSpace = new Discrete(2)
  readonly renderMode: RenderMode | undefined
  readonly suttonBartoReward: boolean
  readonly kinematicsIntegrator: KinematicsIntegrator
  #state = new Float64Array(CARTPOLE_STATE_SIZE)
  #failed = false // a step of this episode has failed already
  #started = false
  #source: RandomSource

  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: CartPoleOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('CartPole', options, ['suttonBartoReward', 'kinematicsIntegrator', 'renderMode'])
    const { suttonBartoReward = false, kinematicsIntegrator = 'euler', renderMode } = options
    checkChoice('CartPole: suttonBartoReward', suttonBartoReward, [true, false])
    checkChoice('CartPole: kinematicsIntegrator', kinematicsIntegrator, [
      'euler',
      'semi-implicit-euler',
    ])
    checkChoice('CartPole: renderMode', renderMode, [undefined, 'ansi'])
    this.suttonBartoReward = suttonBartoReward
    this.kinematicsIntegrator = kinematicsIntegrator
    this.renderMode = renderMode
    this.#source = source
  }

  get unwrapped(): this {
    return this
  }

  /** @throws RangeError when options.low or options.high are not finite numbers with low ≤ high. */
  reset({ seed, options }: ResetArgs = {}): ResetResult<Float32Array> {
    const [low, high] = startBounds(options)
    if (seed !== undefined) this.#source = new Rng(seed)
    for (let i = 0; i < CARTPOLE_STATE_SIZE; i++) {
      this.#state[i] = low + (high - low) * this.#source.random()
    }
    this.#failed = false
    this.#started = true
    return { obs: Float32Array.from(this.#state), info: {} }
  }

  /** @throws RangeError when the action is neither 0 nor 1; Error before the first reset. */
  step(action: number): StepResult<Float32Array> {
    if (action !== 0 && action !== 1) throw invalidAction(action)
    if (!this.#started) throw new Error('CartPole: step() before reset(); call reset() first')
    dynamics(this.#state, 0, action, this.kinematicsIntegrator)
    const terminated = hasFailed(this.#state, 0)
    const reward = this.#reward(terminated)
    this.#failed ||= terminated
    return { obs: new Float32Array(this.#state), reward, terminated, truncated: false, info: {} }
  }

  #reward(terminated: boolean): number {
    if (this.suttonBartoReward) return terminated ? -1 : 0
    return terminated && this.#failed ? 0 : 1
  }

  getState(): EnvState {
    return {
      state: Array.from(this.#state),
      failed: this.#failed,
      started: this.#started,
      rng: saveSource(this.#source),
    }
  }

  setState(state: EnvState): void {
    const numbers = readNumbers(state, 'state', CARTPOLE_STATE_SIZE)
    const failed = readBoolean(state, 'failed')
    const started = readBoolean(state, 'started')
    this.#source = restoreSource(state['rng'], this.#source)
    this.#state.set(numbers)
    this.#failed = failed
    this.#started = started
  }

  render(): string | undefined {
    return this.renderMode === 'ansi' ? drawCart(this.#state) : undefined
  }

  close(): void {
    // Nothing is held open.
  }
}

/** [low, high) of all four start variables. */
function startBounds(options: ResetArgs['options']): readonly [low: number, high: number] {
  const { low = -START_BOUND, high = START_BOUND, ...unknown } = options ?? {}
  checkKwargs('CartPole: reset options', unknown, [])
  if (!isFiniteNumber(low) || !isFiniteNumber(high) || low > high) {
    throw new RangeError(
      `CartPole: reset options low = ${describe(low)}, high = ${describe(high)}; ` +
        'pass finite numbers with low <= high',
    )
  }
  return [low, high]
}

function isFiniteNumber(x: unknown): x is number {
  return Number.isFinite(x)
}

function invalidAction(action: unknown): RangeError {
  return new RangeError(
    `CartPole: action is ${describe(action)}; pass 0 (push left) or 1 (push right)`,
  )
}

const COLUMNS = 49 // of the track from -2.4 m to 2.4 m, 0.1 m each
const POLE_ROWS = 4

/** The cart on its track, the pole above it (its lean exaggerated to fit text), and the numbers. */
function drawCart(state: Float64Array): string {
  const x = state[0]!
  const theta = state[2]!
  const column = Math.round((COLUMNS - 1) / 2 + (x / X_THRESHOLD) * ((COLUMNS - 1) / 2))
  const lean = theta / THETA_THRESHOLD
  const rows: string[] = []
  for (let row = POLE_ROWS; row >= 1; row--) rows.push(mark(column + Math.round(lean * row), '|'))
  rows.push(mark(column, '#'), '-'.repeat(COLUMNS))
  rows.push(`x ${x.toFixed(3)} m, theta ${((theta * 180) / Math.PI).toFixed(1)} deg`)
  return rows.join('\n')
}

function mark(column: number, symbol: string): string {
  return column < 0 || column >= COLUMNS ? '' : ' '.repeat(column) + symbol
}
