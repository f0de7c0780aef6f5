/**
 * BipedalWalker's bodies in planck: the ground, the hull and two legs of two parts each, with
 * motors in hips and knees. The task is in `bipedal-walker-episode.ts`.
 */

import type { Point } from '../../rendering/views/box2d-scene.ts'
import { GROUND_Y, TERRAIN_STEP } from './bipedal-walker-terrain.ts'
import type { Terrain } from './bipedal-walker-terrain.ts'
import { AT_REST, GROUND, SCALE, outline, readMotion, stepWorld, touches } from './bodies.ts'
import type { Motion } from './bodies.ts'
import { FrugalRevoluteJoint } from './frugal-joint.ts'
import { BoxShape, EdgeShape, PolygonShape, World } from './planck.ts'
import type { Body, Contact, RevoluteJoint } from './planck.ts'

const LEG_DOWN = -8 / SCALE // m, from the hull's centre to the hips
const LEG_WIDTH = 8 / SCALE // m, of an upper leg
const LOWER_WIDTH = 0.8 * LEG_WIDTH // m
const LEG_HEIGHT = 34 / SCALE // m, of each part
const START_X = (TERRAIN_STEP * 20) / 2 // m, the middle of the flat ground
const START_Y = GROUND_Y + 2 * LEG_HEIGHT // m
const WALKER = 0x0020 // collision category: hull and legs pass through each other
const GROUND_FRICTION = 2.5
/** N m, of every motor at its strongest. */
export const MOTOR_TORQUE = 80

const HULL: readonly Point[] = [
  [-30, 9],
  [6, 9],
  [34, 1],
  [34, -8],
  [-30, -8],
]

/** Where the hull is, and what the legs do. Joints: hip and knee of leg 0, then of leg 1. */
export interface WalkerReading extends Motion {
  readonly jointAngles: Float64Array // [4]
  readonly jointSpeeds: Float64Array // [4]
  /** Whether each leg's lower part touches the ground. */
  readonly contacts: [boolean, boolean]
  /** The hull has touched the ground. */
  crashed: boolean
}

/** What an episode asks of the physics; tests put recorded bodies in its place. */
export interface WalkerPhysics {
  /** @returns the same object every time. */
  read(): WalkerReading
  /** @param force N, horizontal, at the hull's centre of mass. */
  push(force: number): void
  /** Sets the speed (rad/s) that a joint's motor aims at and its strongest torque (N m). */
  setMotor(joint: number, speed: number, torque: number): void
  /** Moves everything on by 1/50 s. */
  step(): void
  /** @returns the part of the way from one point to another until the ground; 1 for none. */
  castRay(x1: number, y1: number, x2: number, y2: number): number
  /** The outlines of hull and legs: upper and lower part of leg 0, then of leg 1. */
  outlines(): { hull: Point[]; legs: Point[][] }
}

export type BuildWalker = (terrain: Terrain) => WalkerPhysics

/** The planck objects, as `buildWalkerWorld` made them. */
export interface WalkerWorld {
  readonly world: World
  readonly hull: Body
  /** Upper and lower part of leg 0, then of leg 1. */
  readonly legs: readonly Body[]
  /** Hip and knee of leg 0, then of leg 1. */
  readonly joints: readonly RevoluteJoint[]
}

/** Creates the bodies in the reference's order, on which the solver's results depend. */
export function buildWalkerWorld({ heights, obstacles }: Terrain): WalkerWorld {
  const world = new World({ gravity: { x: 0, y: -10 } })
  for (const corners of obstacles) addGround(world, new PolygonShape(corners.map(toVector)))
  for (let i = 0; i + 1 < heights.length; i++) {
    const from = { x: i * TERRAIN_STEP, y: heights[i]! }
    const to = { x: (i + 1) * TERRAIN_STEP, y: heights[i + 1]! }
    addGround(world, new EdgeShape(from, to))
  }
  const hull = world.createBody({ type: 'dynamic', position: { x: START_X, y: START_Y } })
  hull.createFixture({
    shape: new PolygonShape(HULL.map(([x, y]) => ({ x: x / SCALE, y: y / SCALE }))),
    density: 5,
    friction: 0.1,
    restitution: 0,
    filterCategoryBits: WALKER,
    filterMaskBits: GROUND,
  })
  const legs: Body[] = []
  const joints: RevoluteJoint[] = []
  for (const side of [-1, 1]) addLeg(world, hull, side, legs, joints)
  return { world, hull, legs, joints }
}

function toVector([x, y]: Point): { x: number; y: number } {
  return { x, y }
}

function addGround(world: World, shape: EdgeShape | PolygonShape): void {
  const body = world.createBody()
  body.createFixture({ shape, friction: GROUND_FRICTION, filterCategoryBits: GROUND })
}

