/**
 * LunarLander: bring a lander with a main engine and two side engines down on the pad between the
 * flags; fuel is unlimited. It starts at the top centre with a random push, over random terrain
 * in which the pad is always the same. Physics by planck, a port of Box2D.
 *
 * Action, Discrete(4)
 * | value | meaning |
 * |---|---|
 * | 0 | do nothing |
 * | 1 | fire the left engine: pushes to the left |
 * | 2 | fire the main engine: pushes up |
 * | 3 | fire the right engine: pushes to the right |
 * With `continuous`, Box float32 [2], clipped to [-1, 1] first (any finite number is taken):
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | main engine: off up to 0, above from 50 to 100 % power | -1 | 1 | |
 * | 1 | side engines: off within ±0.5, beyond 50 to 100 %; -1 pushes left, 1 right | -1 | 1 | |
 *
 * Observation, Box float32 [8]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | x of the lander from the pad | -2.5 | 2.5 | 10 m |
 * | 1 | height of its feet over the pad | -2.5 | 2.5 | 6.67 m |
 * | 2 | horizontal velocity | -10 | 10 | 5 m/s |
 * | 3 | vertical velocity | -10 | 10 | 7.5 m/s |
 * | 4 | angle, counter-clockwise | -2π | 2π | rad |
 * | 5 | angular velocity | -10 | 10 | 2.5 rad/s |
 * | 6 | the right leg touches the ground | 0 | 1 | |
 * | 7 | the left leg touches the ground | 0 | 1 | |
 * Clipped to these bounds, which a lander leaves that flies above the window or spins through
 * more than a full turn; Gymnasium does not clip. Rewards and ends come from the numbers before
 * that.
 *
 * Reward: the growth of a potential, -100 times the distance from the pad, -100 times the speed,
 * -100 times the angle (absolute values, in the observation's units), +10 for each leg on the
 * ground; less 0.3 per step of full main engine and 0.03 of a side engine. The last step's reward
 * is replaced: -100 for a crash or flying away, +100 for coming to rest.
 *
 * Start: 12 terrain heights, 2 components of the push (up to 1000 N for one step), with wind its
 * two phases, and the two draws of a first step without engines, which belongs to the reset. A
 * step draws the exhaust's dispersion, two numbers, engines on or off. No reset options.
 *
 * Termination: the body touches the ground, |x| ≥ 1 (10 m from the pad), or the lander sleeps
 * (has come to rest). Truncation: by the time limit, 1000 steps. Stepping on after the end is
 * allowed.
 *
 * Arguments: `continuous` (default false), `gravity` (-10 m/s², between -12 and 0), `enableWind`
 * (false), `windPower` (15 N; 0 to 20 is sensible), `turbulencePower` (1.5 N m; 0 to 2),
 * `renderMode` ('rgb_array').
 *
 * Source: Gymnasium `box2d/lunar_lander.py` (MIT), by Oleg Klimov; Box2D by Erin Catto.
 * Differences: planck computes in float64, Box2D in float32, so trajectories part after some tens
 * of steps. The state is the episode itself, its random stream and its actions: `setState` plays
 * it again, exactly, in the time it took to run; the stream must be an `Rng`.
 *
 * Versions: v3 (1000 steps, threshold 200), LunarLander and LunarLanderContinuous.
 */

import type { Env, EnvState, RenderMode, ResetArgs, ResetResult, StepResult } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import type { LanderScene } from '../../rendering/views/box2d-scene.ts'
import { drawLunarLander } from '../../rendering/views/lunar-lander.ts'
import { Rng } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { Discrete } from '../../spaces/discrete.ts'
import { checkContinuous } from './bounds.ts'
import { LANDER_SPACE, LanderEpisode } from './lunar-lander-episode.ts'
import type { LanderSettings } from './lunar-lander-episode.ts'
import { Replayed } from './replay.ts'

const GRAVITY = -10 // m/s²
const STRONGEST_GRAVITY = -12 // m/s²
const WIND_POWER = 15 // N
const TURBULENCE_POWER = 1.5 // N m

