/** The caller's side of one worker of a WorkerVectorEnv: its thread, its turns, its messages. */

import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { CONTROL, CONTROL_SIZE, TURN } from './worker-protocol.ts'
import type { Reply, Request, WorkerSetup } from './worker-protocol.ts'

export interface ThreadOptions {
  /** The file of worker-entry. */
  readonly entry: URL
  readonly execArgv: readonly string[] | undefined
}

/** How a worker's turn ended: with its reply, if it had one, or not at all. */
export type Outcome =
  | { readonly kind: 'done'; readonly reply: Reply | undefined }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'timeout' }

export class WorkerThread {
  readonly from: number
  readonly to: number
  readonly #control: Int32Array
  readonly #port: MessagePort
  readonly #worker: Worker

  /** Starts the thread, which has the first turn: building its environments. */
  constructor(setup: Omit<WorkerSetup, 'control'>, { entry, execArgv }: ThreadOptions) {
    const bytes = CONTROL_SIZE * Int32Array.BYTES_PER_ELEMENT
    this.#control = new Int32Array(new SharedArrayBuffer(bytes))
    this.#control[CONTROL.turn] = TURN.worker
    this.#control[CONTROL.current] = -1
    this.from = setup.from
    this.to = setup.to
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(entry, {
      name: `envs ${setup.from} to ${setup.to - 1}`,
      workerData: { ...setup, control: this.#control, port: port2 },
      transferList: [port2],
      ...(execArgv && { execArgv: [...execArgv] }),
    })
    this.#worker.unref() // a program that forgets close() ends all the same
    this.#worker.on('error', () => undefined) // told by the next turn, which it does not end
  }

  /** Index of the environment that was played last, of all N; -1 before the first. */
  get current(): number {
    return this.#control[CONTROL.current]!
  }

  /** Gives the worker its turn; without a request it steps. @throws when that cannot be cloned. */
  start(request?: Request): void {
    if (request !== undefined) this.#port.postMessage(request)
    this.#control[CONTROL.message] = request === undefined ? 0 : 1
    Atomics.store(this.#control, CONTROL.turn, TURN.worker)
    Atomics.notify(this.#control, CONTROL.turn)
  }

  /** Sleeps until the worker has had its turn. @param deadline in ms of `performance.now()`. */
  finish(deadline: number): Outcome {
    while (Atomics.load(this.#control, CONTROL.turn) === TURN.worker) {
      const left = deadline - performance.now()
      if (left <= 0) return { kind: 'timeout' }
      Atomics.wait(this.#control, CONTROL.turn, TURN.worker, left)
    }
    const exit = this.#control[CONTROL.exit]!
    if (exit !== 0) return { kind: 'exit', code: exit - 1 }
    return { kind: 'done', reply: this.#reply() }
  }

  terminate(): void {
    this.#port.close()
    void this.#worker.terminate()
  }

  #reply(): Reply | undefined {
    if (this.#control[CONTROL.message] === 0) return undefined
    return (receiveMessageOnPort(this.#port) as { message: Reply } | undefined)?.message
  }
}
