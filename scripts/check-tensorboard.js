/**
 * `npm run test:tensorboard`: trains a short run, reads its event file with TensorBoard's own reader (installed from
 * PyPI into a temporary environment) and compares every scalar with metrics.jsonl. Needs Python 3.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'wn-rl-tensorboard-'))
try {
  const python = join(folder, 'venv', 'bin', 'python')
  run('python3', ['-m', 'venv', join(folder, 'venv')])
  run(python, ['-m', 'pip', 'install', '--quiet', 'tensorboard', 'setuptools<81'])
  let scalars = 0
  for (const agent of ['dqn', 'a2c']) {
    const runDir = join(folder, agent)
    const train = [
      'train',
      '--agent',
      agent,
      '--env',
      'CartPole',
      '--total-timesteps',
      '4000',
      '--quiet',
    ]
    run('node', [resolve('dist/cli.js'), ...train, '--run-dir', runDir])
    const read = execFileSync(python, [resolve('test/logging/read_events.py'), runDir], {
      encoding: 'utf8',
    })
    scalars += compare(JSON.parse(read), runDir)
  }
  console.log(`TensorBoard finds all ${scalars} scalars of metrics.jsonl`)
} finally {
  rmSync(folder, { recursive: true })
}

/** Every metric of metrics.jsonl, in order, against what TensorBoard read (float32). */
function compare(found, runDir) {
  const expected = {}
  let count = 0
  for (const line of readFileSync(join(runDir, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { step, ...metrics } = JSON.parse(line)
    for (const [tag, value] of Object.entries(metrics)) {
      ;(expected[tag] ??= []).push([step, Math.fround(value)])
      count++
    }
  }
  if (JSON.stringify(sorted(found)) !== JSON.stringify(sorted(expected))) {
    throw new Error(`${runDir}: TensorBoard reads other scalars than metrics.jsonl holds`)
  }
  return count
}

function sorted(scalars) {
  return Object.entries(scalars).sort(([a], [b]) => (a < b ? -1 : 1))
}

function run(command, args) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
