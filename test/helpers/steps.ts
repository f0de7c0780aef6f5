/** Steps of vector environments that tests write by hand. */

import type { ObsArray, VectorStep } from 'gymnasium-js/vector'

/** What happened to one environment in one step. */
export interface Moment {
  readonly obs: readonly number[]
  readonly reward?: number
  readonly terminated?: boolean
  readonly truncated?: boolean
  /** Given where the episode ended. */
  readonly finalObs?: readonly number[]
}

/** A step of as many environments as there are moments. @param like decides the observations' dtype */
export function stepOf(
  moments: readonly Moment[],
  like: ObsArray = new Float32Array(),
): VectorStep {
  const ArrayType = like.constructor as new (values: readonly number[]) => ObsArray
  const size = moments[0]!.obs.length
  const garbage = new Array<number>(size).fill(111) // finalObs means nothing where no episode ended
  return {
    obs: new ArrayType(moments.flatMap(({ obs }) => obs)),
    rewards: Float64Array.from(moments, ({ reward = 0 }) => reward),
    terminated: Uint8Array.from(moments, ({ terminated = false }) => Number(terminated)),
    truncated: Uint8Array.from(moments, ({ truncated = false }) => Number(truncated)),
    finalObs: new ArrayType(moments.flatMap(({ finalObs = garbage }) => finalObs)),
    episodeReturns: new Float64Array(moments.length),
    episodeLengths: new Int32Array(moments.length),
    infos: moments.map(() => ({})),
  }
}
