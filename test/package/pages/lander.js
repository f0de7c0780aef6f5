/** Asks `make` for an environment of Box2D, before and after it is there. */
import { make } from 'gymnasium-js'
import { useBox2d } from 'gymnasium-js/box2d'

function lander() {
  try {
    return make('LunarLander-v3').reset({ seed: 0 }).obs.length
  } catch (error) {
    return error.message
  }
}

const before = lander()
useBox2d()
globalThis.landers = [before, lander()]
