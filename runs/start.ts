/** Starting a run: from what was asked for to checked settings and a folder; the training itself is in train.ts. */
import { sampleAction } from 'gymnasium-js'
import {
  type ActionArray,
  SyncVectorEnv,
  type VectorReset,
  type VectorStep,
} from 'gymnasium-js/vector'
import { agents } from '../agents/index.ts'
import type { Awaitable, BackendChoice, BackendName } from '../src/backend/index.ts'
import { UsageError } from '../src/errors.ts'
import { Rng, type Seed } from '../src/rng.ts'
import { requireMemoryForEvaluation, serializableOptions } from '../src/training/index.ts'
import { startBackend } from './backends/pick.ts'
import { writeConfig } from './config.ts'
import { resolveAgentEnv, resolveEnv } from './environments.ts'
import { askedFor } from './errors.ts'
import { createRunDirectory, describePlatform, runName } from './folder.ts'
import { withRunLock } from './lock.ts'
import { originOf } from './origin.ts'
import { controlsFrom } from './progress.ts'
import type { GivenControls, LearningAgent, RunRequest, RunSummary } from './run.ts'
import { agentNamed, loadSettings, type Settings } from './settings.ts'
import { trainIn } from './train.ts'

/** What is to be trained, as a command line or a program says it. */
export interface TrainOptions extends GivenControls {
  /** A name of the registry: `dqn`. */
  readonly agent: string
  /** A registered id (`CartPole`), a file or a package that exports an environment, or `./file.ts:Id-v0`. */
  readonly env: string
  /** Of everything random; unless given that of `configFile`, or 1. */
  readonly seed?: Seed | undefined
  /** Options of the run and of the agent, over those of the preset: `{ totalTimesteps: 20_000, gamma: 0.98 }`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** Options as `key=value`; keys may be dotted. `options` come on top. */
  readonly set?: readonly string[] | undefined
  /** A YAML file of options, instead of the preset. */
  readonly configFile?: string | undefined
  /** A variant of the preset, such as `rainbow`. */
  readonly preset?: string | undefined
  /** Where tensors live: `auto` unless given. */
  readonly backend?: BackendName | 'auto' | undefined
  /** Part of a GPU's name, or its index; for backends that run on one. */
  readonly gpu?: string | undefined
  /** The run's folder, which must not exist; `runs/<env>__<agent>__<seed>__<time>` unless given. */
  readonly runDir?: string | undefined
}

/**
 * Trains an agent and keeps what comes of it in a folder, as `wn-rl train` does. Nothing is printed. The backend that
 * the run takes is the whole process's, so train one run at a time.
 *
 * @returns scores, speed and digest; with `signal` aborted, of the run as it was broken off
 * @throws UsageError for what cannot be trained as asked for, before there is a folder
 * @example
 * const { runDir, evaluation } = await train({
 *   agent: 'dqn',
 *   env: 'CartPole',
 *   seed: 1,
 *   options: { totalTimesteps: 20_000, gamma: 0.98 },
 * })
 * console.log(runDir, evaluation?.mean)
 */
export async function train(options: TrainOptions): Promise<RunSummary> {
  return trainRun(await prepareRun(options))
}

/** Finds and checks all that was asked for. @throws UsageError naming what does not do, and the remedy */
export function prepareRun(asked: TrainOptions): Promise<RunRequest> {
  return askedFor(async () => {
    const { configFile, preset, set = [], options = {}, backend = 'auto', gpu, runDir } = asked
    if (configFile !== undefined && preset !== undefined)
      throw new UsageError('a preset and a file of options exclude each other; give one of them')
    const agent = agentNamed(asked.agent)
    // The environment's keyword arguments are among the settings, and the preset depends on its id.
    const { id: envId } = await resolveEnv(asked.env, {})
    const settings = await loadSettings({ agent, envId, configFile, preset, set, flags: options })
    const env = await resolveAgentEnv(asked.env, settings.run.envKwargs, settings.run)
    const seed = asked.seed ?? settings.seed ?? 1
    return { agent, env, seed, settings, backend, gpu, runDir, ...controlsFrom(asked) }
  })
}

