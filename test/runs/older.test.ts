/** Runs that were made before an option was: they go on as they were, and a file of one's own means what is so now. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRun } from '../../runs/open.ts'
import { loadSettings } from '../../runs/settings.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

const OPTIONS = 'agent: ppo\nenv: Pendulum-v1\nseed: 1\ntotalTimesteps: 5000\n'
const RECORD = 'run:\n  wnRl: 0.1.0\n  node: v20.19.0\n'

async function folderOf(config: string): Promise<string> {
  const folder = emptyFolder()
  await writeFile(join(folder, 'config.yaml'), config)
  return folder
}

const settingsOf = (folder: string) =>
  loadSettings({
    agent: 'ppo',
    envId: 'Pendulum-v1',
    configFile: join(folder, 'config.yaml'),
    set: [],
    flags: {},
  })

test.each([
  ['a run of 0.1.0', OPTIONS + RECORD, false],
  ['a run that says how', `${OPTIONS}scaleActions: true\n${RECORD}`, true],
])(
  'resuming %s, and training by its config.yaml, scales actions as it did',
  async (_, config, scaled) => {
    const folder = await folderOf(config)
    expect((await openRun(folder)).settings.agent['scaleActions']).toBe(scaled)
    expect((await settingsOf(folder)).agent['scaleActions']).toBe(scaled)
  },
)

test('a file that a user wrote scales actions unless it says otherwise', async () => {
  expect((await settingsOf(await folderOf(OPTIONS))).agent['scaleActions']).toBe(true)
})

test('agents without continuous actions have no such option, in an old run neither', async () => {
  const folder = await folderOf(
    OPTIONS.replace('ppo', 'dqn').replace('Pendulum', 'CartPole') + RECORD,
  )
  expect((await openRun(folder)).settings.agent).not.toHaveProperty('scaleActions')
})
