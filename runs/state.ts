/** What a checkpoint of a run holds besides the agent, so that another process can go on. */
import * as z from 'zod'
import type { Checkpoint } from '../src/storage/checkpoint.ts'

/** Training episodes that a run's `meanReturn` is taken over. */
export const MEAN_OVER = 100

const sessionSchema = z.strictObject({
  elapsedSeconds: z.number().min(0).describe('of learning, evaluations included'),
  episodes: z.int().min(0).describe('training episodes that have ended'),
  returns: z.array(z.number()).max(MEAN_OVER).describe('of the last of them'),
  evaluation: z.strictObject({ best: z.number().nullable(), due: z.int().min(0).nullable() }),
})

/** What learning remembers besides its agent. */
export type SessionState = z.output<typeof sessionSchema>

const runSchema = z.strictObject({
  session: sessionSchema,
  /** Where the metrics files end. */
  metrics: z.record(z.string(), z.int().min(0)),
})

/** @throws Error naming the field, for a checkpoint that no run wrote */
export function readRunState({ run }: Checkpoint, path: string): z.output<typeof runSchema> {
  const result = runSchema.safeParse(run)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new Error(`${path}: run.${issue.path.join('.')}: ${issue.message}`)
}
