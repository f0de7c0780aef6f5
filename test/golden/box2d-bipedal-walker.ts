/** Replays what was recorded of BipedalWalker over a Box2D whose step does nothing. */

import { expect, test } from 'vitest'
import * as z from 'zod'
import { WalkerEpisode } from '../../envs/src/envs/box2d/bipedal-walker-episode.ts'
import { buildWalkerWorld } from '../../envs/src/envs/box2d/bipedal-walker-physics.ts'
import type { WalkerPhysics } from '../../envs/src/envs/box2d/bipedal-walker-physics.ts'
import { WORLD_STEP } from '../../envs/src/envs/box2d/bodies.ts'
import { EdgeShape } from '../../envs/src/envs/box2d/planck.ts'
import {
  EXACT,
  SINGLE,
  drawSchema,
  RecordedDraws,
  point,
  points,
  effectSchema,
  fixtureSchema,
  bodySchema,
  jointSchema,
  expectFixture,
  cornersOf,
  expectCorners,
  expectBody,
  expectJoint,
  expectEffects,
} from './box2d-bodies.ts'
import type { Draw } from './box2d-bodies.ts'
import { describeGolden, expectClose, expectObs, reals } from './golden.ts'

const walkerStateSchema = z.object({
  position: point,
  velocity: point,
  angle: z.number(),
  angular_velocity: z.number(),
  joint_angles: reals,
  joint_speeds: reals,
  contacts: z.tuple([z.boolean(), z.boolean()]),
  ray_fractions: z.array(z.number().nullable()),
  game_over: z.boolean(),
  prev_shaping: z.number().nullable(),
})

const walkerSchema = z.object({
  resets: z.array(
    z.object({
      hardcore: z.boolean(),
      terrain_draws: z.array(drawSchema),
      number_of_cloud_draws: z.number(),
      hull_force_draw: z.array(drawSchema),
      terrain_y: reals,
      polygons: z.array(points),
      initial_force: effectSchema,
      static_bodies: z.number(),
    }),
  ),
  definitions: z.object({
    hull: bodySchema,
    legs: z.array(bodySchema),
    joints: z.array(jointSchema),
    world_gravity: point,
    world_step: z.tuple([z.number(), z.number(), z.number()]),
    edge_fixture: fixtureSchema,
    polygon_fixture: fixtureSchema,
    motor_after_reset: z.array(point),
    rays: z.array(z.tuple([point, point])),
  }),
  step_cases: z.array(
    z.object({
      state: walkerStateSchema,
      action: reals,
      motors: z.array(point),
      rays: z.array(z.tuple([point, point])),
      obs: reals,
      reward: z.number(),
      terminated: z.boolean(),
      shaping_after: z.number(),
    }),
  ),
})

/** A walker that stays where it is put and notes what is done to it. */
class StillWalker implements WalkerPhysics {
  readonly pushes: number[] = []
  readonly motors: number[][] = [[], [], [], []]
  readonly rays: number[][] = []
  fractions: readonly (number | null)[] = []
  readonly reading = {
    x: 14 / 3,
    y: 5.6,
    vx: 0,
    vy: 0,
    angle: 0,
    omega: 0,
    jointAngles: new Float64Array(4),
    jointSpeeds: new Float64Array(4),
    contacts: [false, false] as [boolean, boolean],
    crashed: false,
  }

  put(state: z.infer<typeof walkerStateSchema>): void {
    const [[x, y], [vx, vy], contacts] = [state.position, state.velocity, state.contacts]
    const { angle, angular_velocity: omega, game_over: crashed } = state
    Object.assign(this.reading, { x, y, vx, vy, angle, omega, contacts, crashed })
    this.reading.jointAngles.set(state.joint_angles)
    this.reading.jointSpeeds.set(state.joint_speeds)
    this.fractions = state.ray_fractions
    this.rays.length = 0
  }

  read() {
    return this.reading
  }

  push(force: number): void {
    this.pushes.push(force)
  }

  setMotor(joint: number, speed: number, torque: number): void {
    this.motors[joint] = [speed, torque]
  }

  step(): void {
    // Nothing moves.
  }

