/** Blackjack as a picture: a table of 600 x 500 with both hands, as in Gymnasium. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { arc, ellipse, roundedRectangle } from '../shapes.ts'
import { rotation, scaling, translation } from '../transform.ts'

const WIDTH = 600
const HEIGHT = 500
const CARD_WIDTH = 92
const CARD_HEIGHT = 132
const RED = 0xc0392b
const BLACK = 0x23272e

export interface BlackjackScene {
  /** Ranks 1 (ace) to 10 of the player. */
  readonly player: readonly number[]
  /** Ranks of the dealer; the first lies open, the others once it is over. */
  readonly dealer: readonly number[]
  /** Suit of the open card: 0 clubs, 1 diamonds, 2 hearts, 3 spades. */
  readonly suit: number
  /** What the open card is if it counts ten: 0 jack, 1 queen, 2 king. */
  readonly face: number
  readonly over: boolean
  /** What to write about the player's hand and the dealer's. */
  readonly playerSum: string
  readonly dealerSum: string
}

export function drawBlackjack(scene: BlackjackScene): Frame {
  const canvas = Canvas.of(WIDTH, HEIGHT, 0x5a3420, 0x40230f)
  canvas.fill(ellipse(WIDTH / 2, 150, 345, 335, 96), 0x7a4a2b)
  canvas.fill(ellipse(WIDTH / 2, 148, 330, 320, 96), 0x1f6b47)
  canvas.fill(ellipse(WIDTH / 2, 110, 280, 250, 96), 0x24774f)
  canvas.line(arc(WIDTH / 2, -250, 505, 0.95, 2.19, 64), 2.5, 0xd9c27a, 0.6)
  canvas.text('DEALER', WIDTH / 2, 26, 13, 0xb9d8c4)
  hand(scene.dealer, 112).forEach(({ rank, x, y }, i) => {
    const card = canvas.with(translation(x, y))
    if (i > 0 && !scene.over) drawBack(card)
    else if (i === 0) drawFace(card, labelOf(rank, scene.face), scene.suit)
    else drawFace(card, labelOf(rank, i % 3), (scene.suit + i) % 4)
  })
  canvas.text(scene.dealerSum, WIDTH / 2, 206, 20, 0xf5efd8)
  hand(scene.player, 352).forEach(({ rank, x, y }, i) => {
    drawFace(canvas.with(translation(x, y)), labelOf(rank, i % 3), (3 * i + 1) % 4)
  })
  canvas.text(scene.playerSum, WIDTH / 2, 448, 20, 0xf5efd8)
  canvas.text('PLAYER', WIDTH / 2, 480, 13, 0xd9c9b0)
  return canvas.toFrame()
}

/** Cards side by side about the middle, closer together when there are many. */
function hand(ranks: readonly number[], y: number) {
  const step = Math.min(CARD_WIDTH + 12, 420 / Math.max(1, ranks.length - 1))
  const left = WIDTH / 2 - (step * (ranks.length - 1)) / 2
  return ranks.map((rank, i) => ({ rank, x: left + i * step, y }))
}

/** What only the picture tells apart: a ten may be a jack, queen or king. */
function labelOf(rank: number, face: number): string {
  if (rank === 1) return 'A'
  return rank === 10 ? ['J', 'Q', 'K'][face % 3]! : String(rank)
}

/** About (0, 0). */
function drawFace(card: Canvas, label: string, suit: number): void {
  drawBlank(card, 0xfcfaf4)
  const color = suit === 1 || suit === 2 ? RED : BLACK
  const big = card.with(translation(0, 8), scaling(30))
  drawSuit(big, suit, color)
  for (const turn of [0, Math.PI]) {
    const corner = card.with(
      rotation(turn),
      translation(-CARD_WIDTH / 2 + 15, -CARD_HEIGHT / 2 + 18),
    )
    corner.text(label, 0, 0, 17, color, 0.17)
    drawSuit(corner.with(translation(0, 21), scaling(8)), suit, color)
  }
}

function drawBack(card: Canvas): void {
  drawBlank(card, 0xfcfaf4)
  card.fill(roundedRectangle(-40, -60, 80, 120, 6), 0x2c4a7c)
  for (let row = -4; row <= 4; row++) {
    for (let column = -2; column <= 2; column++) {
      const [x, y] = [column * 15, row * 12.5]
      card.fill([x, y - 5, x + 5, y, x, y + 5, x - 5, y], 0x5d7fb8)
    }
  }
}

function drawBlank(card: Canvas, color: number): void {
  const [left, top] = [-CARD_WIDTH / 2, -CARD_HEIGHT / 2]
  card.fill(roundedRectangle(left + 3, top + 5, CARD_WIDTH, CARD_HEIGHT, 9), 0x000000, 0.25)
  card.fill(roundedRectangle(left, top, CARD_WIDTH, CARD_HEIGHT, 9), 0xd8d2c2)
  card.fill(roundedRectangle(left + 1, top + 1, CARD_WIDTH - 2, CARD_HEIGHT - 2, 8), color)
}

/** About (0, 0), about 2 high and wide. */
function drawSuit(canvas: Canvas, suit: number, color: number): void {
  const stem = [-0.12, 0.2, 0.12, 0.2, 0.36, 0.95, -0.36, 0.95]
  if (suit === 0) {
    for (const [x, y] of [[0, -0.5] as const, [-0.46, 0.18] as const, [0.46, 0.18] as const]) {
      canvas.circle(x, y, 0.42, color)
    }
    canvas.fill([stem, [-0.3, -0.2, 0.3, -0.2, 0.3, 0.3, -0.3, 0.3]], color)
  } else if (suit === 1) {
    canvas.fill([0, -1, 0.72, 0, 0, 1, -0.72, 0], color)
  } else if (suit === 2) {
    drawHeart(canvas, color)
  } else {
    drawHeart(canvas.with(scaling(1, -0.85), translation(0, 0.1)), color)
    canvas.fill(stem, color)
  }
}

function drawHeart(canvas: Canvas, color: number): void {
  canvas.circle(-0.4, -0.38, 0.46, color)
  canvas.circle(0.4, -0.38, 0.46, color)
  canvas.fill([-0.81, -0.17, 0, -0.45, 0.81, -0.17, 0, 0.95], color)
}
