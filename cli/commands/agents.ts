/** `wn-rl envs` and `wn-rl agents` */
import type { Command } from 'commander'
import { make, registeredSpecs } from 'gymnasium-js'
import { agents } from '../../agents/index.ts'
import { defaultOf, describeOption } from '../../src/training/index.ts'

interface ListFlags {
  readonly json?: true
}

export function addLists(program: Command): void {
  program
    .command('envs')
    .description('list the registered environments')
    .option('--json', 'as JSON')
    .action(({ json }: ListFlags) => {
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
      print(rows, json)
    })
  program
    .command('agents')
    .description('list the agents and their options')
    .option('--json', 'as JSON')
    .action(({ json }: ListFlags) => {
      const rows = agentRows()
      if (json) {
        print(rows, json)
        return
      }
      for (const { name, summary, options: described } of rows) {
        console.log(`${name}: ${summary}`)
        for (const [option, description] of Object.entries(described))
          console.log(`  ${option.padEnd(22)} ${description}`)
      }
    })
}

/** Every agent with its options: what each means, and what it is unless told (none: not set). */
export function agentRows() {
  return Object.entries(agents).map(([name, { summary, options: schema }]) => {
    const names = Object.keys(schema.shape)
    const described = names.map((option) => [option, describeOption(schema, option) ?? ''] as const)
    const defaults = names.flatMap((option) => {
      const value = defaultOf(schema, option)
      return value === undefined ? [] : [[option, value] as const]
    })
    return {
      name,
      summary,
      options: Object.fromEntries(described),
      defaults: Object.fromEntries(defaults),
    }
  })
}

function print(rows: readonly Readonly<Record<string, unknown>>[], json: true | undefined): void {
  if (json) console.log(JSON.stringify(rows))
  else console.table(Object.fromEntries(rows.map(({ id, ...rest }) => [String(id), rest])))
}
