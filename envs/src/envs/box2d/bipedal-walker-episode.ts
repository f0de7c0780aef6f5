/**
 * One episode of BipedalWalker: what is drawn at the start, how an action drives the motors, what
 * is observed and earned, and when it ends. The bodies are in `bipedal-walker-physics.ts`; the
 * contract is in `bipedal-walker.ts`.
 */

import type { StepResult } from '../../env.ts'
import { clip } from '../../numbers.ts'
import type { Point, WalkerScene } from '../../rendering/views/box2d-scene.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { cos, sin } from '../../trig.ts'
import { MOTOR_TORQUE, planckWalker } from './bipedal-walker-physics.ts'
import type { BuildWalker, WalkerPhysics, WalkerReading } from './bipedal-walker-physics.ts'
import { TERRAIN_LENGTH, TERRAIN_STEP, drawClouds, drawTerrain } from './bipedal-walker-terrain.ts'
import type { Terrain } from './bipedal-walker-terrain.ts'
import { FPS, HEIGHT, SCALE, WIDTH } from './bodies.ts'
import { clippedObs } from './bounds.ts'
import type { Episode } from './replay.ts'

const START_FORCE = 5 // N at most
const HIP_SPEED = 4 // rad/s
const KNEE_SPEED = 6 // rad/s
const TORQUE_COST = 0.00035 * MOTOR_TORQUE // per unit of |action|
const RAYS = 10
const RAY_LENGTH = 160 / SCALE // m
const FINISH_X = (TERRAIN_LENGTH - 10) * TERRAIN_STEP // m
const FALL = -100
const NO_ACTION = new Float64Array(4)

/** The rays' ends relative to the hull: from straight down to 77° forward. */
const RAY_ENDS = Array.from({ length: RAYS }, (_, i): Point => {
  const angle = (1.5 * i) / RAYS
  return [sin(angle) * RAY_LENGTH, -cos(angle) * RAY_LENGTH]
})

const FIRST_RAY = 14 // in the observation
const HULL = [Math.PI, 5, 5, 5]
const LEG = [Math.PI, 5, Math.PI, 5]
const LIDAR = new Array<number>(RAYS).fill(1)

/** What a walker may observe. */
export const WALKER_SPACE = new Box({
  low: [...negative(HULL), ...negative(LEG), 0, ...negative(LEG), 0, ...negative(LIDAR)],
  high: [...HULL, ...LEG, 5, ...LEG, 5, ...LIDAR],
})

export class WalkerEpisode implements Episode {
  readonly physics: WalkerPhysics
  readonly firstObs: Float32Array
  readonly terrain: Terrain
  /** The potential after the last step; undefined before the first. */
  shaping: number | undefined
  #clouds: readonly (readonly Point[])[]
  #obs = new Float64Array(WALKER_SPACE.size)

  /** Draws the ground, the clouds and the first push, and makes one step without torques. */
  constructor(hardcore: boolean, source: RandomSource, build: BuildWalker = planckWalker) {
    this.terrain = drawTerrain(source, hardcore)
    this.#clouds = drawClouds(source)
    this.physics = build(this.terrain)
    this.physics.push(uniform(source, -START_FORCE, START_FORCE))
    this.firstObs = this.act(NO_ACTION).obs
  }

  /** One step of 1/50 s; no draws. @param action [4], clipped to [-1, 1]. */
  act(action: ArrayLike<number>): StepResult<Float32Array> {
    const { physics } = this
    let effort = 0
    for (let k = 0; k < NO_ACTION.length; k++) {
      const strength = Math.min(Math.abs(action[k]!), 1)
      const speed = k % 2 === 0 ? HIP_SPEED : KNEE_SPEED
      physics.setMotor(k, speed * Math.sign(action[k]!), MOTOR_TORQUE * strength)
      effort += strength
    }
    physics.step()
    const now = physics.read()
    observe(now, this.#obs)
    this.#look(now)
    const shaping = (130 * now.x) / SCALE - 5 * Math.abs(now.angle)
    const gained = this.shaping === undefined ? 0 : shaping - this.shaping
    this.shaping = shaping
    const fallen = now.crashed || now.x < 0
    const reward = fallen ? FALL : gained - TORQUE_COST * effort
    const terminated = fallen || now.x > FINISH_X
    return {
      obs: clippedObs(this.#obs, WALKER_SPACE),
      reward,
      terminated,
      truncated: false,
      info: {},
    }
  }

  #look({ x, y }: WalkerReading): void {
    for (let i = 0; i < RAYS; i++) {
      const [dx, dy] = RAY_ENDS[i]!
      this.#obs[FIRST_RAY + i] = this.physics.castRay(x, y, x + dx, y + dy)
    }
  }

  /** For a view; world coordinates in metres. */
  scene(): WalkerScene {
    const { x, y } = this.physics.read()
    return {
      terrain: this.terrain.heights.map((height, i) => [i * TERRAIN_STEP, height] as const),
      obstacles: this.terrain.obstacles,
      clouds: this.#clouds,
      ...this.physics.outlines(),
      scroll: clip(x - WIDTH / 5, 0, Infinity),
      lidar: RAY_ENDS.map(([dx, dy], i) => {
        const fraction = this.#obs[FIRST_RAY + i]!
        return { from: [x, y], to: [x + fraction * dx, y + fraction * dy] }
      }),
    }
  }
}

/** All but the lidar, before rounding to float32. */
export function observe(now: WalkerReading, obs: Float64Array): void {
  obs[0] = now.angle
  obs[1] = (2 * now.omega) / FPS
  obs[2] = (0.3 * now.vx * WIDTH) / FPS
  obs[3] = (0.3 * now.vy * HEIGHT) / FPS
  for (let leg = 0; leg < 2; leg++) {
    const at = 4 + 5 * leg
    const hip = 2 * leg
    obs[at] = now.jointAngles[hip]!
    obs[at + 1] = now.jointSpeeds[hip]! / HIP_SPEED
    obs[at + 2] = now.jointAngles[hip + 1]! + 1
    obs[at + 3] = now.jointSpeeds[hip + 1]! / KNEE_SPEED
    obs[at + 4] = now.contacts[leg] === true ? 1 : 0
  }
}

function negative(bounds: readonly number[]): number[] {
  return bounds.map((bound) => -bound)
}
