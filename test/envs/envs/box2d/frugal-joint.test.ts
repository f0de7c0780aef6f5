import { Rng } from 'gymnasium-js'
import type { RevoluteJointDef } from 'planck'
import { expect, test } from 'vitest'
import { FrugalRevoluteJoint } from '../../../../envs/src/envs/box2d/frugal-joint.ts'
import {
  BoxShape,
  EdgeShape,
  RevoluteJoint,
  World,
} from '../../../../envs/src/envs/box2d/planck.ts'

type JointClass = new (def: RevoluteJointDef) => RevoluteJoint

/** Two boxes on a hinge with a motor and limits, thrown on the ground: where they are over time. */
function tumble(Joint: JointClass, rng: Rng): number[] {
  const world = new World({ gravity: { x: 0, y: -10 } })
  const ground = new EdgeShape({ x: -50, y: 0 }, { x: 50, y: 1 })
  world.createBody().createFixture({ shape: ground, friction: 0.5 })
  const box = (y: number) => {
    const body = world.createBody({ type: 'dynamic', position: { x: 0, y }, angularVelocity: 1 })
    body.createFixture({ shape: new BoxShape(0.2, 0.5), density: 1, filterGroupIndex: -1 })
    return body
  }
  const [bodyA, bodyB] = [box(4), box(3)]
  const joint = new Joint({
    bodyA,
    bodyB,
    localAnchorA: { x: 0, y: -0.5 },
    localAnchorB: { x: 0.1, y: 0.5 },
    referenceAngle: 0,
    enableMotor: true,
    enableLimit: true,
    maxMotorTorque: 20,
    motorSpeed: 0,
    lowerAngle: -0.5,
    upperAngle: 0.8,
  })
  world.createJoint(joint)
  const seen: number[] = []
  for (let t = 0; t < 400; t++) {
    if (t % 10 === 0) joint.setMotorSpeed(rng.uniform(-6, 6))
    world.step(1 / 50, 60, 20)
    const { x, y } = bodyA.getPosition()
    seen.push(x, y, bodyA.getAngle(), bodyB.getAngularVelocity(), joint.getJointAngle())
  }
  return seen
}

test("moves bodies exactly as planck's own joint does, at its limits and between them", () => {
  const ours = tumble(FrugalRevoluteJoint, new Rng(1))
  expect(ours).toEqual(tumble(RevoluteJoint, new Rng(1)))
  const angles = ours.filter((_, i) => i % 5 === 4)
  expect(Math.min(...angles)).toBeLessThan(-0.49)
  expect(Math.max(...angles)).toBeGreaterThan(0.79)
  expect(angles.some((angle) => Math.abs(angle) < 0.3)).toBe(true)
})
