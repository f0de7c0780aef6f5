/** Every registered environment passes checkEnv. */
import { make, registeredSpecs } from 'gymnasium-js'
import { checkEnv } from 'gymnasium-js/check'
import { describe, expect, test } from 'vitest'

describe.each(registeredSpecs().map(({ id }) => id))('%s', (id) => {
  test('has no errors', () => {
    const findings = checkEnv((options) => make(id, options))
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})
