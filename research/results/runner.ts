/** Trains what a suite lacks, several runs at a time, and writes each down as soon as it is done. */
import { join } from 'node:path'
import { messageOf } from '../../runs/errors.ts'
import { withRunLock } from '../../runs/lock.ts'
import { makeFolder } from '../../src/storage/directory.ts'
import type { Job, Suite } from './job.ts'
import { ResultStore } from './store.ts'
import { removeCheckpoints, trainJob, type TrainOptions } from './train.ts'

export interface RunnerOptions extends Omit<TrainOptions, 'suite' | 'folder'> {
  /** Where the CSV files are. */
  readonly results: string
  /** Where suites have their work folders. */
  readonly runs: string
  /** Runs at a time. */
  readonly jobs: number
  /** Runs whose names do not contain it are left out. */
  readonly only: string
  readonly print: (line: string) => void
}

/**
 * Trains until nothing is left, or the signal: then the runs under way end with a checkpoint.
 *
 * @returns how many runs failed, which are tried again the next time
 * @throws UsageError if another process trains the suite
 */
export async function runSuite(suite: Suite, options: RunnerOptions): Promise<number> {
  const folder = join(options.runs, suite.name)
  await makeFolder(folder)
  return withRunLock(folder, async () => {
    const store = new ResultStore(options.results, suite)
    if (store.outdated > 0)
      options.print(`${store.outdated} runs are trained anew: the suite's options have changed`)
    return new Runner(suite, store, { ...options, suite: suite.name, folder }).run()
  })
}

class Runner {
  readonly #suite: Suite
  readonly #store: ResultStore
  readonly #options: RunnerOptions & TrainOptions
  readonly #running = new Map<string, Promise<void>>()
  readonly #failed = new Set<string>()

  constructor(suite: Suite, store: ResultStore, options: RunnerOptions & TrainOptions) {
    this.#suite = suite
    this.#store = store
    this.#options = options
  }

  /** Results may make new jobs known, so the next one is looked for whenever a run has ended. */
  async run(): Promise<number> {
    const { jobs, signal, print } = this.#options
    if (!this.#next()) print('nothing is left to train')
    for (;;) {
      while (!signal.aborted && this.#running.size < jobs) {
        const job = this.#next()
        if (!job) break
        this.#running.set(job.name, this.#train(job))
      }
      if (this.#running.size === 0) return this.#failed.size
      await Promise.race(this.#running.values())
    }
  }

  #pending(): Job[] {
    return this.#suite
      .jobs(this.#store.rows)
      .filter((job) => job.name.includes(this.#options.only) && !this.#store.has(job))
  }

  #next(): Job | undefined {
    return this.#pending().find(({ name }) => !this.#running.has(name) && !this.#failed.has(name))
  }

  async #train(job: Job): Promise<void> {
    const { print, folder } = this.#options
    try {
      const trained = await trainJob(job, this.#options)
      if (!trained) return
      await this.#store.add(trained.row, trained.curves)
      await removeCheckpoints(job, folder)
      const { outcome, best, final, wall_seconds: seconds } = trained.row
      const scores = outcome === 'done' ? `best ${best}, final ${final}` : outcome
      print(`${job.name}: ${scores}, ${seconds} s; ${this.#pending().length} left`)
    } catch (error) {
      this.#failed.add(job.name)
      print(`${job.name} failed: ${messageOf(error)}`)
    } finally {
      this.#running.delete(job.name)
    }
  }
}
