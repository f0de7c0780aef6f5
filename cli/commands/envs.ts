/** `wn-rl envs` */
import type { Command } from 'commander'
import { make, registeredSpecs } from 'gymnasium-js'
import { sayJson } from '../show/terminal.ts'

export function addEnvs(program: Command): void {
  program
    .command('envs')
    .description('list the registered environments')
    .option('--json', 'as JSON')
    .action(listEnvs)
}

function listEnvs({ json }: { readonly json?: true }): void {
  const rows = registeredSpecs().map(({ id, maxEpisodeSteps, rewardThreshold }) => {
    const env = make(id)
    const { observationSpace, actionSpace } = env
    env.close()
    return {
      id,
      observationSpace: json ? observationSpace.toJSON() : observationSpace.toString(),
      actionSpace: json ? actionSpace.toJSON() : actionSpace.toString(),
      maxEpisodeSteps: maxEpisodeSteps ?? null,
      rewardThreshold: rewardThreshold ?? null,
    }
  })
  if (json) sayJson(rows)
  else console.table(Object.fromEntries(rows.map(({ id, ...rest }) => [id, rest])))
}
