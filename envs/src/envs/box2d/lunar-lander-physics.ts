/**
 * LunarLander's bodies in planck: the moon, the lander and two legs on motorised hinges. What they
 * mean for the task (forces, rewards, ends) is in `lunar-lander-episode.ts`.
 */

import type { Point } from '../../rendering/views/box2d-scene.ts'
import {
  AT_REST,
  GROUND,
  HEIGHT,
  SCALE,
  WIDTH,
  outline,
  readMotion,
  stepWorld,
  touches,
} from './bodies.ts'
import type { Motion } from './bodies.ts'
import { FrugalRevoluteJoint } from './frugal-joint.ts'
import { BoxShape, EdgeShape, PolygonShape, World } from './planck.ts'
import type { Body, Contact, RevoluteJoint } from './planck.ts'

const LEG_AWAY = 20 / SCALE // m, from the lander's centre to the side
const LEG_HALF_WIDTH = 2 / SCALE // m
const LEG_HALF_HEIGHT = 8 / SCALE // m
const LEG_TORQUE = 40 // N m
const LEG_SPEED = 0.3 // rad/s
/** m, from the lander's centre to its feet. */
export const LEG_DOWN = 18 / SCALE
const LANDER = 0x0010 // collision categories
const LEG = 0x0020

const HULL: readonly Point[] = [
  [-14, 17],
  [-17, 0],
  [-17, -10],
  [17, -10],
  [17, 0],
  [14, 17],
]

/** Where the lander is, and what it touches. */
export interface LanderReading extends Motion {
  /** Whether the right and the left leg touch the ground. */
  leg0: boolean
  leg1: boolean
  /** The body itself has touched the ground. */
  crashed: boolean
  awake: boolean
}

/** What an episode asks of the physics; tests put recorded bodies in its place. */
export interface LanderPhysics {
  /** @returns the same object every time. */
  read(): LanderReading
  /** @param force [2] N, at the centre of mass. */
  applyForce(x: number, y: number): void
  applyTorque(torque: number): void
  /** An impulse (N s) at a point of the world. */
  applyImpulse(x: number, y: number, atX: number, atY: number): void
  /** Moves everything on by 1/50 s. */
  step(): void
  /** The outlines of the lander and its legs. */
  outlines(): { lander: Point[]; legs: Point[][] }
}

/** @param terrain [11] heights of the moon's surface at x = 0, 2, … 20 m. */
export type BuildLander = (terrain: readonly number[], gravity: number) => LanderPhysics

/** The planck objects, as `buildLanderWorld` made them. */
export interface LanderWorld {
  readonly world: World
  readonly moon: Body
  readonly lander: Body
  readonly legs: readonly [right: Body, left: Body]
  readonly joints: readonly RevoluteJoint[]
}

/** Creates the bodies in the reference's order, on which the solver's results depend. */
export function buildLanderWorld(terrain: readonly number[], gravity: number): LanderWorld {
  const world = new World({ gravity: { x: 0, y: gravity } })
  const moon = world.createBody()
  moon.createFixture({ shape: new EdgeShape({ x: 0, y: 0 }, { x: WIDTH, y: 0 }), density: 0 })
  const spacing = WIDTH / (terrain.length - 1)
  for (let i = 0; i + 1 < terrain.length; i++) {
    const from = { x: i * spacing, y: terrain[i]! }
    const to = { x: (i + 1) * spacing, y: terrain[i + 1]! }
    moon.createFixture({ shape: new EdgeShape(from, to), density: 0, friction: 0.1 })
  }
  const lander = world.createBody({ type: 'dynamic', position: { x: WIDTH / 2, y: HEIGHT } })
  lander.createFixture({
    shape: new PolygonShape(HULL.map(([x, y]) => ({ x: x / SCALE, y: y / SCALE }))),
    density: 5,
    friction: 0.1,
    restitution: 0,
    filterCategoryBits: LANDER,
    filterMaskBits: GROUND,
  })
  const right = addLeg(world, lander, -1)
  const left = addLeg(world, lander, 1)
  return {
    world,
    moon,
    lander,
    legs: [right.leg, left.leg],
    joints: [right.joint, left.joint],
  }
}

/** @param side -1 for the right leg, 1 for the left one. */
function addLeg(world: World, lander: Body, side: -1 | 1): { leg: Body; joint: RevoluteJoint } {
  const leg = world.createBody({
    type: 'dynamic',
    position: { x: WIDTH / 2 - side * LEG_AWAY, y: HEIGHT },
    angle: side * 0.05,
  })
  leg.createFixture({
    shape: new BoxShape(LEG_HALF_WIDTH, LEG_HALF_HEIGHT),
    density: 1,
    restitution: 0,
    filterCategoryBits: LEG,
    filterMaskBits: GROUND,
  })
  const joint = new FrugalRevoluteJoint({
    bodyA: lander,
    bodyB: leg,
    localAnchorA: { x: 0, y: 0 },
    localAnchorB: { x: side * LEG_AWAY, y: LEG_DOWN },
    referenceAngle: 0, // left out, planck takes the bodies' present angle instead
    enableMotor: true,
    enableLimit: true,
    maxMotorTorque: LEG_TORQUE,
    motorSpeed: LEG_SPEED * side,
    lowerAngle: side < 0 ? 0.9 - 0.5 : -0.9,
    upperAngle: side < 0 ? 0.9 : -0.9 + 0.5,
  })
  world.createJoint(joint)
  return { leg, joint }
}

/** The lander in planck. */
export function planckLander(terrain: readonly number[], gravity: number): LanderPhysics {
  return new PlanckLander(buildLanderWorld(terrain, gravity))
}

class PlanckLander implements LanderPhysics {
  #parts: LanderWorld
  #reading: LanderReading = {
    ...AT_REST,
    leg0: false,
    leg1: false,
    crashed: false,
    awake: true,
  }

  constructor(parts: LanderWorld) {
    this.#parts = parts
    parts.world.on('begin-contact', (contact) => {
      if (touches(contact, parts.lander)) this.#reading.crashed = true
      this.#setLegs(contact, true)
    })
    // As in the reference, a leg on two edges counts as in the air once it has left one of them.
    parts.world.on('end-contact', (contact) => {
      this.#setLegs(contact, false)
    })
  }

  #setLegs(contact: Contact, onGround: boolean): void {
    if (touches(contact, this.#parts.legs[0])) this.#reading.leg0 = onGround
    if (touches(contact, this.#parts.legs[1])) this.#reading.leg1 = onGround
  }

  read(): LanderReading {
    const { lander } = this.#parts
    const reading = this.#reading
    readMotion(lander, reading)
    reading.awake = lander.isAwake()
    return reading
  }

  applyForce(x: number, y: number): void {
    this.#parts.lander.applyForceToCenter({ x, y }, true)
  }

  applyTorque(torque: number): void {
    this.#parts.lander.applyTorque(torque, true)
  }

  applyImpulse(x: number, y: number, atX: number, atY: number): void {
    this.#parts.lander.applyLinearImpulse({ x, y }, { x: atX, y: atY }, true)
  }

  step(): void {
    stepWorld(this.#parts.world)
  }

  outlines(): { lander: Point[]; legs: Point[][] } {
    const { lander, legs } = this.#parts
    return { lander: outline(lander), legs: legs.map(outline) }
  }
}