export interface LunarLanderOptions {
  /** Two throttles instead of four actions. Default: false, as in Gymnasium. */
  continuous?: boolean | undefined
  /** m/s², between -12 and 0, both excluded. Default: -10, as in Gymnasium. */
  gravity?: number | undefined
  /** Default: false, as in Gymnasium. */
  enableWind?: boolean | undefined
  /** The wind's largest force in N, ≥ 0; Gymnasium recommends 0 to 20. Default: 15. */
  windPower?: number | undefined
  /** The wind's largest torque in N m, ≥ 0; Gymnasium recommends 0 to 2. Default: 1.5. */
  turbulencePower?: number | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

export class LunarLander implements Env<Float32Array, number | Float32Array> {
  readonly observationSpace = LANDER_SPACE
  readonly actionSpace: Discrete | Box
  readonly renderMode: RenderMode | undefined
  readonly settings: LanderSettings
  #play: Replayed<LanderEpisode>

  /**
   * @param source what episodes draw from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: LunarLanderOptions = {}, source: RandomSource = new Rng(0)) {
    const settings = readSettings(options)
    const { continuous } = settings
    checkChoice('LunarLander: renderMode', options.renderMode, [undefined, 'rgb_array'])
    this.actionSpace = continuous ? new Box({ low: [-1, -1], high: [1, 1] }) : new Discrete(4)
    this.renderMode = options.renderMode
    this.settings = settings
    const begin = (draws: RandomSource) => new LanderEpisode(settings, draws)
    this.#play = new Replayed('LunarLander', continuous ? 2 : 1, begin, source)
  }

  get unwrapped(): this {
    return this
  }

  reset({ seed, options = {} }: ResetArgs = {}): ResetResult<Float32Array> {
    checkKwargs('LunarLander: reset options', options, [])
    return this.#play.reset(seed)
  }

  /** @throws RangeError or TypeError on what is no action; Error before the first reset. */
  step(action: number | Float32Array): StepResult<Float32Array> {
    if (this.settings.continuous) {
      return this.#play.step(checkContinuous('LunarLander', action, 2))
    }
    if (action !== 0 && action !== 1 && action !== 2 && action !== 3) throw invalidAction(action)
    return this.#play.step([action])
  }

  getState(): EnvState {
    return this.#play.getState()
  }

  /** Plays the saved episode again: exact, in about the time that it took. */
  setState(state: EnvState): void {
    this.#play.setState(state)
  }

  /** What a view draws. @throws Error before the first reset. */
  scene(): LanderScene {
    return this.#play.episode.scene()
  }

  render(): Frame | undefined {
    return this.renderMode === undefined ? undefined : drawLunarLander(this.scene())
  }

  close(): void {
    // Nothing is held open.
  }
}

function readSettings({ renderMode: _, ...options }: LunarLanderOptions): LanderSettings {
  const settings = {
    continuous: options.continuous ?? false,
    gravity: options.gravity ?? GRAVITY,
    enableWind: options.enableWind ?? false,
    windPower: options.windPower ?? WIND_POWER,
    turbulencePower: options.turbulencePower ?? TURBULENCE_POWER,
  }
  checkKwargs('LunarLander', options, [...Object.keys(settings), 'renderMode'])
  checkChoice('LunarLander: continuous', settings.continuous, [true, false])
  checkChoice('LunarLander: enableWind', settings.enableWind, [true, false])
  const { gravity } = settings
  if (!(Number.isFinite(gravity) && gravity > STRONGEST_GRAVITY && gravity < 0)) {
    throw new RangeError(
      `LunarLander: gravity is ${describe(gravity)}; pass a number between -12 and 0`,
    )
  }
  checkPower('windPower', settings.windPower)
  checkPower('turbulencePower', settings.turbulencePower)
  return settings
}

function checkPower(name: string, power: unknown): void {
  if (Number.isFinite(power) && Number(power) >= 0) return
  throw new RangeError(`LunarLander: ${name} is ${describe(power)}; pass a finite number >= 0`)
}

function invalidAction(action: unknown): RangeError {
  return new RangeError(
    `LunarLander: action is ${describe(action)}; pass 0 (nothing), 1 (push left), 2 (main engine) ` +
      'or 3 (push right)',
  )
}
