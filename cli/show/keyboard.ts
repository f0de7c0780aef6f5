/** Playing by hand: which key is which action, and reading keys as they are pressed. */
import { setTimeout } from 'node:timers/promises'
import { make, MinAtar } from 'gymnasium-js'
import { UsageError } from '../../src/errors.ts'

export interface KeyMap {
  /** Name of a key → action. */
  readonly keys: Readonly<Record<string, number>>
  /** The action while no key is pressed; without one, the game waits for a key. */
  readonly idle?: number
  /** Goes on with the last key's action while no key is pressed. */
  readonly holds?: true
}

const ARROWS: Readonly<Record<string, string>> = {
  '\u001B[A': 'up',
  '\u001B[B': 'down',
  '\u001B[C': 'right',
  '\u001B[D': 'left',
  '\u001BOA': 'up',
  '\u001BOB': 'down',
  '\u001BOC': 'right',
  '\u001BOD': 'left',
}
const QUIT = ['q', '\u0003', '\u0004', '\u001B']

/** By the environment's name without its version. */
const KEY_MAPS: Readonly<Record<string, KeyMap>> = {
  CartPole: { keys: { left: 0, right: 1 }, idle: 0, holds: true },
  MountainCar: { keys: { left: 0, right: 2 }, idle: 1 },
  Acrobot: { keys: { left: 0, right: 2 }, idle: 1 },
  LunarLander: { keys: { left: 1, up: 2, space: 2, right: 3 }, idle: 0 },
  FrozenLake: { keys: { left: 0, down: 1, right: 2, up: 3 } },
  FrozenLake8x8: { keys: { left: 0, down: 1, right: 2, up: 3 } },
  CliffWalking: { keys: { up: 0, right: 1, down: 2, left: 3 } },
  CliffWalkingSlippery: { keys: { up: 0, right: 1, down: 2, left: 3 } },
  Taxi: { keys: { down: 0, up: 1, right: 2, left: 3, p: 4, d: 5 } },
  Blackjack: { keys: { s: 0, h: 1, space: 1 } },
}

/**
 * The keys of an environment; of one that we do not know, the digits.
 *
 * @param numActions of its Discrete action space
 */
export function keyMapOf(id: string, numActions: number): KeyMap {
  if (id.startsWith('MinAtar/')) return minAtarKeys(id)
  const known = KEY_MAPS[id.replace(/-v\d+$/, '')]
  if (known !== undefined) return known
  const digits = Array.from({ length: Math.min(numActions, 10) }, (_, i) => [String(i), i] as const)
  return { keys: Object.fromEntries(digits) }
}

/** Its actions are named after directions; a game offers all six or only its own. */
function minAtarKeys(id: string): KeyMap {
  const env = make(id).unwrapped
  const meanings = env instanceof MinAtar ? env.actionMeanings : []
  const named = meanings.map((name, action) => [name === 'fire' ? 'space' : name, action] as const)
  return { keys: Object.fromEntries(named.filter(([key]) => key !== 'no-op')), idle: 0 }
}

/** The line that tells the keys. */
export function describeKeys({ keys }: KeyMap): string {
  const entries = Object.entries(keys).map(([key, action]) => `${key} = ${action}`)
  return `${entries.join(', ')}, q quits`
}

/** Names of the keys in what a terminal sent, in order; `quit` for q, Escape and Ctrl-C. */
export function decodeKeys(text: string): string[] {
  const names: string[] = []
  for (let i = 0; i < text.length;) {
    const arrow = ARROWS[text.slice(i, i + 3)]
    const letter = text[i]!.toLowerCase()
    i += arrow === undefined ? 1 : 3
    if (arrow !== undefined) names.push(arrow)
    else names.push(QUIT.includes(letter) ? 'quit' : letter === ' ' ? 'space' : letter)
  }
  return names
}

/** What keys are read from: a terminal, or in tests anything that emits `data`. */
export interface KeySource {
  readonly isTTY?: boolean | undefined
  setRawMode?(raw: boolean): unknown
  setEncoding(encoding: 'utf8'): unknown
  on(event: 'data', listener: (text: string) => void): unknown
  off(event: 'data', listener: (text: string) => void): unknown
  pause(): unknown
}

export interface Keyboard {
  /** The next action; undefined when the user quits. */
  next(): Promise<number | undefined>
  close(): void
}

const POLL = 5 // ms
/** ms that a key counts as pressed: longer than a terminal's pause before it repeats would be sluggish. */
const PRESSED = 120

/** @throws UsageError where there is no terminal to read keys from */
export function openKeyboard(source: KeySource, map: KeyMap): Keyboard {
  if (source.isTTY !== true || source.setRawMode === undefined)
    throw new UsageError('--keyboard reads keys from a terminal, and there is none')
  const pending: number[] = []
  let quits = false
  let last = map.idle
  let pressedAt = -Infinity
  const listen = (text: string) => {
    for (const key of decodeKeys(text)) {
      if (key === 'quit') quits = true
      else if (map.keys[key] !== undefined) pending.push(map.keys[key])
    }
  }
  source.setRawMode(true)
  source.setEncoding('utf8')
  source.on('data', listen)
  return {
    async next() {
      await setTimeout(0) // keys that have arrived are heard
      while (map.idle === undefined && pending.length === 0 && !quits) await setTimeout(POLL)
      if (quits) return undefined
      if (map.idle === undefined) return pending.shift()
      const newest = pending.at(-1)
      pending.length = 0
      if (newest !== undefined) {
        last = newest
        pressedAt = performance.now()
      }
      const stillPressed = map.holds === true || performance.now() - pressedAt < PRESSED
      return stillPressed ? last : map.idle
    },
    close() {
      source.off('data', listen)
      source.setRawMode?.(false)
      source.pause()
    },
  }
}
