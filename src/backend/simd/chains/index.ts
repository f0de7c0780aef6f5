/**
 * Chains of elementwise steps as single steps: their values stay in registers, and what nobody else needs is never
 * stored. Each chain becomes a function of its own in WebAssembly, made when the plan is, with the same instructions
 * per element as the kernels': the bits are those of the single steps.
 */
import type { SimdData } from '../data.ts'
import { type Argument, type Codes, PLAN_WORDS } from '../instruction.ts'
import type { Step } from '../step.ts'
import type { Chain, Read } from './chain.ts'
import { findChains, type Member } from './find.ts'
import type { ChainFunctions } from './functions.ts'

export { ChainFunctions } from './functions.ts'

/** Addresses that fit into a record behind its code and the slot. */
const MOST_ADDRESSES = PLAN_WORDS - 2

export interface FusedChains {
  readonly steps: readonly Step[]
  /** Slots of the functions that the steps call, to be released with them. */
  readonly slots: readonly number[]
}

/**
 * @param kept results that are wanted in the end
 * @returns the steps as they are where no functions can be made
 */
export function fuseChains(
  steps: readonly Step[],
  kept: ReadonlySet<SimdData>,
  codes: Codes,
  functions: ChainFunctions,
): FusedChains {
  const parts = findChains(steps, codes).flatMap((part): (Step | DrawnUp)[] => {
    if (!isChain(part)) return [part]
    const drawn = drawUp(part, steps, kept)
    const addresses = drawn.operands.length + drawn.results.length
    return addresses <= MOST_ADDRESSES ? [drawn] : part.map(({ step }) => step)
  })
  const chains = parts.flatMap((part) => ('chain' in part ? [part.chain] : []))
  const slots = chains.length > 0 ? functions.install(chains) : undefined
  if (!slots) return { steps, slots: [] }
  let next = 0
  const fused = parts.map((part) => ('chain' in part ? stepOf(part, slots[next++]!, codes) : part))
  return { steps: fused, slots }
}

function isChain(part: Step | readonly Member[]): part is readonly Member[] {
  return Array.isArray(part)
}

/** A chain and the data that it works on. */
interface DrawnUp {
  readonly chain: Chain
  readonly operands: readonly Read[]
  readonly results: readonly SimdData[]
}

function drawUp(
  members: readonly Member[],
  steps: readonly Step[],
  kept: ReadonlySet<SimdData>,
): DrawnUp {
  const own = new Set(members.map(({ step }) => step))
  const isNeeded = (data: SimdData) =>
    kept.has(data) || steps.some((step) => !own.has(step) && step.reads.includes(data))
  const links = members.map(({ link }) => link)
  const operands: Read[] = []
  const made = new Map<SimdData, number>(links.map(({ result }, i) => [result, i]))
  for (const { reads } of links) {
    for (const read of reads) {
      if (!made.has(read.data) && !operands.some((known) => isSame(known, read)))
        operands.push(read)
    }
  }
  const valueOf = (read: Read) => {
    const operation = made.get(read.data)
    if (operation !== undefined) return operands.length + operation
    return operands.findIndex((known) => isSame(known, read))
  }
  const stored = links.flatMap(({ result }, i) => (isNeeded(result) ? [i] : []))
  const size = links[0]!.size
  const cols = links.find((link) => link.cols !== undefined)?.cols ?? size
  const chain: Chain = {
    rows: size / cols,
    cols,
    operands: operands.map(({ extent, isBoolean }) => ({ extent, isBoolean })),
    operations: links.map(({ name, reads, isBoolean, p, q }) => ({
      name,
      inputs: reads.map(valueOf),
      isBoolean,
      p,
      q,
    })),
    results: stored,
  }
  return { chain, operands, results: stored.map((i) => links[i]!.result) }
}

function isSame(a: Read, b: Read): boolean {
  return a.data === b.data && a.extent === b.extent && a.isBoolean === b.isBoolean
}

function stepOf({ chain, operands, results }: DrawnUp, slot: number, codes: Codes): Step {
  const args: Argument[] = [
    slot,
    ...operands.map(({ data }) => ({ kind: 'read', data }) as const),
    ...results.map((data) => ({ kind: 'write', data }) as const),
  ]
  // A result may be written over a full operand, element by element.
  const replaceable = operands.flatMap(({ extent }, i) => (extent === 'full' ? [i + 1] : []))
  return {
    run: { code: codes['OP_CALL']!, args, name: nameOf(chain), replaceable },
    reads: operands.map(({ data }) => data),
    writes: results,
  }
}

/** Its operations in their order: mul×2 sub relu. */
function nameOf({ operations }: Chain): string {
  const names = operations.map(({ name }) =>
    name.replace(/^(UNARY|BINARY|COMPARE|LOGICAL)_/, '').toLowerCase(),
  )
  const starts = names.flatMap((name, i) => (name === names[i - 1] ? [] : [i]))
  return starts
    .map((start, i) => {
      const count = (starts[i + 1] ?? names.length) - start
      return count > 1 ? `${names[start]}×${count}` : names[start]
    })
    .join(' ')
}
