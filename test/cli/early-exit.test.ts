/** An environment that ends the process does not make a command look as if it were through. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { hasCheckpoint, start, until } from '../helpers/runs.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

vi.setConfig({ testTimeout: 60_000 }) // what hangs should not take five minutes

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

/** CartPole that stops answering in the 900th step: for ever in a promise, or in a loop. */
async function hanging(how: string) {
  const folder = emptyFolder()
  writeFileSync(
    join(folder, 'hangs.js'),
    `import { CartPole } from 'gymnasium-js'
     let steps = 0
     export default class extends CartPole {
       step(action) {
         if (++steps < 900) return super.step(action)
         process.stderr.write('hangs\\n')
         ${how}
       }
     }`,
  )
  const args = ['train', '--agent', 'dqn', '--env', './hangs.js', '--run-dir', 'mine']
  const options = ['--total-timesteps', '5000', '--checkpoint-every', '400', '--eval-every', '0']
  const running = start([...args, ...options, '--set', 'learningStarts=200'], folder)
  onTestFinished(() => void running.child.kill('SIGKILL')) // where the test has failed
  await until(running, () => running.stderr().includes('hangs'))
  expect(hasCheckpoint(join(folder, 'mine'), 400)).toBe(true)
  return running
}

test('a second Ctrl-C ends a run whose environment does not answer', async () => {
  const running = await hanging('return new Promise(() => setInterval(() => undefined, 1000))')
  running.child.kill('SIGINT')
  await until(running, () => (running.stdout() + running.stderr()).includes('press Ctrl-C again'))
  running.child.kill('SIGINT')
  expect(await running.ended).toBe(130)
})

test('and Ctrl-\\ one that never returns, in which Node hears no other', async () => {
  const running = await hanging('for (;;);')
  running.child.kill('SIGINT')
  running.child.kill('SIGQUIT')
  expect(await running.ended).toBe('SIGQUIT')
})
