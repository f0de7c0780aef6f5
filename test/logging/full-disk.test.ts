/** Metrics on a disk that takes no more. */
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runMetricsWriter } from '../../src/logging/files.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

vi.mock('node:fs', async (original) => ({
  ...(await original<object>()),
  writeSync: () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  },
}))

test('a full disk is an error that names the file', () => {
  const folder = emptyFolder()
  const writer = runMetricsWriter(folder, ['a'], () => 0)
  writer.write(1, { a: 1 })
  expect(() => writer.position()).toThrow(
    `${join(folder, 'metrics.jsonl')} cannot be written: no space is left on the disk`,
  )
})
