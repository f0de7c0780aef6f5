/** The checks of environments that answer later: the same as of those that answer at once. */
import { CartPole, type Env, Taxi } from 'gymnasium-js'
import { checkEnv, checkEnvAsync } from 'gymnasium-js/check'
import { describe, expect, test } from 'vitest'
import { later } from '../../helpers/later.ts'
import { wrong } from './planted.ts'

test.each([
  ['CartPole', () => new CartPole()],
  ['Taxi', () => new Taxi()],
])('%s has the findings that it has when it answers at once', async (_, make) => {
  expect(await checkEnvAsync(() => later(make()))).toEqual(checkEnv(make))
})

describe('a defect is found, alone', () => {
  const wrongLater = wrong.filter(([defect]) => defect !== 'asynchronous') // which is none here
  test.each(wrongLater)('%s', async (_, build, check, found) => {
    const errors = (await checkEnvAsync((options) => later(build(options)))).filter(
      ({ severity }) => severity === 'error',
    )
    expect(errors.map((error) => error.check)).toContain(check)
    expect(errors.find((error) => error.check === check)!.found).toContain(found)
  })
})

test('environments that answer at once are checked as well', async () => {
  expect(await checkEnvAsync(() => new CartPole())).toEqual(checkEnv(() => new CartPole()))
})

test('a promise that is rejected is an exception, named by the call', async () => {
  const broken = () =>
    Object.assign(later(new CartPole()), {
      step: () => Promise.reject(new Error('the line is dead')),
    })
  const [finding] = await checkEnvAsync(broken)
  expect(finding).toMatchObject({ check: 'throws', severity: 'error' })
  expect(finding!.found).toContain('step 1 after reset({ seed: 0 }) threw Error: the line is dead')
})

test('who does not wait is told who does', () => {
  const [finding] = checkEnv(() => later(new CartPole()) as Env)
  expect(finding).toMatchObject({ check: 'reset-result', severity: 'error' })
  expect(finding!.remedy).toContain('checkEnvAsync')
})
