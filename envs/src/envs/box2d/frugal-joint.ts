/**
 * planck's revolute joint without garbage: each of the 180 velocity iterations of a step makes a
 * dozen vectors per joint in planck and none here, which halves the time of a step. The operations
 * and their order are planck's (those of `b2RevoluteJoint.cpp` in Box2D 2.3), so the bits are the
 * same; what does not change between iterations is worked out once.
 */

import { RevoluteJoint } from './planck.ts'
import type { TimeStep } from './planck.ts'

interface Vector {
  x: number
  y: number
}

interface Vector3 extends Vector {
  z: number
}

interface Moving {
  readonly c_velocity: { v: Vector; w: number }
}

/** The fields of planck's joint that its types leave out. */
interface Internals {
  readonly m_bodyA: Moving
  readonly m_bodyB: Moving
  readonly m_invMassA: number
  readonly m_invMassB: number
  readonly m_invIA: number
  readonly m_invIB: number
  readonly m_rA: Vector
  readonly m_rB: Vector
  /** Symmetric. */
  readonly m_mass: { readonly ex: Vector3; readonly ey: Vector3; readonly ez: Vector3 }
  readonly m_motorMass: number
  readonly m_motorSpeed: number
  readonly m_maxMotorTorque: number
  m_motorImpulse: number
  readonly m_impulse: Vector3
  readonly m_limitState: number
}

const INACTIVE = 0 // planck's LimitState
const AT_LOWER = 1
const AT_UPPER = 2

/** A hinge with motor and limits, both enabled and the limits apart: what our environments use. */
export class FrugalRevoluteJoint extends RevoluteJoint {
  readonly #joint = this as unknown as Internals
  // Of the mass matrix, until the next step: the cross product of its last two columns and the
  // inverse determinants of the whole and of its upper left 2 x 2.
  #crossX = 0
  #crossY = 0
  #crossZ = 0
  #inverse3 = 0
  #inverse2 = 0

  override initVelocityConstraints(step: TimeStep): void {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- what is deprecated is planck's call
    super.initVelocityConstraints(step)
    const { ex, ey, ez } = this.#joint.m_mass
    this.#crossX = ey.y * ez.z - ey.z * ez.y
    this.#crossY = ey.z * ez.x - ey.x * ez.z
    this.#crossZ = ey.x * ez.y - ey.y * ez.x
    this.#inverse3 = inverse(ex.x * this.#crossX + ex.y * this.#crossY + ex.z * this.#crossZ)
    this.#inverse2 = inverse(ex.x * ey.y - ey.x * ex.y)
  }

  override solveVelocityConstraints(step: TimeStep): void {
    const joint = this.#joint
    const a = joint.m_bodyA.c_velocity
    const b = joint.m_bodyB.c_velocity
    this.#drive(a, b, step.dt * joint.m_maxMotorTorque)
    const { m_rA: rA, m_rB: rB } = joint
    // Velocity of B's anchor against A's; 0 + keeps planck's zeros positive.
    const x = 0 + (b.v.x + -b.w * rB.y) - (a.v.x + -a.w * rA.y)
    const y = 0 + (b.v.y + b.w * rB.x) - (a.v.y + a.w * rA.x)
    if (joint.m_limitState === INACTIVE) this.#holdPoint(a, b, x, y)
    else this.#holdPointAndLimit(a, b, x, y, b.w - a.w)
  }

  /** Turns towards the motor's speed with an impulse of at most `limit`. */
  #drive(a: Moving['c_velocity'], b: Moving['c_velocity'], limit: number): void {
    const joint = this.#joint
    const before = joint.m_motorImpulse
    const wanted = before + -joint.m_motorMass * (b.w - a.w - joint.m_motorSpeed)
    joint.m_motorImpulse = wanted < -limit ? -limit : wanted > limit ? limit : wanted
    const impulse = joint.m_motorImpulse - before
    a.w -= joint.m_invIA * impulse
    b.w += joint.m_invIB * impulse
  }

  #holdPoint(a: Moving['c_velocity'], b: Moving['c_velocity'], x: number, y: number): void {
    const { ex, ey } = this.#joint.m_mass
    const impulseX = this.#inverse2 * (ey.y * -x - ey.x * -y)
    const impulseY = this.#inverse2 * (ex.x * -y - ex.y * -x)
    this.#joint.m_impulse.x += impulseX
    this.#joint.m_impulse.y += impulseY
    this.#push(a, b, impulseX, impulseY, 0)
  }

  #holdPointAndLimit(
    a: Moving['c_velocity'],
    b: Moving['c_velocity'],
    x: number,
    y: number,
    z: number,
  ): void {
    const { m_impulse: sum, m_limitState: state } = this.#joint
    const { ex, ey, ez } = this.#joint.m_mass
    const angular = -(
      this.#inverse3 *
      (ex.x * (ey.y * z - ey.z * y) + ex.y * (ey.z * x - ey.x * z) + ex.z * (ey.x * y - ey.y * x))
    )
    const total = sum.z + angular
    if ((state === AT_LOWER && total < 0) || (state === AT_UPPER && total > 0)) {
      // The limit would pull: take its impulse back and hold the point alone.
      const restX = -1 * x + sum.z * ez.x
      const restY = -1 * y + sum.z * ez.y
      const impulseX = this.#inverse2 * (ey.y * restX - ey.x * restY)
      const impulseY = this.#inverse2 * (ex.x * restY - ex.y * restX)
      const back = -sum.z
      sum.x += impulseX
      sum.y += impulseY
      sum.z = 0
      this.#push(a, b, impulseX, impulseY, back)
      return
    }
    const impulseX = -(this.#inverse3 * (x * this.#crossX + y * this.#crossY + z * this.#crossZ))
    const impulseY = -(
      this.#inverse3 *
      (ex.x * (y * ez.z - z * ez.y) + ex.y * (z * ez.x - x * ez.z) + ex.z * (x * ez.y - y * ez.x))
    )
    sum.x += impulseX
    sum.y += impulseY
    sum.z = total
    this.#push(a, b, impulseX, impulseY, angular)
  }

  /** Applies an impulse at the anchors, backwards to A. */
  #push(
    a: Moving['c_velocity'],
    b: Moving['c_velocity'],
    x: number,
    y: number,
    angular: number,
  ): void {
    const { m_rA: rA, m_rB: rB, m_invMassA: mA, m_invMassB: mB } = this.#joint
    a.v.x -= mA * x
    a.v.y -= mA * y
    a.w -= this.#joint.m_invIA * (rA.x * y - rA.y * x + angular)
    b.v.x += mB * x
    b.v.y += mB * y
    b.w += this.#joint.m_invIB * (rB.x * y - rB.y * x + angular)
  }
}

/** 1 / x, or 0 of 0. */
function inverse(x: number): number {
  return x === 0 ? 0 : 1 / x
}
