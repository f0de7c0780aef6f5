/**
 * One episode of LunarLander: what is drawn at the start, what the wind and the engines do to the
 * lander, what it observes and earns, and when it ends. The bodies are in
 * `lunar-lander-physics.ts`; the contract is in `lunar-lander.ts`.
 */

import tanh from '@stdlib/math-base-special-tanh'
import type { StepResult } from '../../env.ts'
import { clip } from '../../numbers.ts'
import type { LanderScene } from '../../rendering/views/box2d-scene.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { cos, sin } from '../../trig.ts'
import { FPS, HEIGHT, SCALE, WIDTH } from './bodies.ts'
import { clippedObs } from './bounds.ts'
import { LEG_DOWN, planckLander } from './lunar-lander-physics.ts'
import type { BuildLander, LanderPhysics, LanderReading } from './lunar-lander-physics.ts'
import type { Episode } from './replay.ts'

const CHUNKS = 11 // points of the moon's surface
const PAD_FROM = 3 // of the twelve heights, these are the helipad's
const PAD_TO = 7
const HELIPAD_Y = HEIGHT / 4 // m
const START_FORCE = 1000 // N, each component at most
const WIND_PHASES = 9999
const MAIN_POWER = 13 // N s per metre of nozzle offset
const SIDE_POWER = 0.6
const MAIN_NOZZLE = 4 / SCALE // m below the centre
const SIDE_NOZZLE = 12 / SCALE // m to the side
const SIDE_HEIGHT = 14 / SCALE // m above the centre
const SIDE_SHIFT = 17 / SCALE // m; not SIDE_HEIGHT, as in the reference
const MAIN_COST = 0.3
const SIDE_COST = 0.03
const CRASH = -100
const REST = 100

const BOUNDS = [2.5, 2.5, 10, 10, 2 * Math.PI, 10]

/** What a lander may observe. */
export const LANDER_SPACE = new Box({
  low: [...BOUNDS.map((bound) => -bound), 0, 0],
  high: [...BOUNDS, 1, 1],
})

/** Discrete actions as powers of the main and the side engines. */
const THRUSTS = [
  [0, 0],
  [0, -1],
  [1, 0],
  [0, 1],
] as const

export interface LanderSettings {
  /** Two throttles instead of four actions. */
  readonly continuous: boolean
  /** m/s², negative is downwards. */
  readonly gravity: number
  readonly enableWind: boolean
  /** N at most. */
  readonly windPower: number
  /** N m at most. */
  readonly turbulencePower: number
}

export class LanderEpisode implements Episode {
  readonly physics: LanderPhysics
  readonly firstObs: Float32Array
  /** [11] m, the moon's surface at x = 0, 2, … 20 m. */
  readonly terrain: readonly number[]
  /** Steps that the wind and its torque have blown, from a drawn start; 0 without wind. */
  windIndex = 0
  torqueIndex = 0
  /** The potential after the last step; undefined before the first. */
  shaping: number | undefined
  #settings: LanderSettings
  #source: RandomSource
  #main = 0
  #side = 0
  #obs = new Float64Array(LANDER_SPACE.size)

  /**
   * Draws and builds a start: 12 heights, 2 components of the first push, 2 phases of the wind if
   * there is one, and the 2 draws of one step without engines.
   */
  constructor(settings: LanderSettings, source: RandomSource, build: BuildLander = planckLander) {
    this.#settings = settings
    this.#source = source
    this.terrain = drawTerrain(source)
    this.physics = build(this.terrain, settings.gravity)
    const forceX = uniform(source, -START_FORCE, START_FORCE)
    const forceY = uniform(source, -START_FORCE, START_FORCE)
    this.physics.applyForce(forceX, forceY)
    if (settings.enableWind) {
      this.windIndex = source.randInt(-WIND_PHASES, WIND_PHASES)
      this.torqueIndex = source.randInt(-WIND_PHASES, WIND_PHASES)
    }
    this.firstObs = this.#advance(0, 0).obs
  }

  /** One step of 1/50 s; two draws. @param action [1] a discrete one, or [2] throttles. */
  act(action: ArrayLike<number>): StepResult<Float32Array> {
    if (this.#settings.continuous) {
      return this.#advance(mainPower(action[0]!), sidePower(action[1]!))
    }
    const [main, side] = THRUSTS[action[0]!] ?? THRUSTS[0]
    return this.#advance(main, side)
  }

