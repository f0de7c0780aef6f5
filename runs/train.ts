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
  type Policy,
} from '../src/training/index.ts'
import { bestPath, Checkpoints } from './checkpoints.ts'
import { evaluationSeed } from './evaluation-seeds.ts'
import type { RunSummary, Score, Training } from './run.ts'
import { learn, type SessionOutcome } from './session.ts'
import { reportTrouble } from './trouble.ts'

/** Learns, evaluates and saves; frees the agent. */
export async function trainIn(training: Training): Promise<RunSummary> {
  const { request, runDir, agent, backend, from } = training
  const start = performance.now()
  const elapsedSeconds = () => (from?.elapsedSeconds ?? 0) + (performance.now() - start) / 1000
  const outcome = await learnIn(training, elapsedSeconds)
  const wallSeconds = elapsedSeconds()
  if (!outcome.interrupted) await agent.save(join(runDir, 'final'))
  const scores = outcome.interrupted ? undefined : await finalScores(training)
  await agent.synchronize()
  const digest = agent.digest()
  const totalTimesteps = agent.globalStep
  agent.dispose()
  return {
    runDir,
    agent: request.agent,
    env: request.env.reference,
    seed: request.seed,
    totalTimesteps,
    episodes: outcome.episodes,
    meanReturn: outcome.returns.length > 0 ? mean(outcome.returns) : null,
    evaluation: scores?.best ?? null,
    finalEvaluation: scores?.final ?? null,
    wallSeconds,
    stepsPerSecond: totalTimesteps / wallSeconds,
    backend: backend.name,
    digest,
    interrupted: request.signal.aborted,
  }
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
async function finalScores({ request, runDir, agent }: Training) {
  const scoreOf = async (policy: Policy): Promise<Score | undefined> => {
    const { env, seed, signal, settings } = request
    const episodes = settings.run.finalEvalEpisodes
    const options = { makeEnv: env.makeEnv, episodes, seed: evaluationSeed(seed) }
    const evaluation = await evaluateInTurns(policy, options, signal)
    return evaluation && { mean: evaluation.mean, std: evaluation.std, episodes }
  }
  const final = await scoreOf(agent)
  const bestDir = bestPath(runDir)
  if (!existsSync(bestDir)) return { best: final, final }
  const best = await agents[request.agent].load(bestDir)
  try {
    return { best: await scoreOf(best), final }
  } finally {
    best.dispose()
  }
}
