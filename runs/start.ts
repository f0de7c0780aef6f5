/** One training run, from checked settings to a folder with its config.yaml; the training itself is in `training.ts`. */
import type { Env } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { type AgentName, agents } from '../agents/index.ts'
import type { BackendChoice, BackendName } from '../src/backend/index.ts'
import { Rng, type Seed } from '../src/rng.ts'
import { serializableOptions } from '../src/training/index.ts'
import { startBackend } from './backends/pick.ts'
import type { ResolvedEnv } from './environments.ts'
import { askedFor } from './errors.ts'
import type { ProgressKind } from '../cli/show/progress.ts'
import { createRunDirectory, describePlatform, runName, writeConfig } from './folder.ts'
import { withRunLock } from './lock.ts'
import type { LearningAgent } from './session.ts'
import type { Settings } from './settings.ts'
import { type RunSummary, trainIn } from './train.ts'

export { evaluationSeed, type RunSummary } from './train.ts'

export interface RunRequest {
  readonly agent: AgentName
  readonly env: ResolvedEnv
  readonly seed: Seed
  readonly settings: Settings
  readonly backend: BackendName | 'auto'
  /** Part of a GPU's name, or its index; for backends that run on one. */
  readonly gpu?: string | undefined
  readonly runDir?: string | undefined
  readonly progress: ProgressKind
  readonly print: (line: string) => void
  /** Becomes aborted when the user interrupts; the run then ends early, with a checkpoint. */
  readonly signal: AbortSignal
}

/** Trains, evaluates and saves. Until the folder is made, every refusal is the user's to mend. */
export async function trainRun(request: RunRequest): Promise<RunSummary> {
  const { env, seed, settings, print } = request
  const { run } = settings
  const { agent, backend } = await askedFor(async () => {
    const made = makeAgent(request)
    made.checkBudget(run.totalTimesteps)
    return { agent: made, backend: await startBackend(request, made) }
  })
  const runDir = await createRunDirectory(
    request.runDir,
    runName(env.id, request.agent, seed, new Date()),
  )
  await writeConfig(runDir, fullConfig(request, serializableOptions(agent.options), backend))
  print(
    `${request.agent} on ${env.id}, seed ${seed}, ${run.totalTimesteps} timesteps; ${settings.origin}`,
  )
  print(`backend ${describeBackend(backend)}; ${runDir}`)
  return withRunLock(runDir, () => trainIn({ request, runDir, agent, backend }))
}

/** `tensorflow (as asked; TensorFlow 2.16.2 on the CPU)` */
export function describeBackend({ name, reason, device }: BackendChoice): string {
  return `${name} (${[reason, device].filter(Boolean).join('; ')})`
}

/** The agent of a run, which has not learned yet. */
export function makeAgent({ agent, env, seed, settings }: RunRequest): LearningAgent {
  probe(env.makeEnv)
  return new agents[agent].Agent({ ...settings.agent, env: env.makeEnv, seed })
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
