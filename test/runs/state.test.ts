import type { JsonObject } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { readRunState, runStateOf } from '../../runs/state.ts'
import type { Checkpoint } from '../../src/storage/checkpoint.ts'

const checkpointOf = (run: JsonObject): Checkpoint => ({
  ...{ agent: 'dqn', globalStep: 5, library: '0', state: { json: {}, tensors: {} } },
  ...{ files: {}, run: JSON.parse(JSON.stringify(run)) as JsonObject },
})

test('what a run remembers comes back from a file, returns that have overflowed too', () => {
  const session = {
    ...{ elapsedSeconds: 1.5, episodes: 3, returns: [1, Infinity, -0] },
    evaluation: { best: Infinity, due: 7 },
    episodeRows: { earned: 0.25, at: 5, episodes: 2, returns: -Infinity, lengths: 9 },
  }
  const metrics = { 'metrics.jsonl': 100 }
  const run = runStateOf(session, metrics)
  expect(readRunState(checkpointOf(run), 'step-5')).toEqual({ session, metrics })
})

test('a checkpoint of 0.1.0 has no rows of episodes that wait', () => {
  const session = { elapsedSeconds: 1, episodes: 3, returns: [1], evaluation: { best: 1, due: 7 } }
  const { session: read } = readRunState(checkpointOf({ session, metrics: {} }), 'step-5')
  expect(read.episodeRows).toBeNull()
})
