/**
 * Hand-written policies for the Box2D environments, to see them done, to test them and to start
 * from: proportional-derivative control of a few targets. The gains are those of Gymnasium's
 * heuristics (MIT), but for the walker's push-off, which ends at 1.1 instead of 1.2 times the
 * speed that is aimed at: with 1.2 it falls forward on planck in 19 episodes of 20. Mean returns
 * over the seeds 0 to 99: lander 228, continuous 283, walker 313 (98 episodes above 200); none is
 * made for wind or for hardcore ground, where the walker trips over the first obstacle.
 */

import { clip } from '../../numbers.ts'

const ANGLE_LIMIT = 0.4 // rad, the steepest that the lander leans
const DEAD_ZONE = 0.05 // below this the discrete lander fires nothing

/**
 * Flies LunarLander down: leans towards the pad, keeps a height that shrinks with the distance from
 * it, and lets the legs settle once one of them stands.
 *
 * @param obs [8]
 * @returns a discrete action.
 */
export function lunarLanderHeuristic(obs: ArrayLike<number>): number {
  const { turn, climb } = landerTargets(obs)
  if (climb > Math.abs(turn) && climb > DEAD_ZONE) return 2
  if (turn < -DEAD_ZONE) return 3
  return turn > DEAD_ZONE ? 1 : 0
}

/** The same policy for `continuous`. @returns [2] throttles in [-1, 1], a new array. */
export function lunarLanderContinuousHeuristic(obs: ArrayLike<number>): Float32Array {
  const { turn, climb } = landerTargets(obs)
  return Float32Array.of(clip(climb * 20 - 1, -1, 1), clip(-turn * 20, -1, 1))
}

/** How much to turn (counter-clockwise) and to climb, in no particular unit. */
function landerTargets(obs: ArrayLike<number>): { turn: number; climb: number } {
  const [x, y, vx, vy, angle, omega] = [obs[0]!, obs[1]!, obs[2]!, obs[3]!, obs[4]!, obs[5]!]
  if (obs[6] !== 0 || obs[7] !== 0) return { turn: 0, climb: -0.5 * vy }
  const lean = clip(0.5 * x + vx, -ANGLE_LIMIT, ANGLE_LIMIT)
  const hover = 0.55 * Math.abs(x)
  return { turn: 0.5 * (lean - angle) - omega, climb: 0.5 * (hover - y) - 0.5 * vy }
}

const SPEED = 0.29 // observed horizontal velocity to walk at
const FAST = 1.1 * SPEED // from here on the push-off ends
const KNEE = 0.1 // observed angle of a knee that carries
const HIP_SWING = 1.1
const KNEE_SWING = -0.6
const HIP_DOWN = 0.1
const KNEE_PUSH = 1
const KNEE_STRETCHED = 0.88
const HIP_OBS = [4, 9] // where each leg's five begin: hip angle and speed, knee's, contact

/**
 * Walks BipedalWalker: swings one leg forward while the other carries, puts it down, pushes off
 * with the other, and changes legs. It remembers which leg it moves: make one per episode.
 */
export class BipedalWalkerHeuristic {
  #phase: 'swing' | 'put-down' | 'push-off' = 'swing'
  #moving = 0
  #carryingKnee = KNEE // target of the carrying leg's knee

  /**
   * @param obs [24]
   * @returns [4] torques in [-1, 1], a new array.
   */
  act(obs: ArrayLike<number>): Float32Array {
    const hips: [number | undefined, number | undefined] = [undefined, undefined]
    const knees: [number | undefined, number | undefined] = [undefined, undefined]
    const moving = this.#moving
    const carrying = 1 - moving
    if (this.#phase === 'swing') {
      hips[moving] = HIP_SWING
      knees[moving] = KNEE_SWING
      this.#stretch(obs[2]!)
      knees[carrying] = this.#carryingKnee
      if (obs[HIP_OBS[carrying]!]! < HIP_DOWN) this.#phase = 'put-down'
    }
    if (this.#phase === 'put-down') {
      hips[moving] = HIP_DOWN
      knees[moving] = KNEE
      knees[carrying] = this.#carryingKnee
      if (obs[HIP_OBS[moving]! + 4] !== 0) {
        this.#phase = 'push-off'
        this.#carryingKnee = Math.min(obs[HIP_OBS[moving]! + 2]!, KNEE)
      }
    }
    if (this.#phase === 'push-off') {
      knees[moving] = this.#carryingKnee
      knees[carrying] = KNEE_PUSH
      if (obs[HIP_OBS[carrying]! + 2]! > KNEE_STRETCHED || obs[2]! > FAST) {
        this.#phase = 'swing'
        this.#moving = carrying
      }
    }
    return torques(obs, hips, knees)
  }

  #stretch(vx: number): void {
    this.#carryingKnee = Math.min(this.#carryingKnee + (vx > SPEED ? 0.06 : 0.03), KNEE)
  }
}

type Targets = readonly [number | undefined, number | undefined]

/** Drives hips and knees to their targets while the hull is kept level and calm. */
function torques(obs: ArrayLike<number>, hips: Targets, knees: Targets): Float32Array {
  const action = new Float32Array(4)
  for (const leg of [0, 1] as const) {
    const at = HIP_OBS[leg]!
    const hip = pull(hips[leg], 0.9, obs[at]!, obs[at + 1]!)
    const knee = pull(knees[leg], 4, obs[at + 2]!, obs[at + 3]!)
    const level = 0.9 * obs[0]! + 1.5 * obs[1]!
    action[2 * leg] = clip(0.5 * (hip + level), -1, 1)
    action[2 * leg + 1] = clip(0.5 * (knee - 15 * obs[3]!), -1, 1)
  }
  return action
}

/** Proportional-derivative control; 0 without a target. */
function pull(target: number | undefined, gain: number, angle: number, speed: number): number {
  return target === undefined ? 0 : gain * (target - angle) - 0.25 * speed
}
