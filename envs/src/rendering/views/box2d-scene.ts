/** What a view of a Box2D environment draws: world coordinates in metres, x to the right, y up. */

export type Point = readonly [x: number, y: number]

/** What LunarLander looks like now. The window shows [0, 20] x [0, 40/3] m. */
export interface LanderScene {
  /** The moon's surface, left to right. */
  readonly terrain: readonly Point[]
  /** The landing pad between its flags. */
  readonly helipad: Readonly<{ x1: number; x2: number; y: number }>
  readonly lander: readonly Point[]
  /** The two legs; the first is the right one. */
  readonly legs: readonly (readonly Point[])[]
  /** Power of the main engine in the last step: 0, or 0.5 to 1. */
  readonly main: number
  /** The side engines': negative pushes the lander left, positive right; 0, or 0.5 to 1. */
  readonly side: number
}

/** What BipedalWalker looks like now. The window is 20 m wide and 40/3 m high. */
export interface WalkerScene {
  /** The ground, left to right. */
  readonly terrain: readonly Point[]
  /** Stumps, steps and the walls of pits; hardcore only. */
  readonly obstacles: readonly (readonly Point[])[]
  readonly clouds: readonly (readonly Point[])[]
  readonly hull: readonly Point[]
  /** Upper and lower part of the first leg, then of the second. */
  readonly legs: readonly (readonly Point[])[]
  /** Left edge of the window, in the world; it follows the hull. */
  readonly scroll: number
  /** The ten lidar rays as they hit. */
  readonly lidar: readonly Readonly<{ from: Point; to: Point }>[]
}
