/** What a run is asked for and what comes out of it: the types that the files of runs/ share. */
import type { AgentName, agents } from '../agents/index.ts'
import type { BackendChoice, BackendName } from '../src/backend/index.ts'
import type { Metrics } from '../src/logging/index.ts'
import type { Seed } from '../src/rng.ts'
import type { Callbacks, Evaluation } from '../src/training/index.ts'
import type { ResolvedEnv } from './environments.ts'
import type { Settings } from './settings.ts'
import type { SessionState } from './state.ts'

/** Any agent of the registry. */
export type LearningAgent = InstanceType<(typeof agents)[AgentName]>

/** How long training is to be, and how long it has been. */
export interface Course {
  readonly totalTimesteps: number
  /** Of learning, in seconds; of a run that was resumed with those before. */
  readonly elapsedSeconds: () => number
}

/** Is told how training goes. */
export interface Progress {
  readonly callbacks: Callbacks
  /** Takes the evaluations' metrics, which do not come through the callbacks. */
  readonly evaluated: (globalStep: number, metrics: Metrics) => void
  /** Training has ended, one way or the other. */
  readonly stop: () => void
}

/** Called when training begins. */
export type StartProgress = (course: Course) => Progress

/** Who is told how a run goes, and what ends it early. None of it changes a number. */
export interface RunControls {
  /** Takes lines for people: what is trained, and where. */
  readonly print: (line: string) => void
  /** Takes what may make the numbers others than they were: another version, a damaged checkpoint. */
  readonly warn: (line: string) => void
  readonly progress: StartProgress
  /** When aborted, the run ends early, with a checkpoint. */
  readonly signal: AbortSignal
}

/** The same as a caller gives them; nobody is told, and nothing ends the run, unless said. */
export type GivenControls = { readonly [K in keyof RunControls]?: RunControls[K] | undefined }

/** A run to be trained, with everything that was asked for found and checked. */
export interface RunRequest extends RunControls {
  readonly agent: AgentName
  readonly env: ResolvedEnv
  readonly seed: Seed
  readonly settings: Settings
  readonly backend: BackendName | 'auto'
  /** Part of a GPU's name, or its index; for backends that run on one. */
  readonly gpu?: string | undefined
  readonly runDir?: string | undefined
}

/** A run about to be trained in its folder, or to go on. */
export interface Training {
  readonly request: RunRequest
  readonly runDir: string
  readonly agent: LearningAgent
  readonly backend: BackendChoice
  /** What the run remembered in the checkpoint that the agent's state came from. */
  readonly from?: SessionState | undefined
  /** Its best model, by file name. */
  readonly best?: Readonly<Record<string, Uint8Array>> | undefined
}

/** Mean and standard deviation of greedy returns, and how many episodes were cut off, where any was. */
export type Score = Pick<Evaluation, 'mean' | 'std' | 'episodes'> & {
  readonly cut?: number | undefined
}

/** How a run ended; what `wn-rl train --json` prints. */
export interface RunSummary {
  readonly runDir: string
  readonly agent: AgentName
  readonly env: string
  readonly seed: Seed
  readonly totalTimesteps: number
  readonly episodes: number
  /** Of the last 100 training episodes; null before the first has ended. */
  readonly meanReturn: number | null
  /** The best model of the periodic evaluations, on fresh episodes; null if an interrupt came before. */
  readonly evaluation: Score | null
  /** The final model, on the same fresh episodes; null likewise. */
  readonly finalEvaluation: Score | null
  readonly wallSeconds: number
  readonly stepsPerSecond: number
  readonly backend: string
  /** SHA-256 over the final parameters. */
  readonly digest: string
  readonly interrupted: boolean
}
