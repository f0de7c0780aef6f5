/**
 * From a recording to a plan: dead steps dropped, steps fused, results placed in one arena, records written.
 */
import type { SimdData } from './data.ts'
import type { Argument, Codes, Instruction } from './instruction.ts'
import { copyStep, isHostCall, type Step } from './step.ts'

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
  codes: Codes,
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
  codes: Codes,
): boolean {
  if (isHostCall(run) || run.code !== codes['OP_COPY']) return false
  return (places.get(reads[0]!) ?? reads[0]) === writes[0]
}

/** Whether a step may write to a place that it reads: kernels that go element by element may. */
function mayOverwrite(
  { run, reads }: Step,
  place: SimdData,
  places: ReadonlyMap<SimdData, SimdData>,
  codes: Codes,
): boolean {
  if (isHostCall(run)) return false
  const isThere = (data: SimdData) => (places.get(data) ?? data) === place
  if (!reads.some(isThere)) return true
  if (run.replaceable) return reads.every((data) => !isThere(data) || isReplaceable(run, data))
  return run.code === codes['OP_COPY'] || isElementwise(run, codes)
}

function isElementwise(run: Instruction, codes: Codes): boolean {
  return (
    run.code === codes['OP_UNARY'] || (run.code === codes['OP_BINARY'] && isSameShape(run, codes))
  )
}

/** Operands whose place a step's result may take over, where nobody needs them afterwards. */
function replaceable({ run, reads }: Step, codes: Codes): readonly SimdData[] {
  if (isHostCall(run)) return []
  if (run.replaceable) return reads.filter((data) => isReplaceable(run, data))
  if (isElementwise(run, codes)) return reads
  // The weights' gradient becomes the directions'.
  return run.code === codes['OP_WEIGHT_NORM_GRADIENT'] ? reads.slice(0, 1) : []
}

/** Whether every argument that is this data is one whose place a result may take over. */
function isReplaceable({ args, replaceable = [] }: Instruction, data: SimdData): boolean {
  return args.every((arg, i) => !isRead(arg, data) || replaceable.includes(i))
}

function isRead(arg: Argument, data: SimdData): boolean {
  return typeof arg === 'object' && arg.kind === 'read' && arg.data === data
}

/** A binary step without broadcasting. */
function isSameShape({ args }: Instruction, codes: Codes): boolean {
  return args[1] === codes['MODE_VECTOR_VECTOR'] && args[5] === 1
}

/**
 * Places results in an arena so that those which are needed at the same time do not overlap.
 *
 * @param isPlaced results that have a place already: variables, constants, inputs
 * @param last results that are read after the last step
 * @returns offsets in bytes, and the arena's size
 */
export function placeInArena(
  steps: readonly Step[],
  isPlaced: (data: SimdData) => boolean,
  last: ReadonlySet<SimdData>,
  codes: Codes,
): { offsets: Map<SimdData, number>; size: number } {
  const lifetimes = new Map<SimdData, Lifetime>()
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
  return firstFit(lifetimes, inheritances(steps, lifetimes, codes))
}

/** First and last step that needs a place. */
interface Lifetime {
  readonly from: number
  to: number
}

/** Results that take over the place of an operand which dies in the step that computes them. */
function inheritances(
  steps: readonly Step[],
  lifetimes: ReadonlyMap<SimdData, Lifetime>,
  codes: Codes,
): Map<SimdData, SimdData> {
  const heirs = new Map<SimdData, SimdData>()
  for (const [index, step] of steps.entries()) {
    const dying = replaceable(step, codes).filter((data) => lifetimes.get(data)?.to === index)
    const operand = dying[0]
    const result = heirsIn(step, codes).find(
      (data) => lifetimes.get(data)?.from === index && data.bytes === operand?.bytes,
    )
    if (operand && result) heirs.set(result, operand)
  }
  return heirs
}

/** Results that may take over the place of an operand. */
function heirsIn({ run, writes }: Step, codes: Codes): readonly SimdData[] {
  const isGradient = !isHostCall(run) && run.code === codes['OP_WEIGHT_NORM_GRADIENT']
  // The lengths' gradient, which has as many numbers where v has one row, is written while dw is still read.
  return isGradient ? writes.slice(1) : writes
}

interface Place {
  readonly offset: number
  readonly end: number
  readonly to: number
}

/** In the order in which results appear, each at the lowest offset that is free for its whole life. */
function firstFit(
  lifetimes: ReadonlyMap<SimdData, Lifetime>,
  inheritances: ReadonlyMap<SimdData, SimdData>,
): { offsets: Map<SimdData, number>; size: number } {
  const offsets = new Map<SimdData, number>()
  let active: Place[] = []
  let size = 0
  for (const [data, { from, to }] of lifetimes) {
    const bytes = Math.ceil((data.bytes + PADDING) / PADDING) * PADDING
    const inherited = inheritances.get(data)
    let offset = inherited ? offsets.get(inherited)! : 0
    active = active.filter((place) => place.to >= from && !(inherited && place.offset === offset))
    for (const place of inherited ? [] : active) {
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
