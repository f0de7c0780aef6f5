/** Whether an observation is in its space, and if not, in which way. */

import { describe } from '../names.ts'
import type { Space } from '../spaces/composite.ts'
import { isArrayOf } from '../spaces/dtype.ts'
import type { CheckName, Report } from './finding.ts'

type ObservationCheck = Extract<CheckName, `observation-${'type' | 'shape' | 'finite' | 'bounds'}`>

const REMEDIES: Readonly<Record<ObservationCheck, string>> = {
  'observation-type': 'return what the space describes, or give the space that is meant',
  'observation-shape':
    'return as many elements as the space has, flat in C order, or mend its shape',
  'observation-finite':
    'look for a division by zero or a state that runs off to infinity; clip it in the environment',
  'observation-bounds': 'clip the observation, or widen the bounds of the space',
}

export function checkObservation(report: Report, space: Space, obs: unknown, when: string): void {
  const fault = findFault(space, obs, 'obs')
  if (fault === undefined) return
  report.add(fault.check, {
    expected: `observations in ${space.toString()}`,
    found: `at ${when} ${fault.why}`,
    remedy: REMEDIES[fault.check],
  })
}

interface Fault {
  readonly check: ObservationCheck
  readonly why: string
}

/** Looks into the parts of Dict and Tuple for the one that is wrong. */
function findFault(space: Space, obs: unknown, path: string): Fault | undefined {
  const infinite = findNonFinite(obs)
  if (infinite !== undefined) {
    return { check: 'observation-finite', why: `${path} is ${describe(obs)}${infinite}` }
  }
  const explained = space.explain(obs)
  for (const [part, inner, key] of partsOf(space, obs)) {
    const fault = findFault(part, inner, `${path}.${key}`)
    if (fault !== undefined) return fault
  }
  if (explained === undefined) return undefined
  return { check: classify(space, obs), why: `${path}: ${explained}` }
}

function partsOf(space: Space, obs: unknown): (readonly [Space, unknown, string])[] {
  if (typeof obs !== 'object' || obs === null) return []
  const values = new Map<string, unknown>(Object.entries(obs))
  if (space.kind === 'dict' && !ArrayBuffer.isView(obs)) {
    return space.entries.map(([key, part]) => [part, values.get(key), key])
  }
  if (space.kind === 'tuple' && Array.isArray(obs)) {
    return space.spaces.map((part, i) => [part, values.get(String(i)), String(i)])
  }
  return []
}

function findNonFinite(obs: unknown): string | undefined {
  if (typeof obs === 'number') return Number.isFinite(obs) ? undefined : ''
  if (!(obs instanceof Float32Array || obs instanceof Float64Array)) return undefined
  const at = obs.findIndex((value) => !Number.isFinite(value))
  return at < 0 ? undefined : `, whose element ${at} is ${obs[at]!}`
}

function classify(space: Space, obs: unknown): ObservationCheck {
  switch (space.kind) {
    case 'box':
      return ofArray(isArrayOf(space.dtype, obs), obs, space.size)
    case 'multi-discrete':
      return ofArray(obs instanceof Int32Array, obs, space.nvec.length)
    case 'multi-binary':
      return ofArray(obs instanceof Uint8Array, obs, space.size)
    case 'discrete':
      return Number.isInteger(obs) ? 'observation-bounds' : 'observation-type'
    case 'dict':
    case 'tuple':
      return 'observation-type'
  }
}

function ofArray(isType: boolean, obs: unknown, size: number): ObservationCheck {
  if (!isType) return 'observation-type'
  const length = (obs as ArrayLike<number>).length
  return length === size ? 'observation-bounds' : 'observation-shape'
}
