/**
 * The chains' functions: compiled into one small module per program, put into the table of the kernels' module, from
 * which the interpreter calls them by their slots.
 */
import type { Chain } from './chain.ts'
import { functionOf } from './generate.ts'
import { moduleOf } from './wasm.ts'

export class ChainFunctions {
  readonly #memory: WebAssembly.Memory
  readonly #table: WebAssembly.Table
  readonly #free: number[] = []
  #inUse = 0

  constructor(memory: WebAssembly.Memory, table: WebAssembly.Table) {
    this.#memory = memory
    this.#table = table
  }

  /** Slots that hold a function. */
  get inUse(): number {
    return this.#inUse
  }

  /**
   * @returns each chain's slot, equal chains sharing one; undefined where no further module may be compiled
   */
  install(chains: readonly Chain[]): number[] | undefined {
    const keys = chains.map((chain) => JSON.stringify(chain))
    const distinct = new Map(chains.map((chain, i) => [keys[i]!, chain]))
    const functions = this.#compiled([...distinct.values()])
    if (!functions) return undefined
    const slots = new Map([...distinct.keys()].map((key, i) => [key, this.#take(functions[i]!)]))
    return keys.map((key) => slots.get(key)!)
  }

  release(slots: Iterable<number>): void {
    for (const slot of new Set(slots)) {
      this.#table.set(slot, null)
      this.#free.push(slot)
      this.#inUse--
    }
  }

  #compiled(chains: readonly Chain[]): WebAssembly.ExportValue[] | undefined {
    try {
      const module = new WebAssembly.Module(moduleOf(chains.map(functionOf)))
      const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } })
      return chains.map((_, i) => exports[`f${i}`]!)
    } catch (error) {
      // A page may forbid code that is made while it runs.
      if (error instanceof WebAssembly.CompileError || error instanceof EvalError) return undefined
      throw error
    }
  }

  #take(run: WebAssembly.ExportValue): number {
    const slot = this.#free.pop() ?? this.#table.grow(1)
    this.#table.set(slot, run)
    this.#inUse++
    return slot
  }
}
