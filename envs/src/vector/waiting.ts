/** What a step of several environments waits for. */

/**
 * Promises of environments that answer later. All of them are waited for, also where one fails: none may still be under
 * way when the environments are asked again.
 */
export class Waiting {
  readonly #promises: Promise<unknown>[] = []

  /** @param promise typed as what it promises: see `whenThere` */
  add(promise: unknown): void {
    this.#promises.push(Promise.resolve(promise))
  }

  /**
   * @returns what `then` returns, or a promise of it where there is anything to wait for
   * @throws (rejects with) the error of the first that failed, in the order in which they were added
   */
  then<T>(then: () => T): T {
    return this.#promises.length === 0 ? then() : (this.#settle(then) as T)
  }

  async #settle<T>(then: () => T): Promise<T> {
    const outcomes = await Promise.allSettled(this.#promises)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
    return then()
  }
}
