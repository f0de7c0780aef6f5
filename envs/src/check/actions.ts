/** Actions that are not in the space: taken without a word, they hide an agent's mistakes. */

import { describe } from '../names.ts'
import type { Space } from '../spaces/composite.ts'
import { zeros } from '../spaces/dtype.ts'
import { type Playing, whenAnswered } from './playing.ts'
import type { Subject } from './subject.ts'

export function* checkActions({ report, build, seed }: Subject): Playing {
  const env = build()
  const taken: string[] = []
  for (const [name, action] of actionsOutside(env.actionSpace)) {
    yield* whenAnswered(env.reset({ seed }))
    try {
      yield* whenAnswered(env.step(action))
      taken.push(name)
    } catch {
      // Refused, as it should be.
    }
  }
  if (taken.length === 0) return
  report.add('action-refused', {
    expected: `step() throws on actions that are not in ${env.actionSpace.toString()}`,
    found: `it takes ${taken.join(', ')}`,
    remedy: 'begin step() with a check that throws a RangeError naming the action',
  })
}

/** A Box's bounds are left out: environments may clip, as Gymnasium's do. */
function actionsOutside(space: Space): (readonly [name: string, action: unknown])[] {
  switch (space.kind) {
    case 'discrete': {
      const { start, n } = space
      return [start - 1, start + n, start + 0.5, NaN].map((action) => [describe(action), action])
    }
    case 'box': {
      const long = zeros(space.dtype, space.size + 1)
      return [[describe(long), long], ['undefined', undefined], ...notFinite(space)]
    }
    case 'multi-discrete':
      return [['a value that is too high', Int32Array.from(space.nvec)]]
    case 'multi-binary':
      return [['the value 2', new Uint8Array(space.size).fill(2)]]
    case 'dict':
    case 'tuple':
      return [['undefined', undefined]]
  }
}

function notFinite(space: Extract<Space, { kind: 'box' }>): [string, unknown][] {
  if (space.dtype !== 'float32' && space.dtype !== 'float64') return []
  return [['NaN', zeros(space.dtype, space.size).fill(NaN)]]
}
