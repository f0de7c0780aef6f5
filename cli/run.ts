/** One training run, from checked settings to a summary: the folder, the agent, its evaluations and its files. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { type AgentName, agents } from '../agents/index.ts'
import { type BackendChoice, type BackendName, useBackend } from '../src/backend/index.ts'
import { runMetricsWriter } from '../src/logging/files.ts'
import { Rng, type Seed } from '../src/rng.ts'
import {
  EPISODE_METRICS,
  evaluate,
  type Evaluation,
  EVALUATION_METRICS,
  logTo,
  periodicEvaluation,
  type Policy,
  serializableOptions,
} from '../src/training/index.ts'
import type { ResolvedEnv } from './environments.ts'
import { askedFor } from './errors.ts'
import { createProgress } from './progress.ts'
import { createRunDirectory, describePlatform, runName, writeConfig } from './run-directory.ts'
import type { Settings } from './settings.ts'

export interface RunRequest {
  readonly agent: AgentName
  readonly env: ResolvedEnv
  readonly seed: Seed
  readonly settings: Settings
  readonly backend: BackendName | 'auto'
  readonly runDir?: string | undefined
  readonly progress: 'bar' | 'lines' | 'none'
  readonly print: (line: string) => void
  /** Becomes aborted when the user interrupts; the run then ends early, with its model saved. */
  readonly signal: AbortSignal
}

/** Mean and standard deviation of greedy returns. */
type Score = Pick<Evaluation, 'mean' | 'std' | 'episodes'>

/** What `--json` prints. */
export interface RunSummary {
  readonly runDir: string
  readonly agent: AgentName
  readonly env: string
  readonly seed: Seed
  readonly totalTimesteps: number
  readonly episodes: number
  /** Of the last 100 training episodes; null before the first has ended. */
  readonly meanReturn: number | null
  /** The best model of the periodic evaluations, on fresh episodes. */
  readonly evaluation: Score
  /** The final model, on the same fresh episodes. */
  readonly finalEvaluation: Score
  readonly wallSeconds: number
  readonly stepsPerSecond: number
  readonly backend: string
  readonly digest: string
  readonly interrupted: boolean
}

/** Training episodes that `meanReturn` is taken over. */
const MEAN_OVER = 100

/** The seed of the evaluations at a run's end; `wn-rl eval` uses it too, so that its numbers are the same. */
export function evaluationSeed(seed: Seed): Seed {
  return new Rng(seed).stream('evaluation').seed
}

/** Trains, evaluates and saves. Until the folder is made, every refusal is the user's to mend. */
export async function trainRun(request: RunRequest): Promise<RunSummary> {
  const { env, seed, settings, print } = request
  const { Agent, metrics } = agents[request.agent]
  const { run } = settings
  const { agent, backend } = await askedFor(async () => {
    probe(env.makeEnv)
    const made = new Agent({ ...settings.agent, env: env.makeEnv, seed })
    made.checkBudget(run.totalTimesteps)
    return { agent: made, backend: await useBackend(request.backend, { kernels: made.kernels }) }
  })
  const runDir = await createRunDirectory(
    request.runDir,
    runName(env.id, request.agent, seed, new Date()),
  )
  await writeConfig(runDir, fullConfig(request, serializableOptions(agent.options), backend))
  print(
    `${request.agent} on ${env.id}, seed ${seed}, ${run.totalTimesteps} timesteps; ${settings.origin}`,
  )
  print(`backend ${backend.name} (${backend.reason}); ${runDir}`)

  const start = performance.now()
  const elapsedSeconds = () => (performance.now() - start) / 1000
  const columns = [...EPISODE_METRICS, ...metrics, ...EVALUATION_METRICS]
  const writer = runMetricsWriter(runDir, columns, () => performance.timeOrigin + performance.now())
  const progress = createProgress(request.progress, { ...run, elapsedSeconds, print })
  const returns: number[] = []
  let episodes = 0
  const bestDir = join(runDir, 'best')
  const evaluation = periodicEvaluation(agent, {
    makeEnv: env.makeEnv,
    every: run.evalEvery,
    episodes: run.evalEpisodes,
    seed: new Rng(seed).stream('eval').seed,
    totalTimesteps: run.totalTimesteps,
    onMetrics: (globalStep, row) => {
      writer.write(globalStep, row)
      progress.evaluated(globalStep, row)
    },
    onBest: async () => {
      await agent.save(bestDir)
    },
  })
  const bookkeeping = {
    onEpisode: ({ episodicReturn }: { episodicReturn: number }) => {
      episodes++
      returns.push(episodicReturn)
      if (returns.length > MEAN_OVER) returns.shift()
    },
    onStep: () => request.signal.aborted,
  }
  try {
    await agent.learn({
      totalTimesteps: run.totalTimesteps,
      callbacks: [
        bookkeeping,
        logTo(writer, elapsedSeconds),
        ...(run.evalEvery > 0 ? [evaluation] : []),
        progress.callbacks,
      ],
    })
  } finally {
    progress.stop()
    writer.close()
  }
  const wallSeconds = elapsedSeconds()

  await agent.save(join(runDir, 'final'))
  const finalScore = scoreOf(agent, env.makeEnv, run.finalEvalEpisodes, seed)
  const best = existsSync(bestDir) ? await Agent.load(bestDir) : agent
  const bestScore =
    best === agent ? finalScore : scoreOf(best, env.makeEnv, run.finalEvalEpisodes, seed)
  const digest = agent.digest()
  const totalTimesteps = agent.globalStep
  if (best !== agent) best.dispose()
  agent.dispose()
  return {
    runDir,
    agent: request.agent,
    env: env.reference,
    seed,
    totalTimesteps,
    episodes,
    meanReturn:
      returns.length > 0 ? returns.reduce((sum, value) => sum + value, 0) / returns.length : null,
    evaluation: bestScore,
    finalEvaluation: finalScore,
    wallSeconds,
    stepsPerSecond: totalTimesteps / wallSeconds,
    backend: backend.name,
    digest,
    interrupted: request.signal.aborted,
  }
}

/** A few steps of random play: an environment that breaks its contract should say so before a folder exists. */
function probe(makeEnv: () => Env): void {
  const envs = new SyncVectorEnv([makeEnv, makeEnv])
  envs.reset({ seed: 'probe' })
  const rng = new Rng('probe')
  const { singleActionSpace } = envs
  if (singleActionSpace.kind === 'discrete') {
    for (let step = 0; step < 10; step++) {
      envs.step(Int32Array.of(singleActionSpace.sample(rng), singleActionSpace.sample(rng)))
    }
  }
  envs.close()
}

function scoreOf(policy: Policy, makeEnv: () => Env, episodes: number, seed: Seed): Score {
  const { mean, std } = evaluate(policy, { makeEnv, episodes, seed: evaluationSeed(seed) })
  return { mean, std, episodes }
}

function fullConfig(
  request: RunRequest,
  agentOptions: Record<string, unknown>,
  backend: BackendChoice,
) {
  return {
    agent: request.agent,
    env: request.env.reference,
    seed: request.seed,
    ...request.settings.run,
    ...agentOptions,
    run: { backend: backend.name, ...describePlatform() },
  }
}
