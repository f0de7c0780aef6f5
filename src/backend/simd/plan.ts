/**
 * From a recording to a plan: dead steps dropped, steps fused, results placed in one arena, records written.
 */
import type { HostCall, SimdData } from './backend.ts'
import type { Instruction } from './instruction.ts'
import type { Step } from './recording.ts'

/** Steps that something needed depends on, in order. @param needed data that is wanted in the end */
export function liveSteps(steps: readonly Step[], needed: Iterable<SimdData>): Step[] {
  const wanted = new Set(needed)
  const live: Step[] = []
  for (const step of [...steps].reverse()) {
    if (!step.writes.some((data) => wanted.has(data))) continue
    for (const data of step.reads) wanted.add(data)
    live.push(step)
  }
  return live.reverse()
}

/** Replaces data by other data in a step. */
export function renamed(step: Step, from: SimdData, to: SimdData): Step {
  if (!step.reads.includes(from) && !step.writes.includes(from)) return step
  const name = (data: SimdData) => (data === from ? to : data)
  const [reads, writes] = [step.reads.map(name), step.writes.map(name)]
  if (isHostCall(step.run)) return { run: step.run, reads, writes }
  const args = step.run.args.map((arg) =>
    typeof arg === 'object' ? { ...arg, data: name(arg.data) } : arg,
  )
  return { run: { ...step.run, args }, reads, writes }
}

/** A variable's new value. */
export interface Assignment {
  /** Where the new value belongs. */
  readonly place: SimdData
  /** The result that it is; never what another assigned variable held before. */
  readonly source: SimdData
}

/**
 * Brings new values to the variables' places: written there by the step that computes them, where nobody reads the old
 * value afterwards, or copied at the end.
 */
export function assignInPlace(
  steps: readonly Step[],
  assignments: readonly Assignment[],
  places: Map<SimdData, SimdData>,
  outputs: readonly { readonly data: SimdData }[],
  codes: Readonly<Record<string, number>>,
): Step[] {
  let result = [...steps]
  const copies: Step[] = []
  const isWanted = (data: SimdData) => outputs.some((output) => output.data === data)
  // Two variables may be given the same result.
  const moved = new Map<SimdData, SimdData>()
  for (const { place, source: given } of assignments) {
    const source = moved.get(given) ?? given
    const first = result.findIndex(({ writes }) => writes.includes(source))
    const readLater = result.some(
      ({ reads }, i) => i > first && reads.some((data) => (places.get(data) ?? data) === place),
    )
    const step = result[first]
    const isDirect =
      step !== undefined &&
      !places.has(source) &&
      !readLater &&
      !isWanted(source) &&
      mayOverwrite(step, place, places, codes)
    places.set(place, place)
    if (isDirect) {
      result = result
        .map((each) => renamed(each, source, place))
        .filter((each) => !isIdleCopy(each, places, codes))
      moved.set(source, place)
    } else {
      copies.push(copyStep(source, place, codes))
    }
  }
  return [...result, ...copies]
}

/** A copy of a place to itself. */
function isIdleCopy(
  { run, reads, writes }: Step,
  places: ReadonlyMap<SimdData, SimdData>,
  codes: Readonly<Record<string, number>>,
): boolean {
  if (isHostCall(run) || run.code !== codes['OP_COPY']) return false
  return (places.get(reads[0]!) ?? reads[0]) === writes[0]
}

/** Whether a step may write to a place that it reads: kernels that go element by element may. */
function mayOverwrite(
  { run, reads }: Step,
  place: SimdData,
  places: ReadonlyMap<SimdData, SimdData>,
  codes: Readonly<Record<string, number>>,
): boolean {
  if (isHostCall(run)) return false
  if (!reads.some((data) => (places.get(data) ?? data) === place)) return true
  if (run.code === codes['OP_COPY']) return true
  return (
    run.code === codes['OP_UNARY'] || (run.code === codes['OP_BINARY'] && isSameShape(run, codes))
  )
}

/** A binary step without broadcasting. */
function isSameShape({ args }: Instruction, codes: Readonly<Record<string, number>>): boolean {
  return args[1] === codes['MODE_VECTOR_VECTOR'] && args[5] === 1
}

export function copyStep(
  from: SimdData,
  to: SimdData,
  codes: Readonly<Record<string, number>>,
): Step {
  const args = [
    { kind: 'write', data: to } as const,
    { kind: 'read', data: from } as const,
    from.bytes,
  ]
  return { run: { code: codes['OP_COPY']!, args }, reads: [from], writes: [to] }
}

export function isHostCall(run: Instruction | HostCall): run is HostCall {
  return 'kernelFunc' in run
}

/**
 * Places results in an arena so that those which are needed at the same time do not overlap.
 *
 * @param places results that need a place; others (variables, constants, inputs) have theirs
 * @param last results that are read after the last step
 * @returns offsets in bytes, and the arena's size
 */
export function placeInArena(
  steps: readonly Step[],
  isPlaced: (data: SimdData) => boolean,
  last: ReadonlySet<SimdData>,
): { offsets: Map<SimdData, number>; size: number } {
  const lifetimes = new Map<SimdData, { from: number; to: number }>()
  for (const [index, { reads, writes }] of steps.entries()) {
    for (const data of [...reads, ...writes]) {
      if (isPlaced(data)) continue
      const lifetime = lifetimes.get(data)
      if (lifetime) lifetime.to = index
      else lifetimes.set(data, { from: index, to: index })
    }
  }
  for (const data of last) {
    const lifetime = lifetimes.get(data)
    if (lifetime) lifetime.to = steps.length
  }
  return firstFit(lifetimes)
}

interface Place {
  readonly offset: number
  readonly end: number
  readonly to: number
}

/** In the order in which results appear, each at the lowest offset that is free for its whole life. */
function firstFit(lifetimes: ReadonlyMap<SimdData, { from: number; to: number }>): {
  offsets: Map<SimdData, number>
  size: number
} {
  const offsets = new Map<SimdData, number>()
  let active: Place[] = []
  let size = 0
  for (const [data, { from, to }] of lifetimes) {
    active = active.filter((place) => place.to >= from)
    const bytes = Math.ceil((data.bytes + PADDING) / PADDING) * PADDING
    let offset = 0
    for (const place of active) {
      if (place.offset - offset >= bytes) break
      offset = Math.max(offset, place.end)
    }
    active.push({ offset, end: offset + bytes, to })
    active.sort((a, b) => a.offset - b.offset)
    offsets.set(data, offset)
    size = Math.max(size, offset + bytes)
  }
  return { offsets, size }
}

/** Kernels read whole vectors beyond the end of an array. */
const PADDING = 16
