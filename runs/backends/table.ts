/**
 * The table of update times on this machine: `wn-rl doctor --measure` writes it, `--backend auto` reads it. It lies in
 * the user's folder for settings, `~/.config/wn-rl/backends.json` unless XDG_CONFIG_HOME names another.
 */
import { existsSync } from 'node:fs'
import { cpus, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { readOrdinary } from '../../src/ordinary-file.ts'
import { BACKENDS } from '../../src/backend/index.ts'
import { makeFolder, writeWhole } from '../../src/storage/directory.ts'

const sizeSchema = z.strictObject({ batch: z.int().min(1), width: z.int().min(1) })

const measuredSchema = z.strictObject({
  name: z.enum(BACKENDS),
  device: z.string().optional(),
  cells: z.array(sizeSchema.extend({ ms: z.number().positive() })),
  skipped: z.array(sizeSchema.extend({ reason: z.string() })).default([]),
})

/** Ours has some thousand. */
const MAX_TABLE_BYTES = 1 << 22

export const tableSchema = z.strictObject({
  format: z.literal(1),
  wnRl: z.string(),
  node: z.string(),
  /** The table holds for one processor. */
  cpu: z.string(),
  /** ISO 8601. */
  measuredAt: z.string(),
  backends: z.array(measuredSchema),
})

export type Table = z.output<typeof tableSchema>
export type MeasuredBackend = Table['backends'][number]

/** Where the table lies. */
export function tablePath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'wn-rl', 'backends.json')
}

/** Number and model of the processors. */
export function describeCpu(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`
}

/**
 * The table of this machine.
 *
 * @returns undefined if there is none; a sentence if there is one that does not hold here
 */
// eslint-disable-next-line @typescript-eslint/require-await -- callers wait for it, and what it throws is to be a rejection
export async function readTable(path: string = tablePath()): Promise<Table | string | undefined> {
  if (!existsSync(path)) return undefined
  const remedy = 'measure again: wn-rl doctor --measure'
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(readOrdinary(path, MAX_TABLE_BYTES)))
  } catch {
    return `${path} cannot be read; ${remedy}`
  }
  const parsed = tableSchema.safeParse(value)
  if (!parsed.success) return `${path} is not a table that this version understands; ${remedy}`
  if (parsed.data.cpu !== describeCpu())
    return `${path} was measured on another processor (${parsed.data.cpu}); ${remedy}`
  return parsed.data
}

export async function writeTable(table: Table, path: string = tablePath()): Promise<void> {
  await makeFolder(dirname(path))
  await writeWhole(path, new TextEncoder().encode(`${JSON.stringify(table, undefined, 2)}\n`))
}
