/**
 * A corner shop's stock of one perishable-free product: each evening decide how many crates to order for the morning.
 *
 * Action (Discrete 11): crates to order, 0 … 10; they arrive before the shop opens.
 *
 * Observation (Box float32 [8]): 0 stock in the evening, crates, from 0 to 20; 1 … 7 tomorrow's weekday, one-hot
 * from Monday.
 *
 * Demand of a day: a whole number, uniform from 2 below to 2 above the weekday's mean (weekends sell more).
 *
 * Reward of a day, money: +1 per crate sold, −0.5 per crate asked for but not there, −0.1 per crate kept overnight,
 * −2 for a delivery, however large. What does not fit into the storeroom is lost.
 *
 * Start: 5 crates, Monday tomorrow. The environment never ends; the factory below cuts it after eight weeks, which
 * is a truncation: the shop goes on, and the agent should bootstrap.
 */
import {
  Box,
  Discrete,
  Rng,
  type Env,
  type EnvState,
  type ResetArgs,
  type StepResult,
} from 'gymnasium-js'
import { TimeLimit } from 'gymnasium-js/wrappers'

const CAPACITY = 20 // crates
const MAX_ORDER = 10 // crates
const START_STOCK = 5 // crates
const MEAN_DEMAND = [3, 3, 3, 4, 6, 8, 2] as const // crates, Monday to Sunday
const DEMAND_SPREAD = 2 // crates, either way
const PRICE = 1
const LOST_SALE_COST = 0.5
const HOLDING_COST = 0.1
const DELIVERY_COST = 2
const WEEKS = 8

export class Inventory implements Env<Float32Array, number> {
  readonly observationSpace = new Box({
    low: 0,
    high: [CAPACITY, ...MEAN_DEMAND.map(() => 1)],
    shape: [1 + MEAN_DEMAND.length],
  })
  readonly actionSpace = new Discrete(MAX_ORDER + 1)
  #rng = new Rng(0)
  #stock = START_STOCK
  #day = 0 // of the week, 0 is Monday

  get unwrapped(): this {
    return this
  }

  reset({ seed }: ResetArgs = {}) {
    if (seed !== undefined) this.#rng = new Rng(seed)
    this.#stock = START_STOCK
    this.#day = 0
    return { obs: this.#observe(), info: {} }
  }

  step(order: number): StepResult<Float32Array> {
    const wrong = this.actionSpace.explain(order)
    if (wrong !== undefined) throw new RangeError(`Inventory: action: ${wrong}`)
    const mean = MEAN_DEMAND[this.#day]!
    const demand = Math.max(0, this.#rng.randInt(mean - DEMAND_SPREAD, mean + DEMAND_SPREAD + 1))
    const available = Math.min(this.#stock + order, CAPACITY)
    const sold = Math.min(available, demand)
    this.#stock = available - sold
    this.#day = (this.#day + 1) % MEAN_DEMAND.length
    const reward =
      PRICE * sold -
      LOST_SALE_COST * (demand - sold) -
      HOLDING_COST * this.#stock -
      (order > 0 ? DELIVERY_COST : 0)
    return { obs: this.#observe(), reward, terminated: false, truncated: false, info: { demand } }
  }

  getState(): EnvState {
    return { stock: this.#stock, day: this.#day, rng: this.#rng.getState() }
  }

  setState({ stock, day, rng }: EnvState): void {
    if (typeof stock !== 'number' || typeof day !== 'number' || typeof rng !== 'object') {
      throw new TypeError('Inventory: this is not a state that getState returned')
    }
    this.#stock = stock
    this.#day = day
    this.#rng = Rng.fromState(rng as EnvState)
  }

  render(): undefined {
    return undefined
  }

  close(): void {
    // Nothing is held open.
  }

  #observe(): Float32Array {
    const obs = new Float32Array(1 + MEAN_DEMAND.length)
    obs[0] = this.#stock
    obs[1 + this.#day] = 1
    return obs
  }
}

/** What a good shopkeeper would do: once stock falls below `reorderAt`, fill up to `upTo`. */
export function reorderPolicy(obs: Float32Array, reorderAt: number, upTo: number): number {
  const stock = obs[0]!
  return stock < reorderAt ? Math.min(MAX_ORDER, upTo - stock) : 0
}

/** What `--env ./inventory.ts` and `new Dqn({ env })` take. */
export default function makeInventory() {
  return new TimeLimit(new Inventory(), WEEKS * MEAN_DEMAND.length)
}
