/** The game behind a WebSocket: played, checked, trained through library and command line, killed and resumed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkEnvAsync } from 'gymnasium-js/check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatchOverSocket } from '../../examples/websocket/catch.ts'
import { Catch, serve } from '../../examples/websocket/server.ts'
import { score, trainDqn, trainPpo } from '../../examples/websocket/train.ts'
import { dose } from '../helpers/dose.ts'
import { start, summaryOf, until } from '../helpers/runs.ts'
import { emptyFolder, inRepository, type Outcome } from '../helpers/wn-rl.ts'

let game: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  game = await serve(0)
})
afterAll(() => game.close())

test('the paddle that stands below the ball catches it', () => {
  const table = new Catch()
  const { state } = table.answer({ id: 1, reset: { seed: 1 } })
  const below = { ...state, paddle: state.ball }
  table.answer({ id: 2, state: below, action: 1 })
  for (let id = 3; id < 6; id++) expect(table.answer({ id, action: 1 }).reward).toBe(0)
  expect(table.answer({ id: 6, action: 1 })).toMatchObject({ id: 6, reward: 1, terminated: true })
  expect(table.answer({ id: 7, action: 1 }).error).toContain('reset first')
})

test('the environment passes its check', async () => {
  const findings = await checkEnvAsync(() => new CatchOverSocket({ url: game.url }))
  expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([])
})

test('a server that is not there, or goes away, is an error of the step', async () => {
  const nobody = new CatchOverSocket({ url: 'ws://127.0.0.1:1' })
  await expect(nobody.reset()).rejects.toThrow('no game answers at ws://127.0.0.1:1; start it')
  const mine = await serve(0)
  const env = new CatchOverSocket({ url: mine.url })
  await env.reset()
  mine.close()
  await expect(env.step(1)).rejects.toThrow(/gone/)
})

describe('agents trained through the library catch what can be caught', () => {
  // Of 49 starts two are out of reach: 0.92 is the most; standing still earns −0.71.
  test.each([
    ['dqn', () => trainDqn(game.url, 8000)],
    ['ppo', () => trainPpo(game.url, 16_384)],
  ])('%s', async (_, train) => {
    const agent = await train()
    expect(await score(agent, game.url)).toBeGreaterThan(0.8)
    agent.dispose()
  })

  test('a seed gives the same model, whichever game answers first', async () => {
    const digests = []
    for (let i = 0; i < 2; i++) {
      const agent = await trainPpo(game.url, 2048)
      digests.push(agent.digest())
      agent.dispose()
    }
    expect(digests[0]).toBe(digests[1])
  })
})

test.each(dose(['dqn', 'ppo'], 2, 1))(
  '%s through the command line, killed, goes on to the same end',
  async (agent) => {
    const folder = emptyFolder()
    const args = [
      ...['train', '--agent', agent, '--env', inRepository('examples/websocket/catch.ts')],
      ...[
        '--set',
        `envKwargs.url=${game.url}`,
        '--set',
        'finalEvalEpisodes=5',
        '--json',
        '--quiet',
      ],
      ...['--total-timesteps', '8000', '--checkpoint-every', '1000', '--eval-every', '4000'],
    ]
    /** Not `wnRl`, which would keep the game from answering. */
    const digestOf = async (...command: string[]) => {
      const running = start(command, folder)
      const status = await running.ended
      return summaryOf({ status, stdout: running.stdout(), stderr: running.stderr() } as Outcome)
        .digest
    }
    const whole = await digestOf(...args, '--run-dir', 'whole')
    const killed = start([...args, '--run-dir', 'killed'], folder)
    await until(killed, () => existsSync(join(folder, 'killed', 'checkpoints', 'step-3000')))
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(await digestOf('resume', 'killed', '--json', '--quiet')).toBe(whole)
  },
)
