/**
 * Continuous actions are learned alike whatever the bounds of their box; in 0.1.0 a policy played around 0 in the environment's
 * units, so that all but [-1, 1] stayed at their lowest. Over three seeds with the defaults under `npm run test:learning`.
 */
import { beforeAll, expect, test } from 'vitest'
import { A2c, Ppo } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { BOUNDS, hitGame } from '../helpers/bounds.ts'
import { IS_FULL } from '../helpers/dose.ts'
import { type Game, GameEnv } from '../helpers/environments.ts'

beforeAll(() => useBackend('simd'))

const SEEDS = IS_FULL ? [1, 2, 3] : [2]
const TIMESTEPS = IS_FULL ? 60_000 : 12_000
/** With the defaults it takes 60,000 timesteps, and seeds differ by 0.4: a network that sees one number starts in few ways. */
const OPTIONS = IS_FULL
  ? {}
  : ({ logStdInit: -1, learningRate: 3e-3, learningRateSchedule: 'linear', gamma: 0 } as const)
const NOISE = IS_FULL ? 0.15 : 0.02
const ENOUGH = IS_FULL ? 0.75 : 0.97

type Create = (game: Game, seed: number) => A2c | Ppo

async function score(create: Create, game: Game, seed: number): Promise<number> {
  const agent = create(game, seed)
  await agent.learn({ totalTimesteps: TIMESTEPS })
  const { mean } = evaluate(agent, { makeEnv: () => new GameEnv(game), episodes: 200, seed: 9 })
  agent.dispose()
  return mean
}

test.each<[string, Create]>([
  [
    'A2C',
    (game, seed) =>
      new A2c({
        env: () => new GameEnv(game),
        seed,
        ...(!IS_FULL && { optimizer: 'adam' }),
        ...OPTIONS,
      }),
  ],
  ['PPO', (game, seed) => new Ppo({ env: () => new GameEnv(game), seed, ...OPTIONS })],
])(
  `%s hits what is shown in boxes of all bounds alike, ${TIMESTEPS} timesteps`,
  async (name, create) => {
    const means: number[] = []
    for (const [low, high] of BOUNDS) {
      const scores: number[] = []
      for (const seed of SEEDS) scores.push(await score(create, hitGame(low, high), seed))
      const found = scores.map((one) => one.toFixed(3)).join(', ')
      process.stdout.write(`${name} on [${low}, ${high}]: ${found}\n`)
      means.push(scores.reduce((sum, one) => sum + one, 0) / scores.length)
    }
    const [unscaled, ...others] = means
    expect(unscaled).toBeGreaterThan(ENOUGH)
    for (const mean of others) expect(Math.abs(mean - unscaled!)).toBeLessThan(NOISE)
  },
)
