/** The units of both Box2D environments, and small questions about planck's bodies. */

import type { Point } from '../../rendering/views/box2d-scene.ts'
import { PolygonShape } from './planck.ts'
import type { Body, Contact, World } from './planck.ts'

/** Pixels of the reference's window per metre: its lengths are written in pixels. */
export const SCALE = 30
/** Width of the window in metres. */
export const WIDTH = 600 / SCALE
/** Height of the window in metres. */
export const HEIGHT = 400 / SCALE
export const FPS = 50

/** What a world's `step` is given: seconds, iterations for velocities and for positions. */
export const WORLD_STEP = [1 / FPS, 180, 60] as const
export const GROUND = 0x0001 // collision category of all that stands still

/** Moves a world on by one timestep. */
export function stepWorld(world: World): void {
  world.step(...WORLD_STEP)
}

/** Where a body is and how it moves: metres, radians, seconds. */
export interface Motion {
  x: number
  y: number
  vx: number
  vy: number
  angle: number
  omega: number
}

export const AT_REST: Readonly<Motion> = { x: 0, y: 0, vx: 0, vy: 0, angle: 0, omega: 0 }

/** Writes a body's motion to `motion`. */
export function readMotion(body: Body, motion: Motion): void {
  const position = body.getPosition()
  const velocity = body.getLinearVelocity()
  motion.x = position.x
  motion.y = position.y
  motion.vx = velocity.x
  motion.vy = velocity.y
  motion.angle = body.getAngle()
  motion.omega = body.getAngularVelocity()
}

/** Whether a body takes part in a contact. */
export function touches(contact: Contact, body: Body): boolean {
  return contact.getFixtureA().getBody() === body || contact.getFixtureB().getBody() === body
}

/** The corners of a body's polygon, in the world. */
export function outline(body: Body): Point[] {
  const shape = body.getFixtureList()?.getShape()
  if (!(shape instanceof PolygonShape)) return []
  return shape.m_vertices.map((vertex) => {
    const { x, y } = body.getWorldPoint(vertex)
    return [x, y]
  })
}
