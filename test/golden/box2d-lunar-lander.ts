/** Replays what was recorded of LunarLander over a Box2D whose step does nothing. */

import { lunarLanderContinuousHeuristic, lunarLanderHeuristic } from 'gymnasium-js'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { WORLD_STEP } from '../../envs/src/envs/box2d/bodies.ts'
import { LanderEpisode } from '../../envs/src/envs/box2d/lunar-lander-episode.ts'
import { buildLanderWorld } from '../../envs/src/envs/box2d/lunar-lander-physics.ts'
import type { LanderPhysics } from '../../envs/src/envs/box2d/lunar-lander-physics.ts'
import { EdgeShape } from '../../envs/src/envs/box2d/planck.ts'
import {
  EXACT,
  SINGLE,
  drawSchema,
  RecordedDraws,
  signed,
  point,
  effectSchema,
  bodySchema,
  jointSchema,
  expectBody,
  expectJoint,
  expectEffects,
} from './box2d-bodies.ts'
import type { Draw } from './box2d-bodies.ts'
import { describeGolden, expectClose, expectObs, reals } from './golden.ts'

const landerStateSchema = z.object({
  position: point,
  velocity: point,
  angle: z.number(),
  angular_velocity: z.number(),
  legs: z.tuple([z.boolean(), z.boolean()]),
  awake: z.boolean(),
  game_over: z.boolean(),
  prev_shaping: z.number().nullable(),
  wind_idx: z.number().optional(),
  torque_idx: z.number().optional(),
})

const landerSchema = z.object({
  resets: z.array(
    z.object({
      enable_wind: z.boolean(),
      draws: z.array(drawSchema),
      helipad: z.tuple([z.number(), z.number(), z.number()]),
      moon_edges: z.array(z.tuple([point, point])),
      moon_edge_props: z.object({ density: z.number(), friction: z.number() }),
      moon_base_edge: z.tuple([point, point]),
      initial_force: effectSchema,
      forces_in_reset: z.array(effectSchema),
      wind_idx_after: z.number().nullable(),
      torque_idx_after: z.number().nullable(),
      obs_if_nothing_moved: reals,
    }),
  ),
  definitions: z.object({
    lander: bodySchema,
    legs: z.array(bodySchema),
    joints: z.array(jointSchema),
    world_gravity: point,
    world_step: z.tuple([z.number(), z.number(), z.number()]),
  }),
  step_cases: z.array(
    z.object({
      continuous: z.boolean(),
      enable_wind: z.boolean(),
      state: landerStateSchema,
      action: z.union([z.number(), reals]),
      dispersion_draws: point,
      applied: z.array(effectSchema),
      obs: reals,
      reward: z.number(),
      terminated: z.boolean(),
      shaping_after: z.number(),
    }),
  ),
  heuristic: z.array(z.tuple([reals, z.number(), reals])),
})

/** A lander that stays where it is put and notes what is done to it. */
class StillLander implements LanderPhysics {
  readonly applied: z.infer<typeof effectSchema>[] = []
  readonly reading = {
    x: 10,
    y: 40 / 3,
    vx: 0,
    vy: 0,
    angle: 0,
    omega: 0,
    leg0: false,
    leg1: false,
    crashed: false,
    awake: true,
  }

  put(state: z.infer<typeof landerStateSchema>): void {
    const [[x, y], [vx, vy], [leg0, leg1]] = [state.position, state.velocity, state.legs]
    const { angle, angular_velocity: omega, awake, game_over: crashed } = state
    Object.assign(this.reading, { x, y, vx, vy, angle, omega, leg0, leg1, awake, crashed })
  }

  read() {
    return this.reading
  }

  applyForce(x: number, y: number): void {
    this.applied.push(['force', [x, y]])
  }

  applyTorque(torque: number): void {
    this.applied.push(['torque', torque])
  }

  applyImpulse(x: number, y: number, atX: number, atY: number): void {
    this.applied.push(['impulse', [x, y], [atX, atY]])
  }

  step(): void {
    // Nothing moves.
  }

  outlines() {
    return { lander: [], legs: [] }
  }
}

function landerSettings(continuous: boolean, enableWind: boolean) {
  return { continuous, enableWind, gravity: -10, windPower: 15, turbulencePower: 1.5 }
}

