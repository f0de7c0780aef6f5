/**
 * `npm run test:webgpu`: one update of DQN and A2C, dense and convolutional, on the WebGPU of headless Chromium with its
 * software driver (test/runtimes/webgpu.html), compared with cpu in the same page. Needs a build and Chromium.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { CHROMIUM_FLAGS, findChromium, SOURCES } from './chromium.js'

/** As test/backend/webgpu.test.ts, which says why. */
const TOLERANCE = { dense: 2e-6, conv: 2e-5 }
const SOFTWARE_GPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
]
const MINUTES = 60_000

const outDir = mkdtempSync(join(tmpdir(), 'wn-rl-webgpu-'))
const page = 'webgpu.html'
const config = {
  configFile: false,
  root: SOURCES,
  logLevel: 'error',
  build: { outDir, rollupOptions: { input: join(SOURCES, page) } },
}
try {
  await build(config)
  const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } })
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...CHROMIUM_FLAGS.filter((flag) => flag !== '--disable-gpu'), ...SOFTWARE_GPU],
  })
  try {
    report(await measure(browser, `${server.resolvedUrls.local[0]}${page}`), browser.version())
  } finally {
    await browser.close()
    await server.close()
  }
} finally {
  rmSync(outDir, { recursive: true })
}

async function measure(browser, url) {
  const tab = await browser.newPage()
  tab.setDefaultTimeout(10 * MINUTES)
  tab.on('pageerror', (error) => console.log(`Chromium: ${error.message}`))
  await tab.goto(url)
  await tab.waitForFunction(() => 'report' in globalThis)
  return tab.evaluate(() => globalThis.report())
}

function report({ gpu, differences }, version) {
  console.log(`Chromium ${version}, ${gpu}: largest difference from cpu, relative`)
  for (const [name, difference] of Object.entries(differences)) {
    const isNear = difference < TOLERANCE[name.split(', ')[1]]
    console.log(`  ${name}: ${difference.toExponential(1)}${isNear ? '' : ', TOO MUCH'}`)
    if (!isNear) process.exitCode = 1
  }
}
