/**
 * What an environment and its results must be, told apart from what they are. TypeScript checks it
 * for those who write TypeScript; this is for JavaScript, casts, environments ported from old Gym
 * (one `done` flag) and asynchronous ones. Vector environments and `checkEnv` say the same words.
 */

import { describe } from './names.ts'

/** A broken promise in plain words: what was expected, what was found, how to mend it. */
export interface Breach {
  readonly expected: string
  readonly found: string
  readonly remedy: string
}

/** Where it is: it is no environment at all, it lacks a member, or the one inside its wrappers does. */
export type MemberBreach = Breach & { readonly where: 'value' | 'env' | 'inner env' }
/** Which part of a result is wrong; 'result' where it is no result at all. */
export type ResultBreach = Breach & { readonly part: 'result' | 'flags' | 'reward' }

/** What each method is for. */
const REQUIRED = {
  reset: 'it starts an episode and returns { obs, info }',
  step: 'it plays one timestep and returns { obs, reward, terminated, truncated, info }',
}
const OPTIONAL = {
  getState: 'it returns all that later steps depend on, as JSON',
  setState: 'it takes back what getState returned',
  render: 'it returns a picture in its render mode',
  close: 'it frees what the environment holds',
}

const SPACE_KINDS: readonly unknown[] = [
  'box',
  'discrete',
  'multi-discrete',
  'multi-binary',
  'dict',
  'tuple',
]
const SPACE_METHODS = ['equals', 'explain', 'toJSON']
const RESET_RESULT = '{ obs, info }'
const STEP_RESULT = '{ obs, reward, terminated, truncated, info }'

/** What is missing from what should be an environment, or is not what it should be. */
export function findMissingMember(env: unknown): MemberBreach | undefined {
  if (!isObject(env) || isPromise(env)) return notAnEnv(env)
  for (const name of ['observationSpace', 'actionSpace']) {
    if (!isSpace(env[name])) return wrongSpace(name, env[name])
  }
  const wrong = findWrongMethod(env, 'env')
  if (wrong !== undefined) return wrong
  const inner = env['unwrapped']
  if (inner === undefined || inner === null) return undefined
  if (!isObject(inner)) return wrongUnwrapped(inner)
  return inner === env ? undefined : findWrongMethod(inner, 'inner env') // wrappers would call it
}

/** The optional methods that an environment has not, and what each would be good for. */
export function missingExtras(env: object): (readonly [name: string, purpose: string])[] {
  return Object.entries(OPTIONAL).filter(([name]) => Reflect.get(env, name) === undefined)
}

/** What is wrong with what reset() returned. */
export function findResetBreach(result: unknown): ResultBreach | undefined {
  if (isObject(result) && result['obs'] !== undefined) return undefined
  return notAResult('reset', RESET_RESULT, result)
}

/** What is wrong with what step() returned. Runs at every timestep of every environment. */
export function findStepBreach(result: unknown): ResultBreach | undefined {
  if (isStepResult(result)) return undefined
  const sound = isObject(result) && !isPromise(result) && !Array.isArray(result)
  if (!sound || result['obs'] === undefined) return notAResult('step', STEP_RESULT, result)
  const { terminated, truncated, reward } = result
  if (typeof terminated === 'boolean' && typeof truncated === 'boolean') return wrongReward(reward)
  return {
    part: 'flags',
    expected: 'terminated and truncated, both booleans',
    found:
      `step() returned ${describe(result)}, where terminated is ${describe(terminated)} and ` +
      `truncated is ${describe(truncated)}`,
    remedy:
      'return both as booleans: terminated where the task itself ended, ' +
      'truncated where it was cut off, and no done',
  }
}

/** The remedy for an observation or reward that is NaN or infinite. */
export function mendNonFinite(value: number): string {
  return Number.isNaN(value)
    ? 'look for a division by zero or a state that ran off to infinity'
    : 'clip it in the environment'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isStepResult(result: unknown): boolean {
  return (
    isObject(result) &&
    typeof result['terminated'] === 'boolean' &&
    typeof result['truncated'] === 'boolean' &&
    Number.isFinite(result['reward']) &&
    result['obs'] !== undefined
  )
}

function notAnEnv(value: unknown): MemberBreach {
  return {
    where: 'value',
    expected: 'an environment',
    found: `returned ${describe(value)}`,
    remedy: isPromise(value)
      ? 'await what it needs beforehand, then build the environment in a function that is not async'
      : 'return the environment that it builds',
  }
}

function wrongSpace(name: string, found: unknown): MemberBreach {
  return {
    where: 'env',
    expected: `${name}: a space of gymnasium-js`,
    found: `${name} is ${describe(found)}`,
    remedy: 'give it a space of gymnasium-js, such as new Box({ low, high }) or new Discrete(n)',
  }
}

function wrongUnwrapped(found: unknown): MemberBreach {
  return {
    where: 'env',
    expected: 'unwrapped: the environment inside all wrappers',
    found: `unwrapped is ${describe(found)}`,
    remedy: 'leave it out; in a wrapper return what the inner environment returns',
  }
}

function findWrongMethod(
  env: Readonly<Record<string, unknown>>,
  where: MemberBreach['where'],
): MemberBreach | undefined {
  for (const [name, purpose] of Object.entries({ ...REQUIRED, ...OPTIONAL })) {
    const isMissing = env[name] === undefined
    if (typeof env[name] === 'function' || (isMissing && name in OPTIONAL)) continue
    const add = `add the method: ${purpose}`
    return {
      where,
      expected: `a method ${name}()`,
      found: `${name} is ${describe(env[name])}`,
      remedy: isMissing ? add : `${add}${name in OPTIONAL ? ', or leave it out' : ''}`,
    }
  }
  return undefined
}

function notAResult(method: string, expected: string, result: unknown): ResultBreach {
  const found = `${method}() returned ${describe(result)}`
  const breach = { part: 'result', expected } as const
  if (isPromise(result)) {
    const remedy = `return ${expected} itself; what answers later is an AsyncEnv, which agents and checkEnvAsync take`
    return { ...breach, found, remedy }
  }
  const lacksObs = isObject(result) && !Array.isArray(result)
  return {
    ...breach,
    found: lacksObs ? `${found}, whose obs is undefined` : found,
    remedy: `return ${expected}`,
  }
}

function wrongReward(reward: unknown): ResultBreach {
  const remedy = 'step() must return a finite number'
  return {
    part: 'reward',
    expected: 'reward: a finite number',
    found: `reward is ${describe(reward)}`,
    remedy: typeof reward === 'number' ? `${remedy}: ${mendNonFinite(reward)}` : remedy,
  }
}

function isSpace(space: unknown): boolean {
  if (!isObject(space) || !SPACE_KINDS.includes(space['kind'])) return false
  return SPACE_METHODS.every((name) => typeof space[name] === 'function')
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value['then'] === 'function'
}
