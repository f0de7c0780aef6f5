/**
 * tfjs-core's own published specs, run on one of our backends. They are what tfjs demands of a backend, written by
 * others and never tuned to ours.
 *
 * Counted are the specs that tfjs runs per backend (`describeWithFlags`): 3,850 on cpu, 3,848 on others, since two
 * are about tfjs's cpu backend itself. Specs of tfjs-core, which name no backend, run too but tell nothing about it.
 */
import * as tf from '@tensorflow/tfjs-core'
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import Jasmine, { type OverallResult, type SpecResult } from 'jasmine'
import { type BackendName, type BackendOptions, useBackend } from '../../src/backend/index.ts'

/** Specs of tfjs's engine that register, choose and remove backends of their own. */
const JUGGLERS = /^(Switching cpu backends|Detects memory leaks in kernels) /

export interface Failure {
  readonly spec: string
  readonly messages: readonly string[]
}

export interface Outcome {
  readonly backend: BackendName
  readonly pass: number
  readonly fail: number
  readonly pend: number
  readonly failures: readonly Failure[]
}

export interface SuiteOptions extends BackendOptions {
  /** Only specs whose full name, such as `filter cpu {} keeps …`, contains this. */
  readonly filter?: string
}

/**
 * Runs the specs, in their order.
 *
 * @throws RangeError for an unknown backend; Error if the backend in use turns out to be another one, or no spec ran
 */
export async function runSuite(backend: BackendName, options: SuiteOptions): Promise<Outcome> {
  const { filter = '' } = options
  await useBackend(backend, options)
  requireInUse(backend)
  setTestEnvs([{ name: backend, backendName: backend, flags: {}, isDataSync: true }])

  const jasmine = new Jasmine()
  jasmine.exitOnCompletion = false
  jasmine.env.configure({
    random: false,
    specFilter: (spec) => spec.getFullName().includes(filter),
  })
  const tally = new Tally(backend)
  jasmine.clearReporters()
  jasmine.addReporter(tally)
  // Runs after tfjs's own `beforeAll` has chosen the backend and before the spec itself.
  jasmine.env.beforeEach(() => tally.checkBackend())
  await import('@tensorflow/tfjs-core/dist/tests.js') // declares the specs, which needs jasmine's globals
  tally.runDone(await jasmine.execute())
  return tally.outcome()
}

/** tfjs falls back to another backend without a word, and then the specs would pass for the wrong one. */
function requireInUse(backend: BackendName): void {
  const found = tf.getBackend()
  if (found === backend) return
  throw new Error(
    `conformance: asked for backend "${backend}", but "${found}" is in use; nothing was tested`,
  )
}

/** Counts what jasmine reports. */
class Tally {
  readonly #backend: BackendName
  readonly #failures: Failure[] = []
  #pass = 0
  #pend = 0
  #current = ''
  #abortion: Error | undefined

  constructor(backend: BackendName) {
    this.#backend = backend
  }

  checkBackend(): void {
    if (!this.#counts(this.#current) || JUGGLERS.test(this.#current)) return
    try {
      requireInUse(this.#backend)
    } catch (error) {
      this.#abortion ??= new Error(`${(error as Error).message} (in: ${this.#current})`)
      throw error
    }
  }

  specStarted({ fullName }: Pick<SpecResult, 'fullName'>): void {
    this.#current = fullName
  }

  specDone(result: SpecResult): void {
    if (!this.#counts(result.fullName) || result.status === 'excluded') return
    if (result.status === 'passed') this.#pass++
    else if (result.status === 'pending') this.#pend++
    else this.#fail(result)
  }

  /** What fails around specs (in `afterAll`, say) is a failure as well. */
  suiteDone(result: Pick<SpecResult, 'fullName' | 'failedExpectations'>): void {
    if (this.#counts(result.fullName) && result.failedExpectations.length > 0) this.#fail(result)
  }

  /** So is what fails outside any suite, such as a rejection that nobody awaited. */
  runDone({ failedExpectations }: Pick<OverallResult, 'failedExpectations'>): void {
    if (failedExpectations.length > 0) {
      this.#fail({ fullName: '(outside the suites)', failedExpectations })
    }
  }

  outcome(): Outcome {
    if (this.#abortion) throw this.#abortion
    const [pass, fail, pend] = [this.#pass, this.#failures.length, this.#pend]
    if (pass + fail === 0) throw new Error('conformance: no spec ran; check the filter')
    return { backend: this.#backend, pass, fail, pend, failures: this.#failures }
  }

  #fail({ fullName, failedExpectations }: Pick<SpecResult, 'fullName' | 'failedExpectations'>) {
    const messages = failedExpectations.map(({ message }) => message)
    this.#failures.push({ spec: fullName, messages })
  }

  /** tfjs names a suite `<op> <environment> <flags as JSON>`. */
  #counts(fullName: string): boolean {
    return fullName.includes(` ${this.#backend} {`)
  }
}
