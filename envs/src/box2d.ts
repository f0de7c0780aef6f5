/** gymnasium-js/box2d: for pages whose `make` is to know LunarLander and BipedalWalker; elsewhere it does. */
import { provideBox2d } from '#box2d'
import { box2d } from './envs/box2d/entry-points.ts'

/**
 * Lets `make` build the environments of Box2D in a page, which leaves out planck (46 kB of gzip) unless this is called.
 *
 * @example
 * useBox2d()
 * const env = make('LunarLander-v3')
 */
export function useBox2d(): void {
  provideBox2d(box2d)
}