  castRay(x1: number, y1: number, x2: number, y2: number): number {
    this.rays.push([x1, y1, x2, y2])
    return this.fractions[this.rays.length - 1] ?? 1
  }

  outlines() {
    return { hull: [], legs: [] }
  }
}

describeGolden('box2d_bipedalwalker.json', walkerSchema, (data) => {
  const { definitions } = data

  test.each(data.resets.map((reset, i) => [i, reset] as const))('reset %i', (_, reset) => {
    const clouds: Draw[] = Array.from({ length: reset.number_of_cloud_draws }, () => ['r', 0.5])
    const draws = [...reset.terrain_draws, ...clouds, ...reset.hull_force_draw]
    const source = new RecordedDraws(draws)
    const still = new StillWalker()
    const episode = new WalkerEpisode(reset.hardcore, source, () => still)
    source.expectNothingLeft()
    expectClose(episode.terrain.heights, reset.terrain_y, EXACT, 'terrain')
    expect(episode.terrain.obstacles.length).toBe(reset.polygons.length)
    reset.polygons.forEach((want, i) => {
      expectCorners(episode.terrain.obstacles[i]!, want)
    })
    expectEffects(
      still.pushes.map((force) => ['force', [force, 0]]),
      [reset.initial_force],
    )
    expectClose(still.motors.flat(), definitions.motor_after_reset.flat(), EXACT, 'motors')
    expectClose(still.rays.flat(), definitions.rays.flat(2), EXACT, 'rays')
    expectGround(episode, reset.static_bodies)
  })

  test('the bodies and joints are those of the reference', () => {
    const { world, hull, legs, joints } = buildWalkerWorld({ heights: [1, 1], obstacles: [] })
    expect([world.getGravity().x, world.getGravity().y]).toEqual(definitions.world_gravity)
    expect(WORLD_STEP).toEqual(definitions.world_step)
    expectBody(hull, definitions.hull)
    expect([legs.length, joints.length]).toEqual([definitions.legs.length, 4])
    definitions.legs.forEach((want, i) => {
      expectBody(legs[i]!, want)
      expectJoint(joints[i]!, definitions.joints[i]!)
      expect(joints[i]!.getBodyA()).toBe(i % 2 === 0 ? hull : legs[i - 1])
      expect(joints[i]!.getBodyB()).toBe(legs[i])
    })
  })

  test.each(data.step_cases.map((wanted, i) => [i, wanted] as const))(
    'step case %i',
    (_, wanted) => {
      const source = { random: () => 0.5, randInt: (lo: number) => lo }
      const still = new StillWalker()
      const episode = new WalkerEpisode(false, source, () => still)
      still.put(wanted.state)
      episode.shaping = wanted.state.prev_shaping ?? undefined
      const step = episode.act(Float32Array.from(wanted.action))
      expectClose(still.motors.flat(), wanted.motors.flat(), SINGLE, 'motors')
      const ends = [still.rays[0]!, still.rays.at(-1)!]
      expectClose(ends.flat(), wanted.rays.flat(2), EXACT, 'rays')
      expectObs(step.obs, wanted.obs, 'obs')
      expectClose([step.reward], [wanted.reward], SINGLE, 'reward')
      expect(step.terminated).toBe(wanted.terminated)
      expectClose([episode.shaping ?? NaN], [wanted.shaping_after], EXACT, 'shaping')
    },
  )

  /** The static bodies that the terrain becomes, with the recorded fixtures. */
  function expectGround({ terrain }: WalkerEpisode, count: number): void {
    const { world } = buildWalkerWorld(terrain)
    let found = 0
    for (let body = world.getBodyList(); body !== null; body = body.getNext()) {
      if (!body.isStatic()) continue
      found++
      const isEdge = body.getFixtureList()?.getShape() instanceof EdgeShape
      const { shape: _, ...fixture } = isEdge
        ? definitions.edge_fixture
        : definitions.polygon_fixture
      const corners = cornersOf(body)
      expectFixture(body, { ...fixture, shape: { type: 'polygon', vertices: corners } })
    }
    expect(found).toBe(count)
  }
})
