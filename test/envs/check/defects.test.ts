/** checkEnv names each planted defect, and finds nothing in a sound environment. */
import { Box, Discrete, type Env, type ResetArgs, Rng } from 'gymnasium-js'
import { CHECKS, checkEnv } from 'gymnasium-js/check'
import type { Finding } from 'gymnasium-js/check'
import { describe, expect, test } from 'vitest'
import {
  CountsCopies,
  KeepsPlaceInModule,
  LiveObservation,
  of,
  walkWith,
} from './defective-walks.ts'
import { unwise, wrong } from './planted.ts'
import { Walk } from './walk.ts'

/** What else such a defect breaks. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  'space-sample': ['observation-bounds'],
  'shared-state': ['state-round-trip'],
}

function ofSeverity(findings: readonly Finding[], severity: Finding['severity']): Finding[] {
  return findings.filter((finding) => finding.severity === severity)
}

test('a sound environment has no findings, built by a function or given itself', () => {
  expect(checkEnv((options) => new Walk(options))).toEqual([])
  expect(checkEnv(new Walk({ renderMode: 'rgb_array' }))).toEqual([])
})

describe('an error is named, alone', () => {
  test.each(wrong)('%s', (_, build, check, found) => {
    const errors = ofSeverity(checkEnv(build), 'error')
    expect(errors.map((error) => error.check)).toEqual([check, ...(consequences[check] ?? [])])
    expect(errors[0]?.found).toContain(found)
    expect(errors[0]?.expected).not.toBe('')
    expect(errors[0]?.remedy).not.toBe('')
  })
})

describe('a warning is named', () => {
  test.each(unwise)('%s', (_, build, check, found) => {
    const findings = checkEnv(build)
    expect(findings.map((finding) => finding.check)).toContain(check)
    expect(ofSeverity(findings, 'error')).toEqual([])
    expect(findings.find((finding) => finding.check === check)?.found).toContain(found)
  })
})

test('what may be left out is noted, and no more than that', () => {
  const findings = checkEnv(walkWith(() => ({ getState: undefined, close: undefined })))
  expect(findings.map(({ check, severity }) => [check, severity])).toEqual([['extras', 'note']])
  expect(findings[0]!.found).toBe('it has no getState(), close()')
})

test('four members suffice, with plain arrays for observations and no info', () => {
  const findings = checkEnv(() => new FourMembers())
  expect(findings.map(({ severity }) => severity)).toEqual(['note', 'note'])
  expect(findings.map(({ check }) => check)).toEqual(['extras', 'step-before-reset'])
  const strayed = checkEnv(() => new FourMembers(9)).map(({ check }) => check)
  expect(strayed).toContain('observation-bounds')
})

/** A walk to 0 or 4. */
class FourMembers implements Env {
  readonly observationSpace = new Box({ low: 0, high: 4, shape: [2] })
  readonly actionSpace = new Discrete(2)
  readonly #offset: number
  #rng = new Rng(0)
  #place = 2

  constructor(offset = 0) {
    this.#offset = offset
  }

  reset({ seed }: ResetArgs = {}) {
    if (seed !== undefined) this.#rng = new Rng(seed)
    this.#place = this.#rng.randInt(1, 4)
    return { obs: [this.#place, this.#offset] }
  }

  step(action: unknown) {
    if (action !== 0 && action !== 1) throw new RangeError('action: pass 0 or 1')
    this.#place = Math.min(4, Math.max(0, this.#place + (action === 1 ? 1 : -1)))
    const terminated = this.#place === 0 || this.#place === 4
    return { obs: [this.#place, this.#offset], reward: 1, terminated, truncated: false }
  }
}

test('every check is planted', () => {
  const planted = new Set<string>([...wrong, ...unwise].map(([, , check]) => check)).add('extras')
  expect(Object.keys(CHECKS).filter((check) => !planted.has(check))).toEqual([])
})

test('checks that need another copy are left out for an environment itself', () => {
  expect(checkEnv(new KeepsPlaceInModule()).map(({ check }) => check)).toEqual(['state-round-trip'])
  expect(checkEnv(new CountsCopies())).toEqual([])
})

test('what is meant can be skipped', () => {
  const build = of(LiveObservation)
  expect(checkEnv(build, { skip: ['observation-reuse'] })).toEqual([])
})

test('errors come before notes', () => {
  const build = walkWith(() => ({ time: 0, close: () => expect.fail('closed') }))
  expect(checkEnv(build).map(({ severity }) => severity)).toEqual(['error', 'note'])
})

test.each([{ seed: -1 }, { episodes: 0 }, { steps: 1.5 }])('options %j are refused', (options) => {
  expect(() => checkEnv(new Walk(), options)).toThrow(RangeError)
})

test('an environment is closed', () => {
  const closed: Walk[] = []
  const build = walkWith((walk) => ({ close: () => closed.push(walk) }))
  const built: Env[] = []
  checkEnv((options) => {
    built.push(build(options))
    return built.at(-1)!
  })
  expect(new Set(closed)).toEqual(new Set(built))
})
