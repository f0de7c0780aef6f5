/** `wn-rl agents` */
import type { Command } from 'commander'
import { agents } from '../../agents/index.ts'
import { defaultOf, describeOption } from '../../src/training/index.ts'
import { say, sayJson } from '../show/terminal.ts'

export function addAgents(program: Command): void {
  program
    .command('agents')
    .description('list the agents and their options')
    .option('--json', 'as JSON')
    .action(listAgents)
}

function listAgents({ json }: { readonly json?: true }): void {
  const rows = agentRows()
  if (json) {
    sayJson(rows)
    return
  }
  for (const { name, summary, options: described } of rows) {
    say(`${name}: ${summary}`)
    for (const [option, description] of Object.entries(described))
      say(`  ${option.padEnd(22)} ${description}`)
  }
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
