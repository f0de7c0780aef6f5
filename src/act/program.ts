/** Programs: from observations to numbers, for one observation or many. Asking about one allocates nothing. */
import type { Encoder } from './observations.ts'
import { type Machine, Plan } from './plan.ts'
import type { Observations } from './policy.ts'
import { type MaskPlaces, penaltyOf } from './policy-heads.ts'

export interface ProgramParts {
  readonly machine: Machine
  readonly encoder: Encoder
  /** Numbers in the answer to one observation. */
  readonly outputs: number
  /** Numbers in one mask; 0 for a program without. */
  readonly maskSize: number
  /** @param x the address of the encoded observations @returns the address of the answers */
  readonly build: (plan: Plan, x: number, masks: MaskPlaces | undefined) => number
}

/** A plan and its places, as indices of numbers. */
interface Prepared {
  readonly plan: Plan
  readonly input: number
  readonly legal: number
  readonly penalty: number
  readonly output: number
  /** The answers as they lie in memory, of which `memory` was the view. */
  answers: Float32Array
  memory: Float32Array
}

/** Plans are made when they are first needed: one for a single observation, one for the last batch. */
export class Program {
  readonly #parts: ProgramParts
  #one: Prepared | undefined
  #many: Prepared | undefined

  constructor(parts: ProgramParts) {
    this.#parts = parts
  }

  /**
   * @param masks [rows, maskSize], for a program with masks
   * @returns [rows, outputs], valid until the next call
   */
  run(obs: Observations | number, rows: number, masks: Uint8Array | undefined): Float32Array {
    const { machine, encoder } = this.#parts
    const prepared = rows === 1 ? (this.#one ??= this.#prepare(1)) : this.#prepareMany(rows)
    const { f32 } = machine.heap
    encoder.write(obs, f32, prepared.input)
    if (masks) this.#writeMasks(masks, f32, prepared)
    prepared.plan.run()
    if (prepared.memory !== f32) this.#look(prepared) // memory has grown
    return prepared.answers
  }

  #prepareMany(rows: number): Prepared {
    if (this.#many?.plan.rows === rows) return this.#many
    this.#many?.plan.release()
    return (this.#many = this.#prepare(rows))
  }

  #prepare(rows: number): Prepared {
    const { machine, encoder, maskSize, build } = this.#parts
    const plan = new Plan(machine, rows)
    const input = plan.block(rows * encoder.width)
    const legal = plan.block(rows * maskSize)
    const penalty = plan.block(rows * maskSize)
    const x = encoder.stage(plan, input)
    const output = build(plan, x, maskSize > 0 ? { legal, penalty } : undefined)
    plan.finish()
    const [memory, answers] = [new Float32Array(0), new Float32Array(0)]
    const places = { input: input / 4, legal: legal / 4, penalty: penalty / 4, output: output / 4 }
    return { plan, ...places, memory, answers }
  }

  #writeMasks(masks: Uint8Array, f32: Float32Array, { legal, penalty }: Prepared): void {
    for (let i = 0; i < masks.length; i++) {
      f32[legal + i] = masks[i]!
      f32[penalty + i] = penaltyOf(masks[i]!)
    }
  }

  #look(prepared: Prepared): void {
    const { f32 } = this.#parts.machine.heap
    const size = prepared.plan.rows * this.#parts.outputs
    prepared.memory = f32
    prepared.answers = f32.subarray(prepared.output, prepared.output + size)
  }
}
