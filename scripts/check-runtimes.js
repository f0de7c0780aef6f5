/**
 * `npm run test:runtimes [-- --all]`: trains every agent (test/runtimes/train.js) on this Node, on the Nodes of
 * `NODES` (from npm, into a temporary folder) and in headless Chromium (the library bundled by vite), and compares
 * the digests. A runtime that cannot be had is named and left out; with `--all` it counts as a failure. Prints how
 * long the WebAssembly module takes to start, too.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { withBundle } from './bundle.js'
import { CHROMIUM_FLAGS, findChromium, Missing, SOURCES } from './chromium.js'

const NODES = [22, 24]
const KERNELS = 'src/backend/simd/module.ts'

const all = process.argv.includes('--all')
const folder = mkdtempSync(join(tmpdir(), 'wn-rl-runtimes-'))
try {
  await reportModule()
  const runtimes = [
    ['this Node', () => onNode(process.execPath)],
    ...NODES.map((version) => [`Node ${version}`, () => onNode(installNode(version))]),
    ['Chromium', () => inChromium()],
  ]
  const { reports, missing, failed } = await collect(runtimes)
  const differing = compare(reports)
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')}`)
  if (failed.length > 0) console.log(`FAILED: ${failed.join(', ')}`)
  if (differing + failed.length > 0 || (all && missing.length > 0)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

/** Runs one after the other, and prints what each finds. */
async function collect(runtimes) {
  const reports = new Map()
  const missing = []
  const failed = []
  for (const [name, run] of runtimes) {
    try {
      const { version, startMs, digests } = await run()
      reports.set(name, digests)
      console.log(`${name}: ${version}, simd starts in ${startMs.toFixed(1)} ms`)
      for (const [agent, digest] of Object.entries(digests)) console.log(`  ${agent} ${digest}`)
    } catch (error) {
      const isMissing = error instanceof Missing
      ;(isMissing ? missing : failed).push(name)
      console.log(`${name}: ${isMissing ? 'missing' : 'FAILED'}: ${error.message}`)
    }
  }
  return { reports, missing, failed }
}

/** Names, for every agent, the runtimes that agree. @returns the number of agents whose digests differ */
function compare(reports) {
  let differing = 0
  const agents = new Set([...reports.values()].flatMap((digests) => Object.keys(digests)))
  for (const agent of agents) {
    const groups = new Map()
    for (const [name, digests] of reports) {
      groups.set(digests[agent], [...(groups.get(digests[agent]) ?? []), name])
    }
    if (groups.size === 1) {
      console.log(`${agent}: the same digest on ${[...reports.keys()].join(', ')}`)
      continue
    }
    differing++
    console.log(`${agent}: DIFFERENT digests`)
    for (const [digest, names] of groups) console.log(`  ${digest}: ${names.join(', ')}`)
  }
  return differing
}

/** Prints how long the kernels' module takes until its first call: decoded, compiled and instantiated. */
async function reportModule() {
  await withBundle(KERNELS, { tfjs: 'installed' }, ({ instantiateKernels }) => {
    const start = performance.now()
    instantiateKernels()
    console.log(`WebAssembly module: started in ${(performance.now() - start).toFixed(1)} ms`)
  })
}

async function onNode(node) {
  const { stdout } = await promisify(execFile)(node, [join(SOURCES, 'node.js')])
  return JSON.parse(stdout)
}

/**
 * Installs the package that holds the platform's binary, which the package `node` would install by a script: npm may
 * refuse to run scripts.
 *
 * @returns path of the binary
 */
function installNode(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${platform}-${process.arch}`
  const into = join(folder, `node-${version}`)
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent']
  try {
    execFileSync('npm', ['install', '--prefix', into, ...flags, `${name}@${version}`], {
      stdio: 'ignore',
    })
  } catch {
    throw new Missing(`npm cannot install ${name}@${version}`)
  }
  const installed = join(into, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  return join(installed, bin.node)
}

async function inChromium() {
  const executablePath = findChromium()
  const outDir = join(folder, 'page')
  const config = { configFile: false, root: SOURCES, logLevel: 'error', build: { outDir } }
  await build(config)
  const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } })
  try {
    // `launch` starts from an empty profile.
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
    try {
      const page = await browser.newPage()
      page.on('pageerror', (error) => console.log(`Chromium: ${error.message}`))
      await page.goto(server.resolvedUrls.local[0])
      await page.waitForFunction(() => 'report' in globalThis)
      const report = await page.evaluate(() => globalThis.report())
      return { version: browser.version(), ...report }
    } finally {
      await browser.close()
    }
  } finally {
    await server.close()
  }
}