/** Trains, evaluates and saves. Until the folder is made, every refusal is the user's to mend. */
export async function trainRun(request: RunRequest): Promise<RunSummary> {
  const { env, seed, settings, print } = request
  const { run } = settings
  const { agent, backend } = await askedFor(async () => {
    const made = await makeAgent(request)
    return { agent: made, backend: await startBackend(request, made) }
  })
  const runDir = await createRunDirectory(
    request.runDir,
    runName(env.id, request.agent, seed, new Date()),
  )
  const config = fullConfig(request, serializableOptions(agent.options), backend)
  const origin = originOf(runDir, env)
  await writeConfig(runDir, { ...config, run: { ...config.run, ...origin } })
  print(
    `${request.agent} on ${env.id}, seed ${seed}, ${run.totalTimesteps} timesteps; ${settings.origin}`,
  )
  print(`backend ${describeBackend(backend)}; ${runDir}`)
  if (backend.name === 'cpu' && request.backend === 'auto')
    request.warn(
      'backend cpu instead of simd: the digest is not the one that others get for this seed',
    )
  return withRunLock(runDir, () => trainIn({ request, runDir, agent, backend }))
}

/** `tensorflow (as asked; TensorFlow 2.16.2 on the CPU)` */
export function describeBackend({ name, reason, device }: BackendChoice): string {
  return `${name} (${[reason, device].filter(Boolean).join('; ')})`
}

/**
 * The agent of a run, which has not learned yet.
 *
 * @throws RangeError if its budget does not do, or memory does not hold what it or its evaluations take
 */
export async function makeAgent(request: RunRequest): Promise<LearningAgent> {
  const { agent, env, seed, settings, backend } = request
  requireMemoryForEvaluations(settings.run)
  const { hasMasks } = await probe(request)
  const made: LearningAgent = new agents[agent]({ ...settings.agent, env: env.makeEnv, seed })
  const expected = { hasMasks, backend: backend === 'auto' ? undefined : backend }
  made.checkBudget(settings.run.totalTimesteps, expected)
  return made
}

function requireMemoryForEvaluations(run: Settings['run']): void {
  const { evalEvery, evalEpisodes, finalEvalEpisodes, evalEnvs } = run
  const periodic = { episodes: evalEvery > 0 ? evalEpisodes : 1, evalEnvs }
  requireMemoryForEvaluation(periodic, 'evalEpisodes')
  requireMemoryForEvaluation({ episodes: finalEvalEpisodes, evalEnvs }, 'finalEvalEpisodes')
}

const PROBE_STEPS = 10

/**
 * A few steps of random play with one copy: an environment that breaks its contract should say so before a folder
 * exists.
 *
 * @returns whether it tells which actions are legal
 */
async function probe({ env, warn }: RunRequest): Promise<{ readonly hasMasks: boolean }> {
  const envs = new SyncVectorEnv([env.makeEnv])
  try {
    const rng = new Rng('probe')
    const begun = envs.reset({ seed: 'probe' }) as Awaitable<VectorReset> // a promise where it answers later
    let [info] = (await begun).infos
    if (info && 'action_mask' in info && !('actionMask' in info))
      warn(`${env.id}: info.action_mask is read by nobody; call it actionMask`)
    const hasMasks = (info?.['actionMask'] ?? undefined) !== undefined
    for (let step = 0; step < PROBE_STEPS; step++) {
      const action: unknown = sampleAction(envs.singleActionSpace, rng, info)
      const batch = typeof action === 'number' ? Int32Array.of(action) : action
      const stepped = envs.step(batch as ActionArray) as Awaitable<VectorStep>
      ;[info] = (await stepped).infos
    }
    return { hasMasks }
  } finally {
    envs.close()
  }
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
    run: { ...backendRecord(backend), ...describePlatform() },
  }
}

/** What config.yaml says of the backend. */
export function backendRecord({ name, device }: BackendChoice): Record<string, string> {
  return { backend: name, ...(device !== undefined && { device }) }
}
