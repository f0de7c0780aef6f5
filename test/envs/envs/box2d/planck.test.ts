import { expect, test } from 'vitest'
import { PolygonShape, Rot, World } from '../../../../envs/src/envs/box2d/planck.ts'
import { cos, sin } from '../../../../envs/src/trig.ts'

test('planck computes with software sines and cosines, and Math has its own back', () => {
  for (let i = -1000; i <= 1000; i++) {
    const angle = 0.0037 * i
    const { s, c } = new Rot(angle)
    expect([s, c]).toEqual([sin(angle), cos(angle)])
  }
  expect(String(Math.sin)).toContain('native code')
  expect(String(Math.atan2)).toContain('native code')
})

test('a polygon has the mass, the centre and the inertia of its triangles', () => {
  // A right triangle with legs 3 and 6: area 9, centroid a third along each leg; about the corner
  // its inertia is density * (b h³ + h b³) / 12 = 2 (3 * 216 + 6 * 27) / 12 = 135.
  const body = new World().createBody({ type: 'dynamic' })
  const corners = [
    { x: 0, y: 0 },
    { x: 3, y: 0 },
    { x: 0, y: 6 },
  ]
  body.createFixture({ shape: new PolygonShape(corners), density: 2 })
  expect(body.getMass()).toBeCloseTo(18, 12)
  expect(body.getLocalCenter().x).toBeCloseTo(1, 12)
  expect(body.getLocalCenter().y).toBeCloseTo(2, 12)
  expect(body.getInertia()).toBeCloseTo(135, 10)
})
