/** What is left behind when learning stops because something is not finite: the evidence, beside the checkpoints. */
import { join } from 'node:path'
import { GpuFailure } from '../src/backend/index.ts'
import type { Seed } from '../src/rng.ts'
import { disk } from '../src/storage/directory.ts'
import { listCheckpoints } from '../src/storage/checkpoint-folder.ts'
import { replaceFolder } from '../src/storage/file-system.ts'
import { sealManifest } from '../src/storage/manifest.ts'
import { TrainingTrouble } from '../src/trouble.ts'
import { encodeSafetensors } from '../src/storage/index.ts'
import { messageOf } from './errors.ts'

interface Where {
  readonly runDir: string
  readonly env: string
  readonly seed: Seed
}

/** @returns the error to throw: as it is, or with where the run was and where its batch lies */
export async function reportTrouble(error: unknown, where: Where): Promise<unknown> {
  const { runDir, env, seed } = where
  if (error instanceof GpuFailure) {
    const kept = `what stands in ${runDir}: ${await lastCheckpoint(runDir)}`
    return new Error(`${error.message}; ${kept}`, { cause: error })
  }
  if (!(error instanceof TrainingTrouble)) return error
  const path = join(runDir, 'trouble', `step-${error.globalStep}`)
  const { json, tensors } = error.evidence
  const files = new Map([
    ['trouble.json', sealManifest({ ...json, env, seed })],
    ['batch.safetensors', encodeSafetensors(tensors)],
  ])
  const evidence = await replaceFolder(disk, path, files).then(
    () => `the batch is in ${path}`,
    (failure: unknown) => `the batch could not be kept: ${messageOf(failure)}`,
  )
  const before = await lastCheckpoint(runDir)
  return new Error(`${error.message}; ${env}, seed ${seed}; ${evidence}; ${before}`, {
    cause: error,
  })
}

async function lastCheckpoint(runDir: string): Promise<string> {
  const [last] = await listCheckpoints(runDir).catch(() => [])
  return last === undefined ? 'there is no checkpoint' : `the last checkpoint is step-${last}`
}
