/** Keys of `wn-rl play --keyboard`. */
import { EventEmitter } from 'node:events'
import { make, registeredSpecs } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import {
  decodeKeys,
  describeKeys,
  keyMapOf,
  openKeyboard,
  type KeySource,
} from '../../../cli/show/keyboard.ts'

const [UP, DOWN, RIGHT, LEFT] = ['\u001B[A', '\u001B[B', '\u001B[C', '\u001B[D']

class Terminal extends EventEmitter implements KeySource {
  readonly isTTY = true
  raw = false
  paused = false
  setRawMode(raw: boolean): void {
    this.raw = raw
  }
  setEncoding(): void {
    // Strings are emitted as they are.
  }
  pause(): void {
    this.paused = true
  }
  press(...keys: string[]): void {
    for (const key of keys) this.emit('data', key)
  }
}

test('decodes arrows, space and letters, several at once', () => {
  expect(decodeKeys(`${UP}${DOWN} ${RIGHT}P${LEFT}`)).toEqual([
    'up',
    'down',
    'space',
    'right',
    'p',
    'left',
  ])
  expect(['q', 'Q', '\u0003', '\u001B'].flatMap(decodeKeys)).toEqual(new Array(4).fill('quit'))
})

describe('key maps', () => {
  const discrete = registeredSpecs().flatMap(({ id }) => {
    const { actionSpace } = make(id)
    return actionSpace.kind === 'discrete' ? [[id, actionSpace.n] as const] : []
  })

  test.each(discrete)('%s: every action has its key, or is done by pressing none', (id, n) => {
    const { keys, idle } = keyMapOf(id, n)
    const actions = new Set([...Object.values(keys), ...(idle === undefined ? [] : [idle])])
    expect([...actions].sort()).toEqual(Array.from({ length: n }, (_, i) => i))
  })

  test('MinAtar’s minimal actions keep their keys', () => {
    expect(keyMapOf('MinAtar/Freeway-v1', 3)).toEqual({ keys: { up: 1, down: 2 }, idle: 0 })
    expect(keyMapOf('MinAtar/SpaceInvaders-v1', 4).keys).toEqual({ left: 1, right: 2, space: 3 })
  })

  test('an environment that we do not know is played with digits, and waits for them', () => {
    expect(keyMapOf('my/Maze-v0', 3)).toEqual({ keys: { 0: 0, 1: 1, 2: 2 } })
    expect(describeKeys(keyMapOf('my/Maze-v0', 2))).toBe('0 = 0, 1 = 1, q quits')
  })
})

describe('the keyboard', () => {
  test('a game of turns waits for keys and takes them one by one', async () => {
    const terminal = new Terminal()
    const keyboard = openKeyboard(terminal, keyMapOf('FrozenLake-v1', 4))
    expect(terminal.raw).toBe(true)
    const waiting = keyboard.next()
    terminal.press('x', RIGHT, UP)
    expect(await waiting).toBe(2)
    expect(await keyboard.next()).toBe(3)
    terminal.press('q')
    expect(await keyboard.next()).toBeUndefined()
    keyboard.close()
    expect(terminal).toMatchObject({ raw: false, paused: true })
    expect(terminal.listenerCount('data')).toBe(0)
  })

  test('a game that goes on takes the newest key, and none while nothing is pressed', async () => {
    const terminal = new Terminal()
    const keyboard = openKeyboard(terminal, keyMapOf('MountainCar-v0', 3))
    expect(await keyboard.next()).toBe(1)
    terminal.press(LEFT, RIGHT)
    expect(await keyboard.next()).toBe(2)
  })

  test('CartPole, which has no rest, goes on with the last key', async () => {
    const terminal = new Terminal()
    const keyboard = openKeyboard(terminal, keyMapOf('CartPole-v1', 2))
    expect(await keyboard.next()).toBe(0)
    terminal.press(RIGHT)
    expect([await keyboard.next(), await keyboard.next()]).toEqual([1, 1])
  })

  test('is refused where there is no terminal', () => {
    const source = Object.assign(new Terminal(), { isTTY: false })
    expect(() => openKeyboard(source as KeySource, keyMapOf('CartPole-v1', 2))).toThrow('terminal')
  })
})
