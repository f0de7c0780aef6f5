/**
 * Replays what was recorded of Gymnasium's Box2D environments: the order of draws, terrain, bodies
 * and joints, forces, impulses and motors, observations, rewards and ends. The reference ran over
 * a Box2D whose step does nothing, so bodies stand where the recording puts them.
 */

import './box2d-bipedal-walker.ts'
import './box2d-lunar-lander.ts'
