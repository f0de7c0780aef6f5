/**
 * What updates found, on backends that are read by waiting: learning goes on and reads it later, that of several
 * updates in one go. When and in which order depends on counts alone, so that no clock decides anything.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type Later, readTogether } from '../backend/index.ts'

/** Updates whose findings are read back together; as many again may be under way before learning waits. */
const UPDATES_PER_READ = 8

interface Pending<O extends string> {
  readonly later: Later<O>
  readonly take: (outputs: Record<O, Float32Array>) => void
}

export class PendingReports<O extends string> {
  #open: Pending<O>[] = []
  #reading: Promise<void> | undefined

  /**
   * @param take is called with the outputs, in the order of `add`; what it throws is thrown by a later `add` or `settle`
   * @returns a promise where learning should wait, so that updates do not pile up on the device
   */
  add(later: Later<O>, take: Pending<O>['take']): Promise<void> | undefined {
    this.#open.push({ later, take })
    return this.#open.length < UPDATES_PER_READ ? undefined : this.#readOn()
  }

  /** Waits until everything has been read and taken. */
  async settle(): Promise<void> {
    await this.#readOn()
    await this.#reading
  }

  /** Frees what was not read. */
  dispose(): void {
    tf.dispose(this.#open.splice(0).map(({ later }) => later.packed))
  }

  /** Begins to read what is open, and waits for what was being read. */
  async #readOn(): Promise<void> {
    const before = this.#reading
    if (this.#open.length > 0) {
      this.#reading = readAndTake(this.#open.splice(0), before)
      this.#reading.catch(() => undefined) // thrown to whoever waits for it next
    }
    await before
  }
}

async function readAndTake<O extends string>(
  pending: readonly Pending<O>[],
  before: Promise<void> | undefined,
): Promise<void> {
  const reading = readTogether(pending.map(({ later }) => later))
  const [results] = await Promise.all([reading, before])
  for (const [i, outputs] of results.entries()) pending[i]!.take(outputs)
}

/** Copies of arrays that are used again before a report is taken. */
export function copiesOf<T extends Readonly<Record<string, { slice(): unknown } | undefined>>>(
  arrays: T,
): T {
  const copies = Object.entries(arrays).map(([name, array]) => [name, array?.slice()])
  return Object.fromEntries(copies) as T
}
