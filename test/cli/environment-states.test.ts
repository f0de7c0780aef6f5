/** Environments whose state a checkpoint cannot hold, or that refuse their own: the run goes on, with new episodes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dose } from '../helpers/dose.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const TRAIN = [
  ...['train', '--agent', 'a2c', '--env', './mine.js', '--total-timesteps', '600', '--run-dir'],
  ...['mine', '--checkpoint-every', '200', '--eval-every', '0', '--json', '--quiet'],
  ...['--set', 'finalEvalEpisodes=2'],
]

/** CartPole with other states; `getState` and `setState` as told. */
function writeEnvironment(folder: string, methods: string): void {
  writeFileSync(
    join(folder, 'mine.js'),
    `import { CartPole } from 'gymnasium-js'
     import { TimeLimit } from 'gymnasium-js/wrappers'
     class Mine extends CartPole { ${methods} }
     export default () => new TimeLimit(new Mine(), 50)`,
  )
}

test.each(dose(['1', '8'], 2))(
  'a state of 70 MB, %s times, is said to be unsaved, once, and the run is resumed',
  (numEnvs) => {
    const folder = emptyFolder()
    writeEnvironment(
      folder,
      `getState() { return { ...super.getState(), cache: 'x'.repeat(70e6) } }
     setState({ cache, ...state }) { super.setState(state) }`,
    )
    const trained = wnRl(
      [...TRAIN.filter((flag) => flag !== '--quiet'), '--set', `numEnvs=${numEnvs}`],
      folder,
    )
    expect(trained.status).toBe(0)
    const said =
      /no state that can be saved \(getState\(\) gives (\d+\.\d|more than 500) MB of JSON, and a checkpoint holds 50\.3 MB at most\)/g
    expect(trained.stderr.match(said)).toHaveLength(1)
    const resumed = wnRl(
      ['resume', 'mine', '--total-timesteps', '904', '--json', '--quiet'],
      folder,
    )
    expect(resumed.stderr).toContain('new episodes begin')
    expect(resumed.status).toBe(0)
    expect(lastJson(resumed.stdout)).toMatchObject({ totalTimesteps: 904 })
  },
)

test('a setState that throws leaves checkpoints that can be gone on from', () => {
  const folder = emptyFolder()
  writeEnvironment(folder, `setState() { throw new Error('my simulator cannot go back') }`)
  expect(wnRl(TRAIN, folder).status).toBe(0)
  const resumed = wnRl(['resume', 'mine', '--total-timesteps', '904', '--json', '--quiet'], folder)
  expect(resumed.stderr).toMatch(
    /refuses its state in the checkpoint \(.*my simulator cannot go back.*\).*: new episodes begin\n$/,
  )
  expect(resumed.status).toBe(0)
  expect(lastJson(resumed.stdout)).toMatchObject({ totalTimesteps: 904 })
})

test('a state with a key __proto__ comes back', () => {
  const folder = emptyFolder()
  writeEnvironment(
    folder,
    `getState() { return { ...super.getState(), seen: JSON.parse('{"__proto__":1}') } }
     setState({ seen, ...state }) {
       if (!Object.hasOwn(seen, '__proto__')) throw new Error('lost')
       super.setState(state)
     }`,
  )
  expect(wnRl(TRAIN, folder).status).toBe(0)
  const resumed = wnRl(['resume', 'mine', '--total-timesteps', '904', '--json', '--quiet'], folder)
  expect(resumed).toMatchObject({ status: 0, stderr: '' })
})
