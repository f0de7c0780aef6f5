/**
 * Processes that train: a few at a time, at a low priority, each one run after the other. What they run is the program
 * that started them, with `--worker`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { messageOf } from '../../runs/errors.ts'
import { type Outcome, outcomeOf } from './records.ts'
import { runTrial, type Trial } from './trial.ts'

/** A tuner's machine has other things to do. */
const PRIORITY = 10

/** What a worker answers: an outcome, or why there is none. */
type Answer = { readonly outcome: Outcome } | { readonly error: string }

/** As many workers as there are jobs; a trial that asks while all are busy waits for its turn. */
export class Workers {
  readonly #program: string
  readonly #idle: ChildProcess[] = []
  readonly #all: ChildProcess[] = []
  readonly #waiting: (() => void)[] = []
  #free: number

  /** @param program path of the script that calls `main` */
  constructor(program: string, jobs: number) {
    this.#program = program
    this.#free = jobs
  }

  /** @throws Error saying why a run has no outcome: bad options, diverged training, a crash */
  async run(trial: Trial): Promise<Outcome> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    const worker = this.#idle.pop() ?? this.#start()
    try {
      const answer = await ask(worker, trial)
      this.#idle.push(worker)
      if ('error' in answer) throw new Error(answer.error)
      return answer.outcome
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  stop(): void {
    for (const worker of this.#all) worker.kill()
  }

  #start(): ChildProcess {
    const worker = fork(this.#program, ['--worker'])
    this.#all.push(worker)
    return worker
  }
}

async function ask(worker: ChildProcess, trial: Trial): Promise<Answer> {
  const settled = new AbortController()
  const { signal } = settled
  worker.send(trial)
  try {
    return await Promise.race([
      once(worker, 'message', { signal }).then(([answer]) => answer as Answer),
      once(worker, 'exit', { signal }).then(([code, by]: unknown[]) => {
        throw new Error(`the worker ended with ${String(by ?? code)} before its run did`)
      }),
    ])
  } finally {
    settled.abort()
  }
}

/** The life of a worker: trains what it is sent, until the process that sends has gone. */
export async function work(): Promise<void> {
  setPriority(PRIORITY)
  const answer = async (trial: Trial): Promise<Answer> => {
    try {
      return { outcome: outcomeOf(await runTrial(trial)) }
    } catch (error) {
      return { error: messageOf(error) } // told by the process that asked, and recorded as a failed run
    }
  }
  process.on('message', (trial) => void answer(trial as Trial).then((told) => process.send?.(told)))
  await once(process, 'disconnect')
}