describeGolden('box2d_lunarlander.json', landerSchema, (data) => {
  test.each(data.resets.map((reset, i) => [i, reset] as const))('reset %i', (_, reset) => {
    const draws = new RecordedDraws(reset.draws)
    const still = new StillLander()
    const settings = landerSettings(false, reset.enable_wind)
    const episode = new LanderEpisode(settings, draws, () => still)
    draws.expectNothingLeft()
    expectEffects(still.applied, reset.forces_in_reset)
    expectEffects(still.applied.slice(0, 1), [reset.initial_force])
    expectObs(episode.firstObs, reset.obs_if_nothing_moved, 'first obs')
    expect(episode.windIndex).toBe(reset.wind_idx_after ?? 0)
    expect(episode.torqueIndex).toBe(reset.torque_idx_after ?? 0)
    const { helipad, terrain } = episode.scene()
    expectClose([helipad.x1, helipad.x2, helipad.y], reset.helipad, EXACT, 'helipad')
    const edges = reset.moon_edges.flatMap(([from, to]) => [...from, ...to])
    const got = terrain.slice(1).flatMap((to, i) => [...terrain[i]!, ...to])
    expectClose(got, edges, EXACT, 'terrain')
    expectMoon(episode.terrain, reset)
  })

  test('the bodies and joints are those of the reference', () => {
    const { definitions } = data
    const heights = new Array<number>(11).fill(1)
    const { world, lander, legs, joints } = buildLanderWorld(heights, -10)
    expect([world.getGravity().x, world.getGravity().y]).toEqual(definitions.world_gravity)
    expect(WORLD_STEP).toEqual(definitions.world_step)
    expectBody(lander, definitions.lander)
    expect([legs.length, joints.length]).toEqual([definitions.legs.length, 2])
    definitions.legs.forEach((want, i) => {
      expectBody(legs[i]!, want)
      expectJoint(joints[i]!, definitions.joints[i]!)
      expect([joints[i]!.getBodyA(), joints[i]!.getBodyB()]).toEqual([lander, legs[i]])
    })
  })

  test.each(data.step_cases.map((wanted, i) => [i, wanted] as const))(
    'step case %i',
    (_, wanted) => {
      const { state, dispersion_draws, enable_wind, continuous } = wanted
      const start: Draw[] = Array.from({ length: 12 }, () => ['u', 0, 1, 0.5])
      const wind: Draw[] = enable_wind
        ? [
            ['i', -9999, 9999, 0],
            ['i', -9999, 9999, 0],
          ]
        : []
      const draws = [...start, signed(0), signed(0), ...wind, signed(0), signed(0)]
      const source = new RecordedDraws([...draws, ...dispersion_draws.map(signed)])
      const still = new StillLander()
      const settings = landerSettings(continuous, enable_wind)
      const episode = new LanderEpisode(settings, source, () => still)
      still.put(state)
      still.applied.length = 0
      episode.shaping = state.prev_shaping ?? undefined
      episode.windIndex = state.wind_idx ?? 0
      episode.torqueIndex = state.torque_idx ?? 0
      const action = typeof wanted.action === 'number' ? [wanted.action] : wanted.action
      const step = episode.act(Float32Array.from(action))
      source.expectNothingLeft()
      expectEffects(still.applied, wanted.applied)
      expectObs(step.obs, wanted.obs, 'obs')
      expectClose([step.reward], [wanted.reward], EXACT, 'reward')
      expect(step.terminated).toBe(wanted.terminated)
      expectClose([episode.shaping ?? NaN], [wanted.shaping_after], EXACT, 'shaping')
    },
  )

  test('the heuristics act as recorded', () => {
    for (const [obs, discrete, continuous] of data.heuristic) {
      const seen = Float32Array.from(obs)
      expect(lunarLanderHeuristic(seen)).toBe(discrete)
      expectClose(lunarLanderContinuousHeuristic(seen), continuous, SINGLE, 'action')
    }
  })
})

function expectMoon(
  terrain: readonly number[],
  reset: z.infer<typeof landerSchema>['resets'][number],
): void {
  const { moon } = buildLanderWorld(terrain, -10)
  const edges: number[][] = []
  for (let fixture = moon.getFixtureList(); fixture !== null; fixture = fixture.getNext()) {
    const shape = fixture.getShape()
    if (!(shape instanceof EdgeShape)) expect.fail('the moon is made of edges')
    const { m_vertex1: from, m_vertex2: to } = shape
    edges.unshift([from.x, from.y, to.x, to.y]) // the list begins with the newest
    expect(fixture.getDensity()).toBe(reset.moon_edge_props.density)
    if (fixture.getNext() === null) continue // the base edge, with the default friction
    expect(fixture.getFriction()).toBe(reset.moon_edge_props.friction)
  }
  const wanted = [reset.moon_base_edge, ...reset.moon_edges]
  expectClose(edges.flat(), wanted.flat(2), EXACT, 'moon')
}
