/** What the harness uses of jasmine 5, which ships no types; `@types/jasmine` would make its globals vitest's rivals. */
declare module 'jasmine' {
  export interface SpecResult {
    readonly fullName: string
    readonly status: 'passed' | 'failed' | 'pending' | 'excluded'
    readonly failedExpectations: readonly { readonly message: string }[]
  }

  export interface OverallResult {
    readonly overallStatus: 'passed' | 'failed' | 'incomplete'
    readonly failedExpectations: readonly { readonly message: string }[]
  }

  export interface Reporter {
    suiteDone?(result: Pick<SpecResult, 'fullName' | 'failedExpectations'>): void
    specStarted?(result: Pick<SpecResult, 'fullName'>): void
    specDone?(result: SpecResult): void
  }

  // eslint-disable-next-line import-x/no-default-export -- so jasmine has it
  export default class Jasmine {
    exitOnCompletion: boolean
    readonly env: {
      configure(options: {
        random: boolean
        specFilter?: (spec: { getFullName(): string }) => boolean
      }): void
      beforeEach(action: () => void): void
    }
    clearReporters(): void
    addReporter(reporter: Reporter): void
    execute(): Promise<OverallResult>
  }
}
