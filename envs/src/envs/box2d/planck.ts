/**
 * planck (Box2D in JavaScript) as our environments use it: with software sines and cosines, so
 * that a seed gives the same bits on every engine. Everything else that planck computes is
 * `+ - * /` and `Math.sqrt`, which IEEE 754 fixes. The order of the imports matters: the first
 * swaps the functions that the second takes.
 *
 * planck's version is pinned: up to 1.4.2 it adds vectors wrongly (`plusVec2`; the walker's hull had
 * its centre of mass 9 cm off), and another solver would be another environment. A package that ships this must
 * bundle planck: an external import is hoisted above the swap, or gives a copy that was loaded
 * before it.
 */

import { restoreTrig } from './software-trig.ts'
// planck deprecates its classes' call signatures, and the rule takes that for the classes.
/* eslint-disable @typescript-eslint/no-deprecated */
import * as planck from 'planck'

restoreTrig()

export const BoxShape = planck.BoxShape
export const EdgeShape = planck.EdgeShape
export const PolygonShape = planck.PolygonShape
export const RevoluteJoint = planck.RevoluteJoint
export const Rot = planck.Rot
export const World = planck.World

export type Body = planck.Body
export type Contact = planck.Contact
export type EdgeShape = planck.EdgeShape
export type PolygonShape = planck.PolygonShape
export type RevoluteJoint = planck.RevoluteJoint
export type TimeStep = planck.TimeStep
export type World = planck.World
