/**
 * Learning with all that goes on around it: rows of metrics, evaluations, the best model, progress, checkpoints. What
 * it remembers besides the agent is a `SessionState`, so that another process can go on.
 */
import type { Env } from 'gymnasium-js'
import type { MetricsWriter } from '../src/logging/index.ts'
import type { Seed } from '../src/rng.ts'
import {
  type Callbacks,
  combineCallbacks,
  type CombinedCallbacks,
  EpisodeRows,
  type Evaluation,
  logTo,
  periodicEvaluation,
} from '../src/training/index.ts'
import { periodicEvaluationSeed } from './evaluation-seeds.ts'
import type { LearningAgent, Progress } from './run.ts'
import type { Settings } from './settings.ts'
import { MEAN_OVER, type SessionState } from './state.ts'

export interface Session {
  /** May have learned already, up to where `from` was taken. */
  readonly agent: LearningAgent
  readonly makeEnv: () => Env
  readonly seed: Seed
  readonly run: Pick<
    Settings['run'],
    'totalTimesteps' | 'evalEvery' | 'evalEpisodes' | 'evalEnvs' | 'episodeRows'
  >
  readonly writer: MetricsWriter
  readonly progress: Progress
  /** Of learning, in seconds, with that before `from`. */
  readonly elapsedSeconds: () => number
  /** When aborted, a checkpoint is saved and learning ends. */
  readonly signal: AbortSignal
  readonly from?: SessionState | undefined
  /** Whether a checkpoint is due on going from one timestep to another. */
  readonly isDue: (before: number, globalStep: number) => boolean
  /** Saves a checkpoint of the agent as it is, and of what is given. */
  readonly save: (state: SessionState) => Promise<void>
  /** The agent is the best so far. */
  readonly onBest: (globalStep: number, evaluation: Evaluation) => Promise<void>
}

export interface SessionOutcome extends SessionState {
  /** Whether learning ended before its last timestep. */
  readonly interrupted: boolean
}

/** Learns up to `run.totalTimesteps`, or until the signal; a checkpoint is saved at the end of either. */
export async function learn(session: Session): Promise<SessionOutcome> {
  const { agent, run, signal, from, progress, writer } = session
  const tally = { episodes: from?.episodes ?? 0, returns: [...(from?.returns ?? [])] }
  const evaluation = evaluationOf(session)
  const { totalTimesteps, episodeRows: rows } = run
  const episodeRows = new EpisodeRows({ rows, totalTimesteps, state: from?.episodeRows })
  const state = (): SessionState => ({
    elapsedSeconds: session.elapsedSeconds(),
    ...tally,
    returns: [...tally.returns],
    evaluation: evaluation.getState(),
    episodeRows: episodeRows.getState(),
  })
  let stopped = false
  let before = agent.globalStep
  const checkpoints: Callbacks = {
    async onStep(globalStep) {
      // What A2C does after its last step belongs to the end, which is saved when `learn` has returned.
      if (globalStep >= run.totalTimesteps) return
      const due = signal.aborted || session.isDue(before, globalStep)
      before = globalStep
      if (!due) return
      await session.save(state())
      stopped = signal.aborted
      return !stopped
    },
  }
  const listeners = combineCallbacks([
    {
      onEpisode: ({ episodicReturn }) => {
        tally.episodes++
        tally.returns.push(episodicReturn)
        if (tally.returns.length > MEAN_OVER) tally.returns.shift()
      },
    },
    logTo(writer, session.elapsedSeconds, 0, episodeRows),
    ...(run.evalEvery > 0 ? [evaluation] : []),
    progress.callbacks,
    checkpoints,
  ])
  // An evaluation that an interrupt broke off comes first: it is due for the agent as it is.
  const isPending = run.evalEvery > 0 && (from?.evaluation.due ?? Infinity) <= agent.globalStep
  if (isPending) stopped = !(await evaluation.onStep(agent.globalStep))
  if (!stopped && agent.globalStep < run.totalTimesteps)
    await agent.learn({
      totalTimesteps: run.totalTimesteps,
      callbacks: [silenced(listeners, () => stopped)],
    })
  if (!stopped) {
    const row = episodeRows.take()
    if (row) writer.write(agent.globalStep, row)
    await session.save(state())
  }
  return { ...state(), interrupted: stopped }
}

/** After the last checkpoint of an interrupted run nothing counts any more: A2C goes on to the end of its rollout. */
function silenced(listeners: CombinedCallbacks, isSilent: () => boolean): Callbacks {
  return {
    onStep: (globalStep) => !isSilent() && listeners.onStep(globalStep),
    onEpisode: (episode) => {
      if (!isSilent()) listeners.onEpisode(episode)
    },
    onMetrics: (globalStep, metrics) => {
      if (!isSilent()) listeners.onMetrics(globalStep, metrics)
    },
  }
}

function evaluationOf({ agent, makeEnv, seed, run, writer, progress, ...session }: Session) {
  return periodicEvaluation(agent, {
    makeEnv,
    every: run.evalEvery,
    episodes: run.evalEpisodes,
    evalEnvs: run.evalEnvs,
    seed: periodicEvaluationSeed(seed),
    totalTimesteps: run.totalTimesteps,
    signal: session.signal,
    state: session.from?.evaluation,
    onMetrics: (globalStep, row) => {
      writer.write(globalStep, row)
      progress.evaluated(globalStep, row)
    },
    onBest: session.onBest,
  })
}
