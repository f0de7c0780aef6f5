/**
 * Packs both packages as npm would publish them, lints them with publint, installs them into an empty folder without
 * a warning, and uses them there: every entry point imported, types compiled, an agent trained, the command line run.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const ENTRY_POINTS = [
  'wn-rl',
  'wn-rl/agents',
  'wn-rl/nn',
  'wn-rl/backend',
  'wn-rl/runs',
  'wn-rl/act',
  'gymnasium-js',
  'gymnasium-js/box2d',
  'gymnasium-js/check',
  'gymnasium-js/rendering',
  'gymnasium-js/spaces',
  'gymnasium-js/vector',
  'gymnasium-js/workers',
  'gymnasium-js/wrappers',
]

const USE = `
import { LunarLander, lunarLanderHeuristic, make } from 'gymnasium-js'
import { checkEnv } from 'gymnasium-js/check'
import { WorkerVectorEnv } from 'gymnasium-js/workers'
import { evaluate } from 'wn-rl'
import { loadPolicy } from 'wn-rl/act'
import { Dqn } from 'wn-rl/agents'
import { mlp } from 'wn-rl/nn'

const makeEnv = () => make('CartPole-v1')
const agent = new Dqn({ env: makeEnv, seed: 1, network: mlp([16]), learningStarts: 200, batchSize: 16 })
await agent.learn({ totalTimesteps: 400 })
const { mean } = evaluate(agent, { makeEnv, episodes: 2, seed: 1 })
await agent.save('model')
const policy = await loadPolicy('model')
const seen = Float32Array.of(0.1, 0.2, -0.1, -0.2)
if (policy.act(seen) !== agent.act(seen)) throw new Error('the packed policy differs from its agent')
const envs = new WorkerVectorEnv('CartPole-v1', 2)
if (envs.reset({ seed: 1 }).obs.length !== 8) throw new Error('the packed worker does not start')
envs.close()
if (checkEnv(makeEnv).length > 0) throw new Error('the packed CartPole is not sound')
// What the sources give: the build must keep planck behind the software sines (see envs/tsdown.config.ts).
const lander = new LunarLander({ enableWind: true })
let { obs } = lander.reset({ seed: 0 })
let landerReturn = 0
for (let ended = false; !ended;) {
  const step = lander.step(lunarLanderHeuristic(obs))
  landerReturn += step.reward
  obs = step.obs
  ended = step.terminated
}
if (landerReturn !== 214.82713648019956) throw new Error('the packed LunarLander differs: ' + landerReturn)
if (!(mean > 0) || agent.globalStep !== 400) throw new Error('the packed agent does not learn')
`

const folder = mkdtempSync(join(tmpdir(), 'wn-rl-package-'))
try {
  await lint('.')
  await lint('envs')
  const tarballs = ['.', './envs'].map((path) => pack(path))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', type: 'module', private: true }),
  )
  install(tarballs)
  writeFileSync(
    join(folder, 'import.js'),
    ENTRY_POINTS.map((name) => `import '${name}'\n`).join(''),
  )
  run('node', ['import.js'])
  writeFileSync(join(folder, 'use.ts'), USE)
  writeFileSync(join(folder, 'use.js'), USE)
  const options = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
  )
  run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder])
  run('node', ['use.js'])
  run('npx', ['--no-install', 'wn-rl', 'agents', '--json'])
  console.log(`packed, installed and used: ${ENTRY_POINTS.join(', ')}`)
} finally {
  rmSync(folder, { recursive: true })
}

async function lint(path) {
  const { messages, pkg } = await publint({ pkgDir: path, strict: true })
  for (const message of messages) console.error(`publint ${path}: ${formatMessage(message, pkg)}`)
  if (messages.length > 0)
    throw new Error(`publint has ${messages.length} complaints about ${path}`)
}

function pack(path) {
  const before = new Set(readdirSync(folder))
  execFileSync(
    'npm',
    ['pack', path, '--ignore-scripts', '--silent', '--pack-destination', folder],
    { stdio: 'ignore' },
  )
  return join(
    folder,
    readdirSync(folder).find((name) => !before.has(name)),
  )
}

/** @throws Error if npm warns, for example of scripts that an installation would run */
function install(tarballs) {
  const flags = ['--no-audit', '--no-fund', '--prefer-offline']
  const options = { cwd: folder, encoding: 'utf8' }
  const { status, stderr } = spawnSync('npm', ['install', ...flags, ...tarballs], options)
  if (status !== 0 || stderr.includes('npm warn'))
    throw new Error(`npm install of the packed packages says:\n${stderr}`)
  for (const name of ['wn-rl', 'gymnasium-js']) requireNoInstallScripts(name)
}

function requireNoInstallScripts(name) {
  const path = join(folder, 'node_modules', name, 'package.json')
  const { scripts = {} } = JSON.parse(readFileSync(path, 'utf8'))
  const found = ['preinstall', 'install', 'postinstall', 'prepare'].filter((it) => it in scripts)
  if (found.length > 0) throw new Error(`${name} would run scripts where it is installed: ${found}`)
}

function run(command, args) {
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}
