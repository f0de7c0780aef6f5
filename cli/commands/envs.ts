/** `wn-rl envs` */
import type { Command } from 'commander'
import { make, registeredSpecs, type Space } from 'gymnasium-js'
import { NONE } from '../show/lines.ts'
import { say, sayJson } from '../show/terminal.ts'

export function addEnvs(program: Command): void {
  program
    .command('envs')
    .description('list the registered environments')
    .option('--json', 'as JSON')
    .action(listEnvs)
}

function listEnvs({ json }: { readonly json?: true }): void {
  const rows = registeredSpecs().map(({ id, maxEpisodeSteps = null, rewardThreshold = null }) => {
    const env = make(id)
    const { observationSpace, actionSpace } = env
    env.close()
    return { id, observationSpace, actionSpace, maxEpisodeSteps, rewardThreshold }
  })
  if (json)
    sayJson(rows) // spaces have a toJSON
  else for (const line of linesOf(rows)) say(line)
}

type Row = {
  readonly [K in 'observationSpace' | 'actionSpace']: Space
} & {
  readonly id: string
  readonly maxEpisodeSteps: number | null
  readonly rewardThreshold: number | null
}

/** A table that fits into 80 columns; what it leaves out, `--json` has. */
function linesOf(rows: readonly Row[]): string[] {
  const cells = [
    ['environment', 'observations', 'actions', 'steps', 'solved'],
    ...rows.map((row) => [
      row.id,
      briefly(row.observationSpace),
      briefly(row.actionSpace),
      String(row.maxEpisodeSteps ?? NONE),
      String(row.rewardThreshold ?? NONE),
    ]),
  ]
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  return cells.map((row) =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  )
}

/** A space without its bounds. */
function briefly(space: Space): string {
  if (space.kind === 'box') return `Box(${space.shape.join(', ')})`
  return space.kind === 'tuple' || space.kind === 'dict'
    ? `${space.kind === 'dict' ? 'Dict' : 'Tuple'} of ${Object.keys(space.spaces).length}`
    : space.toString()
}
