/**
 * A sum tree: draws an index in proportion to its priority in O(log capacity), in double precision.
 *
 * A complete binary tree in one array: node k has the children 2k and 2k + 1, each parent is the sum of its children.
 * Parents are added up anew at every change, so no rounding accumulates.
 *
 * Source: Schaul et al. 2016 (arXiv 1511.05952), appendix B.2.1.
 */
export class SumTree {
  readonly capacity: number
  /** Leaves: a power of two from `capacity` on. */
  readonly #leaves: number
  /** [2 · leaves]; 1 is the root, 0 is not used. */
  readonly #nodes: Float64Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.#leaves = 2 ** Math.ceil(Math.log2(capacity))
    this.#nodes = new Float64Array(2 * this.#leaves)
  }

  /** The bytes that a tree takes: 8 for each of twice as many nodes as leaves, a power of two from `capacity` on. */
  static estimateBytes(capacity: number): number {
    return 8 * 2 * 2 ** Math.ceil(Math.log2(capacity))
  }

  /** The sum of all priorities. */
  get total(): number {
    return this.#nodes[1]!
  }

  get(index: number): number {
    return this.#nodes[this.#leaves + index]!
  }

  /** @throws RangeError if the priority is negative or not finite */
  set(index: number, priority: number): void {
    if (!(priority >= 0 && priority < Number.POSITIVE_INFINITY))
      throw new RangeError(`priority is ${priority}; give a finite number from 0 on`)
    let node = this.#leaves + index
    this.#nodes[node] = priority
    for (node >>>= 1; node >= 1; node >>>= 1)
      this.#nodes[node] = this.#nodes[2 * node]! + this.#nodes[2 * node + 1]!
  }

  /** The first priorities as an array of their own. */
  priorities(count: number): Float64Array {
    return this.#nodes.slice(this.#leaves, this.#leaves + count)
  }

  /** Takes over the first priorities; all others become 0. */
  setAll(priorities: Float64Array): void {
    this.#nodes.fill(0)
    this.#nodes.set(priorities, this.#leaves)
    for (let node = this.#leaves - 1; node >= 1; node--)
      this.#nodes[node] = this.#nodes[2 * node]! + this.#nodes[2 * node + 1]!
  }

  /**
   * The first index whose cumulative sum is greater than the mass; never one of priority 0, unless all are.
   *
   * @param mass from 0 to below `total`
   */
  find(mass: number): number {
    let node = 1
    let rest = mass
    while (node < this.#leaves) {
      const left = this.#nodes[2 * node]!
      // Where rounding left more mass than there is, the last leaf of positive priority is meant.
      const goesRight = rest >= left && this.#nodes[2 * node + 1]! > 0
      if (goesRight) rest -= left
      node = 2 * node + Number(goesRight)
    }
    return node - this.#leaves
  }
}

/**
 * The masses of a stratified draw: one from each of K equal parts of the total, (k + u_k) / K · total.
 *
 * @param k from 0 to K − 1
 * @param uniform u_k, from 0 to below 1
 */
export function stratifiedMass(k: number, uniform: number, count: number, total: number): number {
  return ((k + uniform) / count) * total
}
