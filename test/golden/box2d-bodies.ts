/** What the replays of both Box2D environments share: recorded draws, bodies and joints. */

import type { RandomSource } from 'gymnasium-js'
import { expect } from 'vitest'
import * as z from 'zod'
import { EdgeShape, PolygonShape } from '../../envs/src/envs/box2d/planck.ts'
import type { Body, RevoluteJoint } from '../../envs/src/envs/box2d/planck.ts'
import { expectClose } from './golden.ts'

export const EXACT = 1e-12 // float64 on both sides
export const SINGLE = 2.5e-7 // where the reference went through float32: motors and the walker's reward

export const drawSchema = z.union([
  z.tuple([z.literal('u'), z.number(), z.number(), z.number()]),
  z.tuple([z.literal('i'), z.number(), z.number(), z.number()]),
  z.tuple([z.literal('r'), z.number()]),
])
export type Draw = z.infer<typeof drawSchema>

/** Hands back recorded draws and refuses any that was not recorded as it is asked for. */
export class RecordedDraws implements RandomSource {
  #left: Draw[]

  constructor(draws: readonly Draw[]) {
    this.#left = [...draws]
  }

  random(): number {
    const draw = this.#left.shift()
    if (draw?.[0] === 'r') return draw[1]
    if (draw?.[0] !== 'u') expect.fail(`random() where ${JSON.stringify(draw)} was recorded`)
    const [, low, high, value] = draw
    return (value - low) / (high - low)
  }

  randInt(lo: number, hi: number): number {
    const draw = this.#left.shift()
    if (draw?.[0] !== 'i') expect.fail(`randInt() where ${JSON.stringify(draw)} was recorded`)
    expect([lo, hi]).toEqual([draw[1], draw[2]])
    return draw[3]
  }

  expectNothingLeft(): void {
    expect(this.#left).toEqual([])
  }
}

/** A draw from [-1, 1). */
export const signed = (value: number): Draw => ['u', -1, 1, value]

export const point = z.tuple([z.number(), z.number()])
export const points = z.array(point)
export const effectSchema = z.union([
  z.tuple([z.literal('force'), point]),
  z.tuple([z.literal('torque'), z.number()]),
  z.tuple([z.literal('impulse'), point, point]),
])

const shapeSchema = z.union([
  z.object({ type: z.literal('polygon'), vertices: points }),
  z.object({ type: z.literal('polygon'), box: point }),
  z.object({ type: z.literal('edge'), vertices: points }),
])
export const fixtureSchema = z.object({
  density: z.number().optional(),
  friction: z.number().optional(),
  restitution: z.number().optional(),
  categoryBits: z.number().optional(),
  maskBits: z.number().optional(),
  shape: shapeSchema,
})
export const bodySchema = z.object({
  kind: z.literal('dynamic'),
  position: point,
  angle: z.number(),
  fixture: fixtureSchema,
})
export const jointSchema = z.object({
  localAnchorA: point,
  localAnchorB: point,
  enableMotor: z.boolean(),
  enableLimit: z.boolean(),
  maxMotorTorque: z.number(),
  motorSpeed: z.number(),
  lowerAngle: z.number(),
  upperAngle: z.number(),
  bodyA: z.string(),
  bodyB: z.string(),
})

/** What a fixture is when its definition does not say: pybox2d's defaults. */
const FIXTURE_DEFAULTS = { friction: 0.2, restitution: 0, categoryBits: 1, maskBits: 0xffff }

export function expectFixture(body: Body, want: z.infer<typeof fixtureSchema>): void {
  const fixture = body.getFixtureList()
  if (fixture === null) expect.fail('a body without a fixture')
  expect(fixture.getNext()).toBeNull()
  const { shape, ...rest } = want
  const got = {
    density: fixture.getDensity(),
    friction: fixture.getFriction(),
    restitution: fixture.getRestitution(),
    categoryBits: fixture.getFilterCategoryBits(),
    maskBits: fixture.getFilterMaskBits(),
  }
  expect(got).toMatchObject({ ...FIXTURE_DEFAULTS, ...rest })
  expectCorners(cornersOf(body), 'box' in shape ? cornersOfBox(shape.box) : shape.vertices)
}

export function cornersOf(body: Body): [number, number][] {
  const shape = body.getFixtureList()?.getShape()
  if (shape instanceof PolygonShape) return shape.m_vertices.map(({ x, y }) => [x, y])
  if (!(shape instanceof EdgeShape)) expect.fail('neither a polygon nor an edge')
  return [shape.m_vertex1, shape.m_vertex2].map(({ x, y }) => [x, y])
}

function cornersOfBox([x, y]: readonly [number, number]): [number, number][] {
  return [
    [x, y],
    [-x, y],
    [-x, -y],
    [x, -y],
  ]
}

/** The same corners, wherever the list begins. */
export function expectCorners(
  got: readonly (readonly number[])[],
  want: readonly number[][],
): void {
  const sorted = (list: readonly (readonly number[])[]) =>
    [...list]
      .sort((a, b) => (Math.abs(a[0]! - b[0]!) > 1e-9 ? a[0]! - b[0]! : a[1]! - b[1]!))
      .flat()
  expectClose(sorted(got), sorted(want), EXACT, 'corners')
}

export function expectBody(body: Body, want: z.infer<typeof bodySchema>): void {
  const { x, y } = body.getPosition()
  expectClose([x, y, body.getAngle()], [...want.position, want.angle], EXACT, 'body')
  expect(body.isDynamic()).toBe(true)
  expectFixture(body, want.fixture)
}

export function expectJoint(joint: RevoluteJoint, want: z.infer<typeof jointSchema>): void {
  const [a, b] = [joint.getLocalAnchorA(), joint.getLocalAnchorB()]
  expectClose([a.x, a.y, b.x, b.y], [...want.localAnchorA, ...want.localAnchorB], EXACT, 'anchors')
  expect([joint.isMotorEnabled(), joint.isLimitEnabled()]).toEqual([
    want.enableMotor,
    want.enableLimit,
  ])
  expectClose(
    [
      joint.getMaxMotorTorque(),
      joint.getMotorSpeed(),
      joint.getLowerLimit(),
      joint.getUpperLimit(),
    ],
    [want.maxMotorTorque, want.motorSpeed, want.lowerAngle, want.upperAngle],
    EXACT,
    'joint',
  )
  expect(joint.getReferenceAngle()).toBe(0)
}

/** The same forces, torques and impulses in the same order. */
export function expectEffects(
  got: readonly z.infer<typeof effectSchema>[],
  want: readonly z.infer<typeof effectSchema>[],
): void {
  expect(got.map(([kind]) => kind)).toEqual(want.map(([kind]) => kind))
  const numbers = (effects: typeof want) =>
    effects.flatMap(([, ...parts]) => parts.flat()).map(Number)
  expectClose(numbers(got), numbers(want), EXACT, 'applied')
}
