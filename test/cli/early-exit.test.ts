/** An environment that ends the process does not make a command look as if it were through. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

test('process.exit(0) in an environment is a failure, and is told', () => {
  const folder = emptyFolder()
  writeFileSync(
    join(folder, 'quits.js'),
    `import { CartPole } from 'gymnasium-js'
     export default class extends CartPole {
       step(action) {
         process.exit(0)
       }
     }`,
  )
  const { status, stderr } = wnRl(['train', '--agent', 'dqn', '--env', './quits.js'], folder)
  expect(status).toBe(1)
  expect(stderr).toContain('something ended the process before the command was through')
})
