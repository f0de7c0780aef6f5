import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, inRepository, lastJson, wnRl } from '../helpers/wn-rl.ts'

const FIXTURE = inRepository('test/cli/fixtures/defective-env.ts')

/** A sound one, and one whose reward is NaN. */
const SOUND = `
import { CartPole } from 'gymnasium-js'
export default class extends CartPole {}
`
const NAN_REWARD = `
import { CartPole } from 'gymnasium-js'
export default class extends CartPole {
  step(action) { return { ...super.step(action), reward: NaN } }
}
`

/** A folder with this text as `my-env.js`. */
function folderWith(text: string): string {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'my-env.js'), text)
  return folder
}

describe('wn-rl check-env', () => {
  test.each([
    ['a registered environment', 'CartPole', 'CartPole-v1'],
    ['a module', './my-env.js', 'my-env'],
  ])('%s that is sound: exit 0', (_, name, id) => {
    const { status, stdout, stderr } = wnRl(['check-env', name], folderWith(SOUND))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(`${id}: 0 errors, 0 warnings, 0 notes\n`)
  })

  test('says what was expected, what was found and how to mend it: exit 1', () => {
    const { status, stdout } = wnRl(['check-env', './my-env.js'], folderWith(NAN_REWARD))
    expect(status).toBe(1)
    expect(stdout).toBe(
      [
        'error reward: the reward is a finite number',
        '  expected: reward: a finite number',
        '  found:    at step 1 after reset({ seed: 0 }) reward is NaN',
        '  remedy:   step() must return a finite number: look for a division by zero or a state that ran off to infinity',
        'my-env: 1 error, 0 warnings, 0 notes',
        '',
      ].join('\n'),
    )
  })

  test('--json ends in one object', () => {
    const { status, stdout } = wnRl(['check-env', FIXTURE, '--json'], emptyFolder())
    expect(status).toBe(0) // without a defect it is only unwise: nothing in it is random
    expect(lastJson(stdout)).toMatchObject({
      env: 'defective-env',
      ok: true,
      findings: [{ check: 'seed-ignored', severity: 'warning' }, {}, {}],
    })
  })

  test('--skip leaves checks out', () => {
    const args = ['check-env', './my-env.js', '--skip', 'reward', '--skip', 'info', '--json']
    const { status, stdout } = wnRl(args, folderWith(NAN_REWARD))
    expect({ status, ...(lastJson(stdout) as object) }).toMatchObject({ status: 0, findings: [] })
  })

  test.each([
    ['an unknown name', ['CartPol'], ['"CartPol"', 'CartPole-v1']],
    ['a missing file', ['./nope.ts'], ['wn-rl: there is no file ./nope.ts']],
    ['no environment', [], ['env']],
    ['an unknown check', ['CartPole', '--skip', 'rewards'], ['"rewards"', '"reward"']],
  ])('%s is bad usage: exit 2', (_, args, says) => {
    const { status, stderr } = wnRl(['check-env', ...args], emptyFolder())
    for (const text of says) expect(stderr).toContain(text)
    expect(status).toBe(2)
  })
})
