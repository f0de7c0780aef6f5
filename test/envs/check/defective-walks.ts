/** Ways to break `Walk`: by replacing members, and as classes for what takes more than one. */

import { Box, Rng } from 'gymnasium-js'
import type { EnvState, ResetArgs } from 'gymnasium-js'
import type { EnvFunction } from 'gymnasium-js/check'
import { Walk } from './walk.ts'

/** `Walk` with members of another type than TypeScript would allow. */
export function walkWith(members: (walk: Walk) => object): EnvFunction {
  return (options) => {
    const walk = new Walk(options)
    return Object.assign(walk, members(walk))
  }
}

/** Changes what step() returns. */
export function stepping(
  change: (step: ReturnType<Walk['step']>, walk: Walk) => unknown,
): EnvFunction {
  return walkWith((walk) => {
    const step = walk.step.bind(walk)
    return { step: (action: number) => change(step(action), walk) }
  })
}

/** Changes what observe() returns. */
export function observing(change: (obs: Float32Array, walk: Walk) => unknown): EnvFunction {
  return walkWith((walk) => {
    const observe = walk.observe.bind(walk)
    return { observe: () => change(observe(), walk) }
  })
}

export function of(Defective: new (options?: object) => Walk): EnvFunction {
  return (options) => new Defective(options)
}

let sharedPlace = 0
let built = 0
export const one = new Walk()

export class KeepsPlaceInModule extends Walk {
  override reset(args?: ResetArgs) {
    const result = super.reset(args)
    sharedPlace = this.place
    return result
  }
  override move(action: number): void {
    this.place = sharedPlace
    super.move(action)
    sharedPlace = this.place
  }
}

export class CountsCopies extends Walk {
  readonly bias = 0.001 * built++
  override move(action: number): void {
    super.move(action)
    this.place = Math.min(5, this.place + this.bias)
  }
}

export class LeavesPlace extends Walk {
  override reset(args?: ResetArgs) {
    const { place } = this
    const result = super.reset(args)
    this.place = place
    return { ...result, obs: this.observe() }
  }
}

export class ForgetsWind extends Walk {
  gust = 0
  override move(action: number): void {
    this.place = Math.max(-4, Math.min(4, this.place)) + this.gust
    super.move(action)
    this.gust = this.rng.uniform(-1, 1)
  }
  override reset(args?: ResetArgs) {
    this.gust = 0
    return super.reset(args)
  }
}

export class AliasedState extends Walk {
  readonly live: { place: number; [key: string]: number } = { place: 0 }
  override move(action: number): void {
    super.move(action)
    this.live.place = this.place
  }
  override getState(): EnvState {
    return { ...super.getState(), live: this.live }
  }
}

export class CountsOvertime extends Walk {
  overtime = 0
  override step(action: number) {
    if (this.time >= 40) this.overtime += 1
    return super.step(action)
  }
  override observe(): Float32Array {
    return Float32Array.of(this.place, this.overtime)
  }
}

/** Its course comes from the seed alone, so that only a new copy misses it in the state. */
export class HidesItsCourse extends Walk {
  course = 0
  override reset(args: ResetArgs = {}) {
    if (args.seed !== undefined) this.course = new Rng(`course ${args.seed}`).uniform(-0.2, 0.2)
    return super.reset(args)
  }
  override move(action: number): void {
    super.move(action)
    this.place = Math.max(-5, Math.min(5, this.place + this.course))
  }
}

export class LiveObservation extends Walk {
  readonly state = new Float32Array(2)
  override observe(): Float32Array {
    this.state.set(super.observe())
    return this.state
  }
}

export class RemembersObservation extends Walk {
  last: Float32Array = new Float32Array(2)
  override move(action: number): void {
    this.place = Math.fround(this.last[0]!)
    super.move(action)
  }
  override observe(): Float32Array {
    this.last = super.observe()
    return this.last
  }
  override setState(state: EnvState): void {
    super.setState(state)
    this.observe()
  }
}

export class DrawsWhileRendering extends Walk {
  override render() {
    this.rng.random()
    return super.render()
  }
}

export class HugsArguments extends Walk {
  override reset(args: ResetArgs = {}) {
    const result = super.reset(args)
    delete args.seed
    return result
  }
}

export class ClosesOnce extends Walk {
  closed = false
  override close(): void {
    if (this.closed) throw new Error('the window is gone')
    this.closed = true
  }
}

export class NoRandomness extends Walk {
  override reset() {
    return super.reset({ seed: 0 })
  }
}

export class ReseedsAtReset extends Walk {
  seed: ResetArgs['seed'] = 0
  override reset({ seed }: ResetArgs = {}) {
    this.seed = seed ?? this.seed
    return super.reset({ seed: this.seed })
  }
}

export class DrawsAlways extends Walk {
  override render() {
    return super.render() ?? 'always'
  }
}

export class ScribblesAction extends Walk {
  override readonly actionSpace = new Box({ low: 0, high: 1, shape: [1] }) as never
  override step(action: number) {
    const given = action as unknown as Float32Array
    if (!(given instanceof Float32Array) || given.length !== 1 || Number.isNaN(given[0])) {
      throw new RangeError('pass a Float32Array of 1')
    }
    given[0] = Math.round(given[0]!)
    return super.step(given[0])
  }
}
