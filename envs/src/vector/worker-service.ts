/**
 * The worker's side of WorkerVectorEnv: a SyncVectorEnv over its share of the environments, played
 * whenever it is its turn. It sleeps in between and never returns to its event loop, so timers and
 * promises of an environment do not run.
 */

import { isPromise } from '../contract.ts'
import { receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Info } from '../env.ts'
import type { SyncVectorEnv } from './sync-vector-env.ts'
import { buildShare } from './worker-builder.ts'
import { CONTROL, TURN } from './worker-protocol.ts'
import type { Reply, Request, SharedRows, WorkerSetup } from './worker-protocol.ts'

export type WorkerData = WorkerSetup & { readonly port: MessagePort }

/** This thread sleeps between turns: nobody would hear a promise. */
const ANSWERS_LATER =
  'it answers later (with a promise), which environments in workers cannot; play it in a SyncVectorEnv'

export class WorkerService {
  readonly #setup: WorkerSetup
  readonly #control: Int32Array
  readonly #port: MessagePort
  #rows: SharedRows | undefined

  constructor({ port, ...setup }: WorkerData) {
    this.#setup = setup
    this.#control = setup.control
    this.#port = port
    process.on('exit', (code) => {
      if (Atomics.load(this.#control, CONTROL.turn) === TURN.caller) return // its last reply stands
      this.#control[CONTROL.exit] = 1 + code
      this.#giveTurn(undefined)
    })
  }

  /** Builds, and then takes turn after turn until it is terminated. */
  async serve(): Promise<void> {
    try {
      const envs = await buildShare(this.#setup)
      this.#giveTurn(readyReply(envs))
      for (;;) this.#takeTurn(envs)
    } catch (error) {
      this.#giveTurn(failure(error)) // in building: turns catch their own
    }
  }

  /** Sleeps until it is the worker's turn, and gives the turn back with the answer. */
  #takeTurn(envs: SyncVectorEnv): void {
    while (Atomics.load(this.#control, CONTROL.turn) === TURN.caller) {
      Atomics.wait(this.#control, CONTROL.turn, TURN.caller)
    }
    try {
      this.#giveTurn(this.#answer(envs, this.#request()))
    } catch (error) {
      this.#giveTurn(failure(error))
    }
  }

  /** undefined: a step. */
  #request(): Request | undefined {
    if (this.#control[CONTROL.message] === 0) return undefined
    return (receiveMessageOnPort(this.#port) as { message: Request } | undefined)?.message
  }

  #answer(envs: SyncVectorEnv, request: Request | undefined): Reply | undefined {
    switch (request?.kind) {
      case undefined:
        return this.#rows && play(envs, this.#rows)
      case 'attach':
        this.#rows = request.rows
        return undefined
      case 'reset': {
        const reset = envs.reset(request)
        if (isPromise(reset)) throw new Error(ANSWERS_LATER)
        const { obs, infos } = reset
        this.#rows?.obs.set(obs)
        return infosReply(infos)
      }
      case 'getState':
        return { kind: 'state', state: envs.getState() }
      case 'setState':
        envs.setState(request.state)
        return undefined
      case 'close':
        envs.close()
        return undefined
    }
  }

  /** @throws Error, with the turn kept, when the reply cannot be sent to another thread. */
  #giveTurn(reply: Reply | undefined): void {
    if (reply !== undefined) this.#post(reply)
    this.#control[CONTROL.message] = reply === undefined ? 0 : 1
    Atomics.store(this.#control, CONTROL.turn, TURN.caller)
    Atomics.notify(this.#control, CONTROL.turn)
  }

  #post(reply: Reply): void {
    try {
      this.#port.postMessage(reply)
    } catch (error) {
      let what: string = reply.kind
      if (reply.kind === 'infos') {
        what = 'info'
        this.#control[CONTROL.current] = this.#setup.from + firstUncloneable(reply.infos)
      }
      throw new Error(
        `${what} cannot be sent to another thread: ${String(error)}; put plain data into it`,
        { cause: error },
      )
    }
  }
}

function play(envs: SyncVectorEnv, rows: SharedRows): Reply | undefined {
  const step = envs.step(rows.actions)
  rows.obs.set(step.obs)
  rows.rewards.set(step.rewards)
  rows.terminated.set(step.terminated)
  rows.truncated.set(step.truncated)
  rows.episodeReturns.set(step.episodeReturns)
  rows.episodeLengths.set(step.episodeLengths)
  if (step.episodeLengths.some((length) => length > 0)) rows.finalObs.set(step.finalObs)
  return infosReply(step.infos)
}

function readyReply(envs: SyncVectorEnv): Reply {
  return {
    kind: 'ready',
    observationSpace: envs.singleObservationSpace.toJSON(),
    actionSpace: envs.singleActionSpace.toJSON(),
    spec: envs.spec,
  }
}

/** undefined where there is nothing to tell, as mostly. */
function infosReply(infos: readonly Info[]): Reply | undefined {
  const told = [...infos.entries()].filter(([, info]) => Object.keys(info).length > 0)
  return told.length === 0 ? undefined : { kind: 'infos', infos: told }
}

function firstUncloneable(infos: readonly (readonly [row: number, info: Info])[]): number {
  const bad = infos.find(([, info]) => {
    try {
      structuredClone(info)
      return false
    } catch {
      return true
    }
  })
  return bad?.[0] ?? 0
}

/** The environment's own message: which environment it is, only the other side knows in full. */
function failure(error: unknown): Reply {
  const cause: unknown = error instanceof Error && isThrownByEnv(error) ? error.cause : error
  if (!(cause instanceof Error)) {
    return { kind: 'failed', name: 'Error', message: String(cause), stack: '' }
  }
  const message = cause.message.replace(/^env \d+: /, '')
  return { kind: 'failed', name: cause.name, message, stack: cause.stack ?? '' }
}

/** What SyncVectorEnv wraps: `env 0 (Maze): no way out`. */
function isThrownByEnv(error: Error): boolean {
  return /^env \d+ \(/.test(error.message) && 'cause' in error
}