/** Adds an upper and a lower part with their joints; the knee bends backwards only. */
function addLeg(
  world: World,
  hull: Body,
  side: number,
  legs: Body[],
  joints: RevoluteJoint[],
): void {
  const angle = side * 0.05
  const upper = addPart(world, START_Y - LEG_HEIGHT / 2 - LEG_DOWN, LEG_WIDTH, angle)
  const hip = { motorSpeed: side, lowerAngle: -0.8, upperAngle: 1.1 }
  const hipJoint = hinge(hull, upper, LEG_DOWN, hip)
  world.createJoint(hipJoint)
  const lower = addPart(world, START_Y - (LEG_HEIGHT * 3) / 2 - LEG_DOWN, LOWER_WIDTH, angle)
  const knee = { motorSpeed: 1, lowerAngle: -1.6, upperAngle: -0.1 }
  const kneeJoint = hinge(upper, lower, -LEG_HEIGHT / 2, knee)
  world.createJoint(kneeJoint)
  legs.push(upper, lower)
  joints.push(hipJoint, kneeJoint)
}

function addPart(world: World, y: number, width: number, angle: number): Body {
  const part = world.createBody({ type: 'dynamic', position: { x: START_X, y }, angle })
  part.createFixture({
    shape: new BoxShape(width / 2, LEG_HEIGHT / 2),
    density: 1,
    restitution: 0,
    filterCategoryBits: WALKER,
    filterMaskBits: GROUND,
  })
  return part
}

interface Motor {
  readonly motorSpeed: number
  readonly lowerAngle: number
  readonly upperAngle: number
}

/** @param y where the joint is on the upper body; on the lower one it is the top. */
function hinge(bodyA: Body, bodyB: Body, y: number, motor: Motor): RevoluteJoint {
  return new FrugalRevoluteJoint({
    bodyA,
    bodyB,
    localAnchorA: { x: 0, y },
    localAnchorB: { x: 0, y: LEG_HEIGHT / 2 },
    referenceAngle: 0, // left out, planck takes the bodies' present angle instead
    enableMotor: true,
    enableLimit: true,
    maxMotorTorque: MOTOR_TORQUE,
    ...motor,
  })
}

/** The walker in planck. */
export function planckWalker(terrain: Terrain): WalkerPhysics {
  return new PlanckWalker(buildWalkerWorld(terrain))
}

class PlanckWalker implements WalkerPhysics {
  #parts: WalkerWorld
  #reading: WalkerReading = {
    ...AT_REST,
    jointAngles: new Float64Array(4),
    jointSpeeds: new Float64Array(4),
    contacts: [false, false],
    crashed: false,
  }

  constructor(parts: WalkerWorld) {
    this.#parts = parts
    parts.world.on('begin-contact', (contact) => {
      if (touches(contact, parts.hull)) this.#reading.crashed = true
      this.#setContacts(contact, true)
    })
    // As in the reference, a leg on two edges counts as in the air once it has left one of them.
    parts.world.on('end-contact', (contact) => {
      this.#setContacts(contact, false)
    })
  }

  #setContacts(contact: Contact, onGround: boolean): void {
    const { legs } = this.#parts
    if (touches(contact, legs[1]!)) this.#reading.contacts[0] = onGround
    if (touches(contact, legs[3]!)) this.#reading.contacts[1] = onGround
  }

  read(): WalkerReading {
    const { hull, joints } = this.#parts
    const reading = this.#reading
    readMotion(hull, reading)
    for (let k = 0; k < joints.length; k++) {
      reading.jointAngles[k] = joints[k]!.getJointAngle()
      reading.jointSpeeds[k] = joints[k]!.getJointSpeed()
    }
    return reading
  }

  push(force: number): void {
    this.#parts.hull.applyForceToCenter({ x: force, y: 0 }, true)
  }

  setMotor(joint: number, speed: number, torque: number): void {
    this.#parts.joints[joint]!.setMotorSpeed(speed)
    this.#parts.joints[joint]!.setMaxMotorTorque(torque)
  }

  step(): void {
    stepWorld(this.#parts.world)
  }

  castRay(x1: number, y1: number, x2: number, y2: number): number {
    let nearest = 1
    this.#parts.world.rayCast({ x: x1, y: y1 }, { x: x2, y: y2 }, (fixture, _at, _to, fraction) => {
      if ((fixture.getFilterCategoryBits() & GROUND) === 0) return -1 // look through it
      nearest = fraction
      return fraction // only nearer hits from here on
    })
    return nearest
  }

  outlines(): { hull: Point[]; legs: Point[][] } {
    const { hull, legs } = this.#parts
    return { hull: outline(hull), legs: legs.map(outline) }
  }
}
