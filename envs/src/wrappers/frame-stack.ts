/**
 * The last n observations as one, oldest first (Mnih et al. 2015; Gymnasium's
 * `FrameStackObservation`).
 *
 * Observation: Box [n, ...shape] of the dtype and bounds inside; a new array at every reset and
 * step, the caller's to keep. At reset the frames before the first are copies of it, zeros, or an
 * observation of the user's choice (`padding`).
 */

import type { AsyncEnv, ResetResult, EnvState } from '../env.ts'
import { checkInteger } from '../numbers.ts'
import { Box } from '../spaces/box.ts'
import { zeros } from '../spaces/dtype.ts'
import type { DType, TypedArray } from '../spaces/dtype.ts'
import { readValue, saveValue } from '../spaces/value-json.ts'
import { requireArray, requireBox } from './box-values.ts'
import type { BoxOf } from './box-values.ts'
import { ObservationWrapper } from './observation-wrapper.ts'

export interface FrameStackOptions<Obs> {
  /**
   * What stands before an episode's first observation: 'reset' (default) that observation itself,
   * 'zero' zeros (or the bound nearest to zero), or an observation, of which a copy is kept.
   */
  padding?: 'reset' | 'zero' | Obs | undefined
}

/** In one observation: twice a 4K colour image, as many as a model file of wn-rl may say. */
const MOST_NUMBERS = 50_000_000

/**
 * @example
 * const env = new FrameStack(make('CartPole-v1'), 4)
 * env.observationSpace.shape // [4, 4]
 */
export class FrameStack<Obs = unknown, Act = unknown> extends ObservationWrapper<Obs, Obs, Act> {
  readonly observationSpace: BoxOf<Obs>
  /** Number of observations in the stack. */
  readonly stackSize: number
  readonly #frame: Box<DType>
  readonly #frames: TypedArray // [n, ...], newest last
  readonly #padding: TypedArray | undefined // [...]; undefined: the first observation

  /** @throws TypeError when the observations are not in a Box; RangeError on stackSize or padding. */
  constructor(env: AsyncEnv<Obs, Act>, stackSize: number, options: FrameStackOptions<Obs> = {}) {
    super(env)
    this.#frame = requireBox(
      'FrameStack: the observation space',
      env.observationSpace,
      'put FlattenObservation inside',
    )
    checkInteger('FrameStack: stackSize', stackSize)
    checkSize(stackSize, this.#frame.size)
    this.stackSize = stackSize
    // The same dtype as inside, so its arrays are Obs too.
    this.observationSpace = stackedBox(this.#frame, stackSize) as BoxOf<Obs>
    this.#frames = zeros(this.#frame.dtype, stackSize * this.#frame.size)
    this.#padding = paddingFrame(this.#frame, options.padding ?? 'reset')
  }

  protected override afterReset({ obs, info }: ResetResult<Obs>): ResetResult<Obs> {
    const first = this.#check(obs)
    const { size } = this.#frame
    for (let i = 0; i < this.stackSize - 1; i++) this.#frames.set(this.#padding ?? first, i * size)
    this.#frames.set(first, this.#frames.length - size)
    return { obs: this.#frames.slice() as Obs, info }
  }

  protected override observation(obs: Obs): Obs {
    const newest = this.#check(obs)
    const { size } = this.#frame
    this.#frames.copyWithin(0, size)
    this.#frames.set(newest, this.#frames.length - size)
    return this.#frames.slice() as Obs
  }

  #check(obs: Obs): TypedArray {
    return requireArray('FrameStack: the observation', this.#frame, obs)
  }

  override getState(): EnvState {
    return { ...super.getState(), frames: saveValue(this.observationSpace, this.#frames) }
  }

  override setState(state: EnvState): void {
    const frames = readValue<unknown>(this.observationSpace, state['frames'])
    super.setState(state)
    this.#frames.set(requireArray('state.frames', this.observationSpace, frames))
  }
}

/** @throws RangeError for stacks of which no memory, and no model file, would hold the bounds */
function checkSize(stackSize: number, size: number): void {
  if (stackSize * size <= MOST_NUMBERS) return
  throw new RangeError(
    `FrameStack: stackSize is ${stackSize}, which makes observations of ${stackSize * size} numbers; pass at most ` +
      `${Math.floor(MOST_NUMBERS / size)}, for ${MOST_NUMBERS} numbers`,
  )
}

function stackedBox({ low, high, shape, dtype }: Box<DType>, n: number): Box<DType> {
  const repeat = (bound: TypedArray) => Array.from({ length: n }, () => Array.from(bound)).flat()
  return new Box({ low: repeat(low), high: repeat(high), shape: [n, ...shape], dtype })
}

function paddingFrame(box: Box<DType>, padding: unknown): TypedArray | undefined {
  if (padding === 'reset') return undefined
  if (padding === 'zero') return zeros(box.dtype, box.size).map((_, k) => nearestToZero(box, k))
  if (box.contains(padding)) return padding.slice()
  throw new RangeError(
    `FrameStack: padding: ${box.explain(padding) ?? ''}; pass 'reset', 'zero' or an observation`,
  )
}

function nearestToZero({ low, high }: Box<DType>, k: number): number {
  return Math.max(low[k]!, Math.min(high[k]!, 0))
}
