/**
 * BipedalWalker: walk a robot with two legs, driven in hips and knees, over slightly uneven
 * ground, seen through a lidar; hardcore adds stumps, stairs and pits. Physics by planck, a port
 * of Box2D.
 *
 * Action, Box float32 [4], clipped to [-1, 1] (any finite number is taken): the direction in
 * which a motor turns and the share of its strongest torque, 80 N m.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | hip of the first leg, 4 rad/s at most | -1 | 1 | 80 N m |
 * | 1 | knee of the first leg, 6 rad/s at most | -1 | 1 | 80 N m |
 * | 2 | hip of the second leg | -1 | 1 | 80 N m |
 * | 3 | knee of the second leg | -1 | 1 | 80 N m |
 *
 * Observation, Box float32 [24]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | hull angle | -π | π | rad |
 * | 1 | hull angular velocity | -5 | 5 | 25 rad/s |
 * | 2 | horizontal velocity | -5 | 5 | 8.3 m/s |
 * | 3 | vertical velocity | -5 | 5 | 12.5 m/s |
 * | 4 | hip angle of the first leg | -π | π | rad |
 * | 5 | hip speed of the first leg | -5 | 5 | 4 rad/s |
 * | 6 | knee angle of the first leg, plus 1 | -π | π | rad |
 * | 7 | knee speed of the first leg | -5 | 5 | 6 rad/s |
 * | 8 | the first leg's lower part touches the ground | 0 | 5 | |
 * | 9 … 13 | the same five of the second leg | | | |
 * | 14 … 23 | lidar: distance to the ground, from straight down to 77° forward | -1 | 1 | 5.33 m |
 * Clipped to these bounds, which the hull's angle leaves in some falls; Gymnasium does not clip.
 * There is no position: walk by what the lidar sees.
 *
 * Reward: 130/30 per metre walked forward, less 5 per radian that the hull's tilt has grown, less
 * 0.028 per unit of |action| (summed over the motors). A fall is -100 in place of all that.
 * Walking to the far end gives about 300.
 *
 * Start: standing on 20 flat points of ground, hull level, with a push of up to 5 N for one step.
 * Draws: the ground, 110 for the clouds, the push; one step without torques belongs to the reset.
 * Steps draw nothing. No reset options.
 *
 * Termination: the hull touches the ground or is left of the start (x < 0), or it is past the end
 * of the ground's last but ten points (88.7 m). Truncation: by the time limit, 1600 steps, 2000
 * hardcore. Stepping on after the end is allowed.
 *
 * Arguments: `hardcore` (default false), `renderMode` ('rgb_array').
 *
 * Source: Gymnasium `box2d/bipedal_walker.py` (MIT), by Oleg Klimov; Box2D by Erin Catto.
 * Differences: planck computes in float64, Box2D in float32, so trajectories part after some tens
 * of steps. Each reset builds a new world, where the reference fills the old one again: an
 * episode depends on its draws alone. The state is the episode itself, its random stream and its
 * actions: `setState` plays it again, exactly, in the time it took to run; the stream must be an
 * `Rng`.
 *
 * Versions: v3 (1600 steps, threshold 300), BipedalWalker; BipedalWalkerHardcore (2000 steps).
 */

import type { Env, EnvState, RenderMode, ResetArgs, ResetResult, StepResult } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs } from '../../names.ts'
import { drawBipedalWalker } from '../../rendering/views/bipedal-walker.ts'
import type { WalkerScene } from '../../rendering/views/box2d-scene.ts'
import { Rng } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { WALKER_SPACE, WalkerEpisode } from './bipedal-walker-episode.ts'
import { checkContinuous } from './bounds.ts'
import { Replayed } from './replay.ts'

const JOINTS = 4

export interface BipedalWalkerOptions {
  /** Stumps, stairs and pits. Default: false, as in Gymnasium. */
  hardcore?: boolean | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

export class BipedalWalker implements Env<Float32Array, Float32Array> {
  readonly observationSpace = WALKER_SPACE
  readonly actionSpace = new Box({ low: -1, high: 1, shape: [JOINTS] })
  readonly renderMode: RenderMode | undefined
  readonly hardcore: boolean
  #play: Replayed<WalkerEpisode>

  /**
   * @param source what episodes draw from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: BipedalWalkerOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('BipedalWalker', options, ['hardcore', 'renderMode'])
    const { hardcore = false, renderMode } = options
    checkChoice('BipedalWalker: hardcore', hardcore, [true, false])
    checkChoice('BipedalWalker: renderMode', renderMode, [undefined, 'rgb_array'])
    this.hardcore = hardcore
    this.renderMode = renderMode
    const begin = (draws: RandomSource) => new WalkerEpisode(hardcore, draws)
    this.#play = new Replayed('BipedalWalker', JOINTS, begin, source)
  }

  get unwrapped(): this {
    return this
  }

  reset({ seed, options = {} }: ResetArgs = {}): ResetResult<Float32Array> {
    checkKwargs('BipedalWalker: reset options', options, [])
    return this.#play.reset(seed)
  }

  /** @throws TypeError or RangeError on what is no action; Error before the first reset. */
  step(action: Float32Array): StepResult<Float32Array> {
    return this.#play.step(checkContinuous('BipedalWalker', action, JOINTS))
  }

  getState(): EnvState {
    return this.#play.getState()
  }

  /** Plays the saved episode again: exact, in about the time that it took. */
  setState(state: EnvState): void {
    this.#play.setState(state)
  }

  /** What a view draws. @throws Error before the first reset. */
  scene(): WalkerScene {
    return this.#play.episode.scene()
  }

  render(): Frame | undefined {
    return this.renderMode === undefined ? undefined : drawBipedalWalker(this.scene())
  }

  close(): void {
    // Nothing is held open.
  }
}
