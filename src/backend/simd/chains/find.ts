/**
 * Finds chains in a plan: groups of elementwise steps over the same elements, each of which computes what another one
 * of its group reads.
 *
 * A group runs at one place. That changes the order of steps, which is allowed as long as no step needs a group to have
 * run that needs the step to have run: the graph of groups stays free of cycles. Who reads and who writes the same data
 * keep their order, so steps that write in place are safe.
 */
import type { SimdData } from '../data.ts'
import type { Codes } from '../instruction.ts'
import type { Step } from '../step.ts'
import { type Link, linkOf } from './chain.ts'

/** A step of a chain. */
export interface Member {
  readonly step: Step
  readonly link: Link
}

/** More members than this would keep registers from holding what is between them. */
const MOST_MEMBERS = 24
/** Leaves room for the addresses of results in a record. */
const MOST_OPERANDS = 16

/** Steps in the order in which they run; chains, of two members or more, as arrays. */
export function findChains(steps: readonly Step[], codes: Codes): (Step | readonly Member[])[] {
  const groups = new Groups(steps)
  const links = steps.map((step) => linkOf(step, codes))
  const producers = soleProducers(steps)
  for (const [index, link] of links.entries()) {
    for (const { data } of link?.reads ?? []) {
      const producer = producers.get(data)
      if (producer === undefined || producer >= index || links[producer]?.result !== data) continue
      const members = groups.merged(producer, index).map((member) => links[member]!)
      if (isSmall(members) && haveOneShape(members)) groups.merge(producer, index)
    }
  }
  return groups.inOrder().map((group) => {
    if (group.length === 1) return steps[group[0]!]!
    return group.map((index) => ({ step: steps[index]!, link: links[index]! }))
  })
}

/** The steps that alone write some data. */
function soleProducers(steps: readonly Step[]): Map<SimdData, number> {
  const producers = new Map<SimdData, number>()
  const repeated = new Set<SimdData>()
  for (const [index, { writes }] of steps.entries()) {
    for (const data of writes) {
      if (producers.has(data)) repeated.add(data)
      producers.set(data, index)
    }
  }
  for (const data of repeated) producers.delete(data)
  return producers
}

function isSmall(links: readonly Link[]): boolean {
  const made = new Set(links.map(({ result }) => result))
  const read = new Set(links.flatMap(({ reads }) => reads.map(({ data }) => data)))
  const operands = [...read].filter((data) => !made.has(data))
  return links.length <= MOST_MEMBERS && operands.length <= MOST_OPERANDS
}

function haveOneShape(links: readonly Link[]): boolean {
  const cols = new Set(links.flatMap((link) => link.cols ?? []))
  return cols.size <= 1 && new Set(links.map(({ size }) => size)).size === 1
}

/** Steps, by index, in groups that start with one step each. */
class Groups {
  /** By step: the steps that must run after it. */
  readonly #successors: readonly (readonly number[])[]
  /** By step: the members of its group, ascending. */
  readonly #groupOf: (readonly number[])[]

  constructor(steps: readonly Step[]) {
    this.#successors = successorsOf(steps)
    this.#groupOf = steps.map((_, index) => [index])
  }

  /** The members that the two steps' groups have together. */
  merged(a: number, b: number): readonly number[] {
    const together = new Set([...this.#groupOf[a]!, ...this.#groupOf[b]!])
    return [...together].sort((x, y) => x - y)
  }

  /** Makes the two steps' groups one, unless another step would have to run in the midst of it. */
  merge(a: number, b: number): void {
    const merged = this.merged(a, b)
    if (this.#isInterrupted(merged)) return
    for (const member of merged) this.#groupOf[member] = merged
  }

  /** Whether something outside depends on members, and members on it. */
  #isInterrupted(members: readonly number[]): boolean {
    const inside = new Set(members)
    const seen = new Set<readonly number[]>()
    const open = members
      .flatMap((member) => this.#successors[member]!)
      .filter((next) => !inside.has(next))
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const group = this.#groupOf[index]!
      if (seen.has(group)) continue
      seen.add(group)
      for (const next of group.flatMap((member) => this.#successors[member]!)) {
        if (inside.has(next)) return true
        open.push(next)
      }
    }
    return false
  }

  /** Groups in an order that respects what depends on what: as early as they can, by their first members. */
  inOrder(): (readonly number[])[] {
    const groups = new Set(this.#groupOf)
    const waiting = new Map([...groups].map((group) => [group, 0]))
    const dependents = new Map([...groups].map((group) => [group, this.#dependents(group)]))
    for (const list of dependents.values())
      for (const group of list) waiting.set(group, waiting.get(group)! + 1)
    const order: (readonly number[])[] = []
    while (waiting.size > 0) {
      const ready = [...waiting.keys()].find((group) => waiting.get(group) === 0)
      if (!ready) throw new Error('the steps of a plan depend on each other in a circle')
      waiting.delete(ready)
      order.push(ready)
      for (const group of dependents.get(ready)!) waiting.set(group, waiting.get(group)! - 1)
    }
    return order
  }

  #dependents(group: readonly number[]): Set<readonly number[]> {
    const next = group.flatMap((member) => this.#successors[member]!)
    const dependents = new Set(next.map((index) => this.#groupOf[index]!))
    dependents.delete(group)
    return dependents
  }
}

/** By step: those that read what it writes, or write what it reads or writes. */
function successorsOf(steps: readonly Step[]): number[][] {
  const successors = steps.map((): number[] => [])
  const writer = new Map<SimdData, number>()
  const readers = new Map<SimdData, number[]>()
  for (const [index, { reads, writes }] of steps.entries()) {
    const after = (earlier: number | undefined) => {
      if (earlier !== undefined && earlier !== index) successors[earlier]!.push(index)
    }
    for (const data of reads) {
      after(writer.get(data))
      readers.set(data, [...(readers.get(data) ?? []), index])
    }
    for (const data of writes) {
      after(writer.get(data))
      for (const reader of readers.get(data) ?? []) after(reader)
      writer.set(data, index)
      readers.set(data, [])
    }
  }
  return successors
}
