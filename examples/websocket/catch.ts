/**
 * The game of server.ts as an environment that answers later: `reset` and `step` return promises, and training waits for them.
 * In a page it is the same without the import: browsers have `WebSocket`.
 *
 * Observation: Box(0, 1, (3,)): column of the ball, row of the ball, column of the paddle, each in parts of the board.
 * Action: Discrete(3): left, stay, right. Reward: 1 for a ball that was caught, −1 for one that was not.
 */
import {
  type AsyncEnv,
  Box,
  Discrete,
  type EnvReset,
  type EnvState,
  type EnvStep,
  type ResetArgs,
} from 'gymnasium-js'
import { WebSocket } from 'ws'
import type { Answer, GameState, Question } from './server.ts'

export class CatchOverSocket implements AsyncEnv<Float32Array, number> {
  readonly observationSpace = new Box({ low: 0, high: 1, shape: [3] })
  readonly actionSpace = new Discrete(3)
  readonly #socket: WebSocket
  readonly #isOpen: Promise<void>
  readonly #waiting = new Map<number, PromiseWithRejection>()
  #questions = 0
  /** As the last answer told it. */
  #state: GameState | undefined
  /** Given by `setState`, for the next question to put back. */
  #restored: GameState | undefined

  /** @param options.url where the server answers */
  constructor({ url = 'ws://127.0.0.1:8765' }: { readonly url?: string } = {}) {
    this.#socket = new WebSocket(url)
    this.#isOpen = new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', () => resolve())
      this.#socket.addEventListener('error', () => reject(new Error(`no game answers at ${url}; start it`)))
    })
    this.#isOpen.catch(() => undefined) // whoever asks is told
    this.#socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Answer))
    this.#socket.addEventListener('close', () => this.#giveUp(new Error(`the game at ${url} is gone`)))
  }

  async reset({ seed }: ResetArgs = {}): Promise<EnvReset<Float32Array>> {
    const { obs } = await this.#ask({ reset: { seed } })
    return { obs: Float32Array.from(obs) }
  }

  async step(action: number): Promise<EnvStep<Float32Array>> {
    const { obs, reward, terminated } = await this.#ask({ action })
    return { obs: Float32Array.from(obs), reward, terminated, truncated: false }
  }

  getState(): EnvState {
    const state = this.#restored ?? this.#state
    if (!state) throw new Error('getState() before reset(): the game has not answered yet')
    return { ...state, rng: { ...state.rng } }
  }

  setState(state: EnvState): void {
    this.#restored = state as unknown as GameState
  }

  close(): void {
    this.#socket.terminate() // a page's closes: close()
  }

  async #ask(question: Omit<Question, 'id' | 'state'>): Promise<Answer> {
    await this.#isOpen
    const id = this.#questions++
    const state = this.#restored
    this.#restored = undefined
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, ...question, ...(state && { state }) }))
    })
  }

  #hear(answer: Answer): void {
    this.#state = answer.state
    this.#waiting.get(answer.id)?.resolve(answer)
    this.#waiting.delete(answer.id)
  }

  #giveUp(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

interface PromiseWithRejection {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export default CatchOverSocket
