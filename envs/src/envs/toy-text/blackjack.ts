/**
 * Blackjack: draw cards to come closer to 21 than the dealer does, without going over it. The deck
 * is infinite: every card is drawn anew from thirteen ranks. Ranks count as their number, jack,
 * queen and king 10, an ace 1, or 11 where that does not lead over 21 (it is usable then).
 *
 * Action, Discrete(2)
 * | value | meaning |
 * |---|---|
 * | 0 | stick: draw no more |
 * | 1 | hit: draw another card |
 * After sticking the dealer draws until their sum is 17 or more, and stands on a soft 17.
 *
 * Observation, Tuple of three: a new array at every reset and step, the caller's to keep.
 * | index | space | meaning |
 * |---|---|---|
 * | 0 | Discrete(32) | sum of the player's hand |
 * | 1 | Discrete(11) | the dealer's card that lies open, 1 for an ace |
 * | 2 | Discrete(2) | 1 with a usable ace |
 *
 * Reward: 1 for winning, -1 for losing (going over 21 loses at once), 0 for a draw and for a hit
 * that goes on. With `sab`, a natural (ace and ten, dealt at the start) wins against everything but
 * another natural. With `natural` and without `sab`, winning by a natural pays 1.5.
 *
 * Start: two cards each, the dealer's first: four draws, a fifth for the suit of the open card, and
 * if that is a ten a sixth for its face; the last two are for the picture only.
 *
 * Termination: the player sticks, or goes over 21. Truncation: none. Steps after the end draw no
 * card and give reward 0.
 *
 * Arguments: `sab` (default true as registered, false otherwise: the rules of Sutton & Barto),
 * `natural` (default false), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Sutton & Barto, "Reinforcement Learning: An Introduction", example 5.1; Gymnasium
 * `toy_text/blackjack.py` (MIT).
 *
 * Versions: v1.
 */

import type { Env, EnvState, RenderMode, ResetArgs, ResetResult, StepResult } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { readBoolean } from '../../json.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import { drawBlackjack } from '../../rendering/views/blackjack.ts'
import { Rng, restoreSource, saveSource } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Tuple } from '../../spaces/composite.ts'
import { Discrete } from '../../spaces/discrete.ts'
import {
  DECK,
  hasUsableAce,
  isBust,
  isNatural,
  readBelow,
  readHand,
  score,
  sumHand,
} from './blackjack-hand.ts'
import type { Hand } from './blackjack-hand.ts'

const SUIT_SYMBOLS = '♣♦♥♠'
const SUITS = SUIT_SYMBOLS.length
const FACES = 3 // jack, queen, king
const DEALER_STANDS = 17

export type BlackjackObs = readonly [sum: number, dealer: number, usableAce: number]

export interface BlackjackOptions {
  /** Pay 1.5 for winning by a natural, unless `sab`. Default: false, as in Gymnasium. */
  natural?: boolean | undefined
  /** A natural beats every other 21. Default: false, but true as registered, as in Gymnasium. */
  sab?: boolean | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

type BlackjackRules = Readonly<Record<'natural' | 'sab', boolean>>

/** What lies on the table; cards are 1 (ace) … 10. */
export interface BlackjackTable {
  readonly player: Hand
  /** The first one lies open. */
  readonly dealer: Hand
  /** Of the open card: 0 clubs, 1 diamonds, 2 hearts, 3 spades. */
  readonly suit: number
  /** Of the open card if it is a ten: 0 jack, 1 queen, 2 king. */
  readonly face: number
  /** The episode has ended, the dealer's cards may be seen. */
  readonly over: boolean
}

export class Blackjack implements Env<BlackjackObs, number> {
  readonly observationSpace = new Tuple([new Discrete(32), new Discrete(11), new Discrete(2)])
  readonly actionSpace = new Discrete(2)
  readonly renderMode: RenderMode | undefined
  readonly natural: boolean
  readonly sab: boolean
  #player: number[] = []
  #dealer: number[] = []
  #suit = 0 // of the open card, for the picture
  #face = 0 // of the open card if it is a ten: 0 jack, 1 queen, 2 king
  #over = false
  #source: RandomSource

  /**
   * @param source what reset and step draw from until a seed is given; default: an Rng of seed 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: BlackjackOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('Blackjack', options, ['natural', 'sab', 'renderMode'])
    const { natural = false, sab = false, renderMode } = options
    checkChoice('Blackjack: natural', natural, [true, false])
    checkChoice('Blackjack: sab', sab, [true, false])
    checkChoice('Blackjack: renderMode', renderMode, [undefined, 'ansi', 'rgb_array'])
    this.natural = natural
    this.sab = sab
    this.renderMode = renderMode
    this.#source = source
  }

  get unwrapped(): this {
    return this
  }

  /** What lies on the table, for pictures. */
  get table(): BlackjackTable {
    return {
      player: this.#player,
      dealer: this.#dealer,
      suit: this.#suit,
      face: this.#face,
      over: this.#over,
    }
  }

