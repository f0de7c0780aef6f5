/**
 * `npx jiti scripts/update-path.js [dqn|a2c|ppo|pqn]`: which files' code runs from one update to the next, and which of
 * their functions, as V8 counts them. It trains each agent for a moment on the backend `cpu`, which runs a program's
 * function at every call, so that the code of networks and losses shows too; environments are left out.
 *
 * Without a name: a table for docs/architecture.md.
 */
import { Session } from 'node:inspector/promises'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { make } from 'gymnasium-js'
import { agents } from '../agents/index.ts'
import { useBackend } from '../src/backend/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Two environments, and an update each 8 timesteps, of which the one from 48 to 56 is looked at. */
const EVERY = 8
const [FROM, TO] = [48, 56]
const rollouts = { numSteps: EVERY / 2, initializationSteps: EVERY }
const minibatches = { ...rollouts, epochs: 1, batchSize: EVERY }
const OPTIONS = {
  dqn: {
    ...{ learningStarts: EVERY, initializationBatch: EVERY, batchSize: EVERY },
    ...{ trainFrequency: EVERY, targetUpdateInterval: EVERY },
  },
  a2c: rollouts,
  ppo: minibatches,
  pqn: minibatches,
}

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
await useBackend('cpu')

const asked = process.argv[2]
if (asked === undefined) await printTable()
else for (const [file, functions] of await pathOf(asked)) console.log(`${file}: ${functions}`)

async function printTable() {
  console.log('| agent | agents/ | lines | training/, policies/ | other of src/ | all |')
  console.log('|---|---|---|---|---|---|')
  for (const name of Object.keys(agents)) {
    const files = [...(await pathOf(name)).keys()]
    const own = files.filter((file) => file.startsWith('agents/'))
    const around = files.filter((file) => /^src\/(training|policies)\//.test(file))
    const rest = files.length - own.length - around.length
    const cells = [name, own.length, linesOf(own), around.length, rest, files.length]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

/** File → the functions of it that ran. */
async function pathOf(name) {
  const config = { env: () => make('CartPole-v1'), seed: 1, numEnvs: 2, ...OPTIONS[name] }
  const agent = new agents[name](config)
  let path = new Map()
  const onStep = async (timestep) => {
    if (timestep === FROM) await counted()
    if (timestep === TO) path = await counted()
    return timestep === TO
  }
  await agent.learn({ totalTimesteps: 100 * EVERY, callbacks: [{ onStep }] })
  agent.dispose()
  return path
}

/** What has run since the last call. */
async function counted() {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const files = result.map(({ url, functions }) => {
    const ran = functions.filter(({ ranges }) => ranges[0].count > 0)
    const names = ran.map(({ functionName }) => functionName).filter((text) => text !== '')
    return [relative(root, url.replace('file://', '')), [...new Set(names)].join(', '), ran.length]
  })
  const ours = files.filter(([file, , ran]) => ran > 0 && /^(agents|src)\//.test(file))
  return new Map(ours.map(([file, names]) => [file, names]).sort())
}

function linesOf(files) {
  const lines = files.map((file) => readFileSync(root + file, 'utf8').split('\n').length - 1)
  return lines.reduce((sum, count) => sum + count, 0)
}