  #advance(main: number, side: number): StepResult<Float32Array> {
    const { physics } = this
    const before = physics.read()
    if (this.#settings.enableWind && !before.leg0 && !before.leg1) this.#blow()
    this.#fire(main, side, before)
    physics.step()
    const now = physics.read()
    observe(now, this.#obs)
    const shaping = potential(this.#obs)
    const fuel = MAIN_COST * main + SIDE_COST * Math.abs(side)
    const earned = (this.shaping === undefined ? 0 : shaping - this.shaping) - fuel
    this.shaping = shaping
    const lost = now.crashed || Math.abs(this.#obs[0]!) >= 1
    // Rest wins over a crash, as in the reference.
    const reward = !now.awake ? REST : lost ? CRASH : earned
    const terminated = lost || !now.awake
    return {
      obs: clippedObs(this.#obs, LANDER_SPACE),
      reward,
      terminated,
      truncated: false,
      info: {},
    }
  }

  #blow(): void {
    const { windPower, turbulencePower } = this.#settings
    this.physics.applyForce(gust(this.windIndex++) * windPower, 0)
    this.physics.applyTorque(gust(this.torqueIndex++) * turbulencePower)
  }

  /** @param side positive pushes to the right. */
  #fire(main: number, side: number, { x, y, angle }: LanderReading): void {
    // The exhaust's dispersion in m, drawn whether an engine is on or not.
    const d0 = uniform(this.#source, -1, 1) / SCALE
    const d1 = uniform(this.#source, -1, 1) / SCALE
    this.#main = main
    this.#side = side
    if (main === 0 && side === 0) return
    const s = sin(angle)
    const c = cos(angle)
    if (main > 0) {
      const along = MAIN_NOZZLE + 2 * d0
      const offsetX = s * along - c * d1
      const offsetY = -c * along - s * d1
      const power = -MAIN_POWER * main
      this.physics.applyImpulse(offsetX * power, offsetY * power, x + offsetX, y + offsetY)
    }
    if (side !== 0) {
      const across = 3 * d1 + Math.sign(side) * SIDE_NOZZLE
      const offsetX = s * d0 - c * across
      const offsetY = -c * d0 - s * across
      const power = -SIDE_POWER * Math.abs(side)
      const atX = x + offsetX - s * SIDE_SHIFT
      const atY = y + offsetY + c * SIDE_HEIGHT
      this.physics.applyImpulse(offsetX * power, offsetY * power, atX, atY)
    }
  }

  /** For a view; world coordinates in metres. */
  scene(): LanderScene {
    const spacing = WIDTH / (CHUNKS - 1)
    return {
      terrain: this.terrain.map((y, i) => [i * spacing, y] as const),
      helipad: { x1: (PAD_FROM + 1) * spacing, x2: (PAD_TO - 1) * spacing, y: HELIPAD_Y },
      ...this.physics.outlines(),
      main: this.#main,
      side: this.#side,
    }
  }
}

/** Off up to 0, above from 50 to 100 %. */
function mainPower(throttle: number): number {
  return throttle > 0 ? (Math.min(throttle, 1) + 1) / 2 : 0
}

/** Off within ±0.5, beyond the throttle itself. */
function sidePower(throttle: number): number {
  return Math.abs(throttle) > 0.5 ? clip(throttle, -1, 1) : 0
}

/** The lander's view of itself, before rounding to float32. */
export function observe(now: LanderReading, obs: Float64Array): void {
  obs[0] = (now.x - WIDTH / 2) / (WIDTH / 2)
  obs[1] = (now.y - (HELIPAD_Y + LEG_DOWN)) / (HEIGHT / 2)
  obs[2] = (now.vx * (WIDTH / 2)) / FPS
  obs[3] = (now.vy * (HEIGHT / 2)) / FPS
  obs[4] = now.angle
  obs[5] = (20 * now.omega) / FPS
  obs[6] = now.leg0 ? 1 : 0
  obs[7] = now.leg1 ? 1 : 0
}

/** The potential whose difference is paid: near, slow, upright, feet on the ground. */
export function potential(obs: Float64Array): number {
  const distance = Math.sqrt(obs[0]! * obs[0]! + obs[1]! * obs[1]!)
  const speed = Math.sqrt(obs[2]! * obs[2]! + obs[3]! * obs[3]!)
  return -100 * distance - 100 * speed - 100 * Math.abs(obs[4]!) + 10 * obs[6]! + 10 * obs[7]!
}

/** The wind at step k, in -1 … 1: two sines of incommensurable periods. */
function gust(k: number): number {
  return tanh(sin(0.02 * k) + sin(Math.PI * k * 0.01))
}

/** Twelve heights, the pad's levelled, then smoothed; the twelfth stands left of the first. */
function drawTerrain(source: RandomSource): number[] {
  const heights = Array.from({ length: CHUNKS + 1 }, () => uniform(source, 0, HEIGHT / 2))
  heights.fill(HELIPAD_Y, PAD_FROM, PAD_TO + 1)
  return Array.from({ length: CHUNKS }, (_, i) => {
    const left = heights.at(i - 1)!
    return 0.33 * (left + heights[i]! + heights[i + 1]!)
  })
}
