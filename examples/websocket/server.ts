/**
 * A game in a process of its own, which answers over a WebSocket: catch what falls. A ball falls down a board of seven columns
 * and six rows; the paddle at the bottom moves left (0), stays (1) or moves right (2). Each connection has a game of its own.
 *
 * Every question is a JSON message with an `id`, which the answer repeats. Answers hold what an environment tells, and the whole
 * state of the game, which a later question may put back: so a run that was stopped goes on where it was.
 *
 * Run it from a clone: npx jiti examples/websocket/server.ts [port]
 */
import type { AddressInfo } from 'node:net'
import { Rng, type RngState } from 'gymnasium-js'
import { WebSocketServer } from 'ws'

const COLUMNS = 7
const ROWS = 6

/** Where everything is; all that a game is. */
export interface GameState {
  readonly ball: number
  readonly row: number
  readonly paddle: number
  readonly rng: RngState
}

export interface Question {
  readonly id: number
  /** Starts an episode; with a seed, of that random stream. */
  readonly reset?: { readonly seed?: string | number | undefined }
  /** 0, 1 or 2. */
  readonly action?: number
  /** Put back before anything else. */
  readonly state?: GameState
}

export interface Answer {
  readonly id: number
  readonly obs: readonly number[]
  readonly reward: number
  readonly terminated: boolean
  readonly state: GameState
}

/** The game itself, which knows nothing of sockets. */
export class Catch {
  #rng = new Rng(0)
  #ball = 0
  #row = 0
  #paddle = 0

  answer({ id, reset, action, state }: Question): Answer {
    if (state) this.#setState(state)
    const reward = reset ? this.#reset(reset.seed) : this.#move(action!)
    const obs = [this.#ball / (COLUMNS - 1), this.#row / (ROWS - 1), this.#paddle / (COLUMNS - 1)]
    const { ...rng } = this.#rng.getState()
    const now = { ball: this.#ball, row: this.#row, paddle: this.#paddle, rng }
    return { id, obs, reward, terminated: !reset && this.#isDown, state: now }
  }

  get #isDown(): boolean {
    return this.#row === ROWS - 1
  }

  #reset(seed: string | number | undefined): number {
    if (seed !== undefined) this.#rng = new Rng(seed)
    this.#ball = this.#rng.randInt(0, COLUMNS)
    this.#paddle = this.#rng.randInt(0, COLUMNS)
    this.#row = 0
    return 0
  }

  #move(action: number): number {
    this.#paddle = Math.min(Math.max(this.#paddle + action - 1, 0), COLUMNS - 1)
    this.#row++
    if (!this.#isDown) return 0
    return this.#paddle === this.#ball ? 1 : -1
  }

  #setState({ ball, row, paddle, rng }: GameState): void {
    this.#ball = ball
    this.#row = row
    this.#paddle = paddle
    this.#rng.setState(rng)
  }
}

/** Answers on a port of this machine alone. @param port 0 for a free one */
export async function serve(port: number): Promise<{ url: string; close: () => void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  server.on('connection', (socket) => {
    const game = new Catch()
    socket.on('message', (message: Buffer) => {
      socket.send(JSON.stringify(game.answer(JSON.parse(message.toString()) as Question)))
    })
  })
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    for (const client of server.clients) client.terminate()
    server.close()
  }
  return { url, close }
}

if (process.argv[1]?.endsWith('server.ts')) {
  const { url } = await serve(Number(process.argv[2] ?? 8765))
  console.log(`the game answers at ${url}`)
}
