/**
 * Looks at an environment's members, and at what its first reset, first step and first render give
 * back, and then stands aside. What would train on garbage throws: missing members, promises, a lone
 * `done`, observations of the wrong type or size, numbers that are not finite. Softer faults, such as
 * an observation beyond its bounds, are left to `checkEnv`. Gymnasium warns instead; a library that
 * writes to nobody's console can only throw.
 */

import {
  findMissingMember,
  findResetBreach,
  findStepBreach,
  isObject,
  mendNonFinite,
} from '../contract.ts'
import { Wrapper, nameOf } from '../env.ts'
import type { AsyncEnv, Env, ResetResult, StepResult } from '../env.ts'
import { explainPicture } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { describe } from '../names.ts'
import type { AnySpace } from '../spaces/composite.ts'
import { isArrayOf } from '../spaces/dtype.ts'

export class PassiveEnvChecker<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  // Not part of the state: a check changes nothing that follows.
  #checkedReset = false
  #checkedStep = false
  #checkedRender = false

  /** @throws TypeError naming a missing or wrong member of `env`, and the remedy. */
  constructor(env: AsyncEnv<Obs, Act>) {
    super(env)
    const breach = findMissingMember(env)
    if (breach === undefined) return
    const owner = breach.where === 'inner env' ? 'inside its wrappers, ' : ''
    throw new TypeError(`PassiveEnvChecker: ${owner}${breach.found}; ${breach.remedy}`)
  }

  /** @throws TypeError when the first reset returns something else than it should. */
  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    if (this.#checkedReset) return result
    refuse(this.env, findResetBreach(result))
    this.#checkResult('reset', result)
    this.#checkedReset = true
    return result
  }

  /** @throws TypeError when the first step returns something else than it should. */
  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    if (this.#checkedStep) return result
    refuse(this.env, findStepBreach(result))
    this.#checkResult('step', result)
    this.#checkedStep = true
    return result
  }

  /** @throws TypeError when the first render returns something else than its mode asks for. */
  override render(): Frame | string | undefined {
    const rendered = super.render()
    if (this.#checkedRender) return rendered
    refuse(this.env, explainRender(this.env.renderMode, rendered))
    this.#checkedRender = true
    return rendered
  }

  #checkResult(method: 'reset' | 'step', { obs, info }: ResetResult): void {
    if (!isObject(info)) {
      const found = `${method}() returned info ${describe(info)}`
      refuse(this.env, { found, remedy: 'return an object, {} if there is nothing to tell' })
    }
    const space = this.env.observationSpace
    const why = explainType(space, obs)
    if (why === undefined) return
    const found = `${method}() returned an observation that does not fit ${space.toString()}: ${why}`
    refuse(this.env, { found, remedy: `mend ${method}() or the observation space` })
  }
}

interface Fault {
  readonly found: string
  readonly remedy: string
}

function refuse(env: Env, fault: Fault | undefined): void {
  if (fault === undefined) return
  throw new TypeError(`${nameOf(env)}: ${fault.found}; ${fault.remedy}`)
}

/** Why a value has the wrong type for a space; the finite bounds of a Box are not looked at. */
function explainType(space: AnySpace, value: unknown): string | undefined {
  if (space.kind === 'box' && isArrayOf(space.dtype, value) && value.length === space.size) {
    const k = value.findIndex((x) => !Number.isFinite(x))
    return k < 0 ? undefined : `element ${k} is ${value[k]!}: ${mendNonFinite(value[k]!)}`
  }
  const why = space.explain(value)
  if (why === undefined || !isObject(value)) return why
  if (space.kind === 'dict' && Object.keys(value).length === space.entries.length) {
    return firstWrong(space.entries, value)
  }
  if (space.kind === 'tuple' && Array.isArray(value) && value.length === space.spaces.length) {
    return firstWrong(Object.entries<AnySpace>(space.spaces), value)
  }
  return why
}

function firstWrong(
  parts: readonly (readonly [key: string, space: AnySpace])[],
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [key, part] of parts) {
    const why = explainType(part, values[key])
    if (why !== undefined) return `${key}: ${why}`
  }
  return undefined
}

function explainRender(mode: Env['renderMode'], rendered: unknown): Fault | undefined {
  const found = `render() returned ${describe(rendered)} in render mode ${describe(mode)}`
  switch (mode) {
    case undefined:
      return rendered === undefined ? undefined : { found, remedy: 'set renderMode' }
    case 'ansi':
      return typeof rendered === 'string' ? undefined : { found, remedy: 'return a string' }
    case 'rgb_array':
      return explainPicture(rendered) === undefined
        ? undefined
        : {
            found: `${found}: ${explainPicture(rendered)!}`,
            remedy: 'return { width, height, data }, bytes of RGB or RGBA',
          }
  }
}
