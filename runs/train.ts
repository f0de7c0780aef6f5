/** Training in a run's folder, from wherever its agent stands to the summary: files, checkpoints, final evaluations. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../agents/index.ts'
import { runMetricsWriter } from '../src/logging/files.ts'
import {
  EPISODE_METRICS,
  evaluateInTurns,
  EVALUATION_METRICS,
  mean,
} from '../src/training/index.ts'
import { bestPath, Checkpoints } from './checkpoints.ts'
import { evaluationSeed } from './evaluation-seeds.ts'
import type { RunRequest, RunSummary, Score, Training } from './run.ts'
import { learn, type SessionOutcome } from './session.ts'
import { writeSummary } from './summary.ts'
import { reportTrouble } from './trouble.ts'

/** Learns, evaluates and saves; frees the agent. */
export async function trainIn(training: Training): Promise<RunSummary> {
  const { request, runDir, agent, backend, from } = training
  const start = performance.now()
  const elapsedSeconds = () => (from?.elapsedSeconds ?? 0) + (performance.now() - start) / 1000
  const outcome = await learnIn(training, elapsedSeconds)
  const wallSeconds = elapsedSeconds()
  await agent.synchronize()
  const unscored: RunSummary = {
    runDir,
    agent: request.agent,
    env: request.env.reference,
    seed: request.seed,
    totalTimesteps: agent.globalStep,
    episodes: outcome.episodes,
    meanReturn: outcome.returns.length > 0 ? mean(outcome.returns) : null,
    evaluation: null,
    finalEvaluation: null,
    wallSeconds,
    stepsPerSecond: agent.globalStep / wallSeconds,
    backend: backend.name,
    digest: agent.digest(),
    interrupted: outcome.interrupted,
  }
  try {
    if (outcome.interrupted) return unscored
    await keepBest(training)
    await writeSummary(unscored) // first: where there is a final model, this says what came of learning
    await agent.save(join(runDir, 'final'))
  } finally {
    agent.dispose() // with its environments: of some there may be one only
  }
  return score(unscored, request)
}

/** The scores of a run that has learned, of its best and its final model; they are written down. */
export async function score(unscored: RunSummary, request: RunRequest): Promise<RunSummary> {
  const scores = await finalScores(request, unscored.runDir)
  if (!scores) return { ...unscored, interrupted: true }
  const scored = { ...unscored, evaluation: scores.best, finalEvaluation: scores.final }
  await writeSummary(scored)
  return { ...scored, interrupted: request.signal.aborted }
}

/** Where evaluations were asked for and none has found a best model, the final one is the best that is known. */
async function keepBest({ request, runDir, agent }: Training): Promise<void> {
  if (request.settings.run.evalEvery === 0 || hasModel(bestPath(runDir))) return
  await agent.save(bestPath(runDir))
}

function hasModel(folder: string): boolean {
  return existsSync(join(folder, 'model.json'))
}

/** Learning with its files open. @throws Error for trouble too, after the evidence was written */
async function learnIn(training: Training, elapsedSeconds: () => number): Promise<SessionOutcome> {
  const { request, runDir, agent, from } = training
  const { seed, settings, signal, env } = request
  const { run } = settings
  const columns = [...EPISODE_METRICS, ...agents[request.agent].metrics, ...EVALUATION_METRICS]
  const writer = runMetricsWriter(runDir, columns, () => performance.timeOrigin + performance.now())
  const progress = request.progress({ totalTimesteps: run.totalTimesteps, elapsedSeconds })
  const checkpoints = new Checkpoints(training, writer)
  try {
    const outcome = await learn({
      agent,
      makeEnv: env.makeEnv,
      seed,
      run,
      writer,
      progress,
      elapsedSeconds,
      signal,
      from,
      isDue: checkpoints.isDue,
      save: checkpoints.save,
      onBest: checkpoints.saveBest,
    })
    await checkpoints.settle()
    return outcome
  } catch (error) {
    await checkpoints.settle().catch(() => undefined) // the first error is the one to tell
    throw await reportTrouble(error, { runDir, env: env.id, seed })
  } finally {
    progress.stop()
    writer.close()
  }
}

/** Of the best and the final model, on the same fresh episodes; undefined if interrupted. */
async function finalScores(request: RunRequest, runDir: string) {
  const final = await scoreOf(request, join(runDir, 'final'))
  if (!final) return undefined
  const bestDir = bestPath(runDir)
  if (!hasModel(bestDir)) return { best: final, final }
  const best = await scoreOf(request, bestDir)
  return best && { best, final }
}

async function scoreOf(
  { agent, env, seed, signal, settings }: RunRequest,
  modelDir: string,
): Promise<Score | undefined> {
  const policy = await agents[agent].load(modelDir)
  try {
    const { finalEvalEpisodes: episodes, evalEnvs } = settings.run
    const options = { makeEnv: env.makeEnv, evalEnvs, episodes, seed: evaluationSeed(seed) }
    const evaluation = await evaluateInTurns(policy, options, signal)
    if (!evaluation) return undefined
    const { mean: average, std, cut } = evaluation
    return { mean: average, std, episodes, ...(cut > 0 && { cut }) }
  } finally {
    policy.dispose()
  }
}
