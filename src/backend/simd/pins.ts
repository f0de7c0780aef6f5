/**
 * Pinned variables: their data stays at one address in memory, so that plans can read and write it there.
 *
 * tfjs's `assign` gives a variable other data. Outside of programs that happens too (a model is loaded, weights are
 * initialized); before a program runs, such data is copied to the pinned place and the variable points there again.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { SimdBackend } from './backend.ts'
import { SimdData } from './data.ts'

export interface Pin {
  readonly variable: tf.Variable
  readonly address: number
  dataId: tf.DataId
  data: SimdData
  holders: number
}

/** References to a pinned variable's data: the variable's and the pin's. */
const OWN_REFERENCES = 2

export class Pins {
  readonly #backend: SimdBackend
  readonly #pins = new Map<number, Pin>()

  constructor(backend: SimdBackend) {
    this.#backend = backend
  }

  /** Pins a variable where its data is now, or returns its pin. Its data must be its own. */
  hold(variable: tf.Variable): Pin {
    const existing = this.#pins.get(variable.id)
    if (existing) {
      existing.holders++
      return existing
    }
    const { dataId } = variable
    const data = this.#backend.dataOf(dataId)
    // A program may have handed it what lies at the place of another variable.
    for (const pin of this.#pins.values()) if (pin.data === data) this.restore(pin)
    const { address } = data
    data.isPinned = true
    this.#backend.incRef(dataId)
    const pin = { variable, address, dataId, data, holders: 1 }
    this.#pins.set(variable.id, pin)
    return pin
  }

  /** Lets go; the last holder gives the place back. */
  release(pin: Pin): void {
    pin.holders--
    if (pin.holders > 0) return
    this.#pins.delete(pin.variable.id)
    pin.data.isPinned = false
    if (pin.data.isPlaced) this.#backend.disposeData(pin.dataId)
    else this.#backend.heap.release(pin.address, pin.data.bytes)
  }

  /** Makes sure that the variable's data, and nobody else's, is at its pinned place. */
  restore(pin: Pin): void {
    if (isUntouched(pin)) return
    const current = this.#backend.dataOf(pin.variable.dataId) // which brings it here from another backend
    if (!pin.data.isPlaced) this.#renew(pin)
    if (pin.data.refCount > (current === pin.data ? OWN_REFERENCES : 1)) this.#leave(pin)
    if (pin.variable.dataId !== pin.dataId) this.#bringBack(pin)
  }

  /** The data went to another backend and the place is empty: it becomes new data. */
  #renew(pin: Pin): void {
    pin.data = SimdData.at(this.#backend.heap, 'float32', pin.address, pin.data.bytes, true)
    pin.data.isPinned = true
    pin.dataId = this.#backend.adopt(pin.data)
  }

  /** Others hold the data at the place: they get a copy elsewhere, and the place becomes new data. */
  #leave(pin: Pin): void {
    const moved = pin.data.moveAway()
    this.#backend.disposeData(pin.dataId) // the pin's own reference
    pin.data = moved
    pin.dataId = this.#backend.adopt(moved)
  }

  #bringBack(pin: Pin): void {
    const { variable, dataId, address } = pin
    const current = this.#backend.dataOf(variable.dataId)
    if (current.address !== address) this.#backend.copyTo(address, current)
    this.#backend.incRef(dataId)
    const pinned = tf
      .engine()
      .makeTensorFromTensorInfo(
        { dataId, shape: variable.shape, dtype: variable.dtype },
        this.#backend,
      )
    variable.assign(pinned)
    pinned.dispose()
  }
}

/** Whether the variable still has the data at its place alone, which a call finds of nearly all: no look-up is needed. */
function isUntouched({ variable, dataId, data }: Pin): boolean {
  return variable.dataId === dataId && data.isPlaced && data.refCount <= OWN_REFERENCES
}

/** Gives every variable data of its own: two that share it could not be written in place. */
export function unshareVariables(backend: SimdBackend): Map<SimdData, tf.Variable> {
  const byData = new Map<SimdData, tf.Variable>()
  for (const variable of Object.values(tf.engine().registeredVariables)) {
    if (variable.dtype !== 'float32') continue
    const shared = byData.has(backend.dataOf(variable.dataId))
    if (shared) {
      const values = backend.readSync(variable.dataId) as Float32Array
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))
    }
    byData.set(backend.dataOf(variable.dataId), variable)
  }
  return byData
}