  /** @throws TypeError on options: there are none. */
  reset({ seed, options }: ResetArgs = {}): ResetResult<BlackjackObs> {
    checkKwargs('Blackjack: reset options', options ?? {}, [])
    if (seed !== undefined) this.#source = new Rng(seed)
    this.#dealer = [this.#drawCard(), this.#drawCard()]
    this.#player = [this.#drawCard(), this.#drawCard()]
    this.#suit = this.#source.randInt(0, SUITS)
    this.#face = this.#dealer[0] === 10 ? this.#source.randInt(0, FACES) : 0
    this.#over = false
    return { obs: this.#observe(), info: {} }
  }

  /** @throws RangeError when the action is neither 0 nor 1; Error before the first reset. */
  step(action: number): StepResult<BlackjackObs> {
    if (action !== 0 && action !== 1) throw invalidAction(action)
    if (this.#dealer.length === 0) {
      throw new Error('Blackjack: step() before reset(); call reset() first')
    }
    const reward = this.#over ? 0 : action === 1 ? this.#hit() : this.#stick()
    return { obs: this.#observe(), reward, terminated: this.#over, truncated: false, info: {} }
  }

  #hit(): number {
    this.#player.push(this.#drawCard())
    this.#over = isBust(this.#player)
    return this.#over ? -1 : 0
  }

  #stick(): number {
    while (sumHand(this.#dealer) < DEALER_STANDS) this.#dealer.push(this.#drawCard())
    this.#over = true
    return payout(this.#player, this.#dealer, this)
  }

  #drawCard(): number {
    return DECK[this.#source.randInt(0, DECK.length)]!
  }

  #observe(): BlackjackObs {
    return [sumHand(this.#player), this.#dealer[0]!, hasUsableAce(this.#player) ? 1 : 0]
  }

  getState(): EnvState {
    return {
      player: [...this.#player],
      dealer: [...this.#dealer],
      suit: this.#suit,
      face: this.#face,
      over: this.#over,
      rng: saveSource(this.#source),
    }
  }

  setState(state: EnvState): void {
    const player = readHand(state, 'player')
    const dealer = readHand(state, 'dealer')
    const suit = readBelow(state, 'suit', SUITS)
    const face = readBelow(state, 'face', FACES)
    const over = readBoolean(state, 'over')
    this.#source = restoreSource(state['rng'], this.#source)
    this.#player = player
    this.#dealer = dealer
    this.#suit = suit
    this.#face = face
    this.#over = over
  }

  render(): Frame | string | undefined {
    if (this.renderMode === undefined || this.#dealer.length === 0) return undefined
    return this.renderMode === 'ansi' ? tableText(this.table) : tableFrame(this.table)
  }

  close(): void {
    // Nothing is held open.
  }
}

/** The reward for sticking, once the dealer has drawn. */
function payout(player: Hand, dealer: Hand, { sab, natural }: BlackjackRules): number {
  const reward = Math.sign(score(player) - score(dealer))
  if (!isNatural(player)) return reward
  if (sab) return isNatural(dealer) ? reward : 1
  return natural && reward === 1 ? 1.5 : reward
}

function invalidAction(action: unknown): RangeError {
  return new RangeError(`Blackjack: action is ${describe(action)}; pass 0 (stick) or 1 (hit)`)
}

/** Both hands and their sums; the dealer's other cards stay hidden until the end. */
function tableText({ player, dealer, suit, face, over }: BlackjackTable): string {
  const open = dealer[0] === 10 ? 'JQK'[face]! : cardText(dealer[0]!)
  const rest = over ? dealer.slice(1).map(cardText) : ['?']
  const sum = over ? ` = ${sumHand(dealer)}` : ''
  return [
    `Dealer: ${open}${SUIT_SYMBOLS[suit]!} ${rest.join(' ')}${sum}`,
    `Player: ${player.map(cardText).join(' ')} = ${sumHand(player)}`,
  ].join('\n')
}

function tableFrame({ player, dealer, suit, face, over }: BlackjackTable): Frame {
  const playerSum = `${sumHand(player)}${isBust(player) ? ' BUST' : ''}`
  const dealerSum = over ? `${sumHand(dealer)}${isBust(dealer) ? ' BUST' : ''}` : ''
  return drawBlackjack({ player, dealer, suit, face, over, playerSum, dealerSum })
}

function cardText(card: number): string {
  return card === 1 ? 'A' : String(card)
}
