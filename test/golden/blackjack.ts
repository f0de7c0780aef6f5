/** Replays what was recorded of Gymnasium's Blackjack: the worth of hands, payouts, and episodes by their cards. */

import { Blackjack, spec } from 'gymnasium-js'
import { expect, test } from 'vitest'
import * as z from 'zod'
import * as hands from '../../envs/src/envs/toy-text/blackjack-hand.ts'
import { describeGolden } from './golden.ts'
import { RecordedDraws, camelCase, drawSchema, flag, kwargsSchema } from './toy-text-draws.ts'
import type { Draw } from './toy-text-draws.ts'

const cards = z.array(z.number())
const handRow = z.tuple([cards, z.number(), flag, flag, z.number(), flag])
const obsSchema = z.tuple([z.number(), z.number(), flag])
const stickRow = z.tuple([cards, cards, cards, cards, obsSchema, z.array(z.number())])
const blackjackSchema = z.object({
  meta: z.object({ deck: cards, registered_kwargs: kwargsSchema }),
  hands: z.array(handRow),
  stick: z.array(stickRow),
  episodes: z.array(
    z.object({
      seed: z.number(),
      kwargs: kwargsSchema,
      cards: z.array(cards),
      obs: z.array(obsSchema),
      actions: z.array(z.number()),
      rewards: z.array(z.number()),
      player: cards,
      dealer: cards,
    }),
  ),
  reset_draw_order: z.array(z.object({ dealer: cards, player: cards, draws: z.array(drawSchema) })),
})
type BlackjackEpisode = z.infer<typeof blackjackSchema>['episodes'][number]

describeGolden('blackjack.json', blackjackSchema, (data) => {
  const { deck } = data.meta
  const asDraws = (values: readonly number[]): Draw[] =>
    values.map((card) => ({ choice: deck, is: card }))

  test('the deck and the registered rules', () => {
    expect(hands.DECK).toEqual(deck)
    expect(spec('Blackjack-v1').kwargs).toEqual(data.meta.registered_kwargs)
  })

  test('the worth of every hand', () => {
    for (const [hand, sum, usable, bust, score, natural] of data.hands) {
      const ours = [hands.sumHand(hand), Number(hands.hasUsableAce(hand))]
      ours.push(Number(hands.isBust(hand)), hands.score(hand), Number(hands.isNatural(hand)))
      expect([hand, ...ours]).toEqual([hand, sum, usable, bust, score, natural])
    }
  })

  test.each([
    ['sab', { sab: true }, 0],
    ['natural', { natural: true }, 1],
    ['neither', {}, 2],
  ] as const)('sticking pays by the rules of %s', (_, options, column) => {
    for (const [player, dealer, drawn, final, obs, rewards] of data.stick) {
      const draws = new RecordedDraws()
      const env = new Blackjack(options, draws)
      env.setState({ ...env.getState(), player, dealer, rng: null })
      draws.load(asDraws(drawn), JSON.stringify([player, dealer]))
      const step = env.step(0)
      draws.expectNoneLeft()
      const ours = [player, env.table.dealer, step.obs, step.reward, step.terminated]
      expect(ours).toEqual([player, final, obs, rewards[column], true])
    }
  })

  test.each(data.episodes.map((episode) => [episode.seed, episode.kwargs, episode] as const))(
    'episode of seed %i with %j: every step from the recorded cards',
    (_, __, episode) => replayCards(episode, asDraws),
  )

  test('resets by the recorded draws, those for the picture too', () => {
    for (const { dealer, player, draws: order } of data.reset_draw_order) {
      const draws = new RecordedDraws()
      const env = new Blackjack({}, draws)
      draws.load(order, 'reset')
      env.reset()
      draws.expectNoneLeft()
      expect([env.table.dealer, env.table.player]).toEqual([dealer, player])
    }
  })
})

/** Cards are recorded, what is drawn for the picture is not: any will do. */
function replayCards(
  episode: BlackjackEpisode,
  asDraws: (values: readonly number[]) => Draw[],
): void {
  const draws = new RecordedDraws()
  const env = new Blackjack(camelCase(episode.kwargs), draws)
  const [dealt, ...drawn] = episode.cards
  const suit: Draw = { choice: ['C', 'D', 'H', 'S'], is: 'C' }
  const face: Draw = { choice: ['J', 'Q', 'K'], is: 'J' }
  draws.load([...asDraws(dealt!), suit, ...(dealt![0] === 10 ? [face] : [])], 'reset')
  expect(env.reset().obs).toEqual(episode.obs[0])
  draws.expectNoneLeft()
  for (const [i, action] of episode.actions.entries()) {
    draws.load(asDraws(drawn[i]!), `t ${i + 1}`)
    const { obs, reward, terminated } = env.step(action)
    draws.expectNoneLeft()
    const last = i === episode.actions.length - 1
    expect([obs, reward, terminated]).toEqual([episode.obs[i + 1], episode.rewards[i], last])
  }
  expect([env.table.player, env.table.dealer]).toEqual([episode.player, episode.dealer])
}
