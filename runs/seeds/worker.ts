/**
 * What trains one of several seeds, in a process of its own. It speaks to the process that started it through IPC
 * messages. Ctrl-C, which a terminal sends to every process of a command, is left to that one (see processes.ts).
 */
import { resolveAgentEnv } from '../environments.ts'
import { type Standing, tellStanding } from '../progress.ts'
import type { RunControls, RunRequest, RunSummary } from '../run.ts'
import { checkSettings, type Settings } from '../settings.ts'
import { trainRun } from '../start.ts'

/** A request that can be sent: the environment by its name, the settings as given, no functions. */
export type SeedTask = Omit<RunRequest, 'env' | 'settings' | keyof RunControls> & {
  readonly env: string
  readonly settings: Pick<Settings, 'given' | 'origin' | 'seed'>
}

/** What a worker tells. `ready` asks whether to begin: there may have been an interrupt before it could listen. */
export type SeedMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'standing'; readonly standing: Standing }

/** What a worker is told: to begin, and to end early. */
export const BEGIN = 'begin'
export const INTERRUPT = 'interrupt'

/** Called by the pool, once in the life of this process. */
export async function trainSeed({ env, ...task }: SeedTask): Promise<RunSummary> {
  const interrupt = new AbortController()
  const answer = new Promise((resolve) => {
    process.on('message', (message) => {
      if (message === INTERRUPT) interrupt.abort()
      if (message === INTERRUPT || message === BEGIN) resolve(message)
    })
  })
  const onTerminate = () => interrupt.abort()
  process.on('SIGTERM', onTerminate)
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')) // nobody is left to report to
  tell({ kind: 'ready' })
  if ((await answer) === INTERRUPT) throw new Error('interrupted before it began')
  const settings = checkSettings(task.agent, task.settings)
  try {
    return await trainRun({
      ...task,
      settings,
      env: await resolveAgentEnv(env, settings.run.envKwargs, settings.run),
      progress: tellStanding((standing) => tell({ kind: 'standing', standing })),
      print: (line) => tell({ kind: 'line', line }),
      warn: (line) => tell({ kind: 'line', line }),
      signal: interrupt.signal,
    })
  } finally {
    process.off('SIGTERM', onTerminate) // the pool ends its processes by it
  }
}

function tell(message: SeedMessage): void {
  process.send?.(message)
}
