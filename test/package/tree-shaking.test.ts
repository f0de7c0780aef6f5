/**
 * Programs that import from the built gymnasium-js, bundled as their authors would and with no configuration: they
 * carry what they use, and what they use works as it does unbundled.
 */
import { build as esbuild } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build as vite } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'
import { inRepository } from '../helpers/wn-rl.ts'

/** Bytes, of a minified bundle after gzip: 7.4 kB when this was written, 97 kB with all environments in it. */
const SPACE_BUDGET = 15_000

const BOX = `
  import { Box } from 'gymnasium-js'
  console.log(new Box({ low: -1, high: 1, shape: [3] }).sample().length)
`
const LISTING = `
  import { make, registeredSpecs, spec } from 'gymnasium-js'
  console.log(make('CartPole').reset({ seed: 1 }).obs.length, spec('Taxi').id, registeredSpecs()[0].id)
`
const REGISTERING = `
  import { CartPole, register, registeredSpecs } from 'gymnasium-js'
  register({ id: 'my/Pole-v0', entryPoint: () => new CartPole() })
  const ids = registeredSpecs().map(({ id }) => id)
  console.log(ids[0], ids.at(-1))
`
/** planck must find the software sines in a bundle too: the sum is that of the sources. */
const LANDING = `
  import { LunarLander, lunarLanderHeuristic } from 'gymnasium-js'
  const env = new LunarLander({ enableWind: true })
  let { obs } = env.reset({ seed: 0 })
  let sum = 0
  for (let ended = false; !ended;) {
    const step = env.step(lunarLanderHeuristic(obs))
    sum += step.reward
    obs = step.obs
    ended = step.terminated
  }
  console.log(sum)
`

const bundlers = {
  async esbuild(program: string): Promise<string> {
    const { outputFiles } = await esbuild({
      stdin: { contents: program, resolveDir: inRepository('.') },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    })
    return outputFiles[0]!.text
  },

  async vite(program: string): Promise<string> {
    const output = await vite({
      root: inRepository('.'),
      configFile: false,
      logLevel: 'silent',
      plugins: [
        {
          name: 'program',
          resolveId: (id) => (id === 'virtual:program' ? id : undefined),
          load: (id) => (id === 'virtual:program' ? program : undefined),
        },
      ],
      build: { write: false, rolldownOptions: { input: 'virtual:program' } },
    })
    if (Array.isArray(output) || !('output' in output))
      expect.fail('vite built another number of bundles')
    return output.output[0].code
  },
}

/** What a bundle prints. */
function run(bundle: string): string {
  const args = ['--input-type=module', '-']
  return execFileSync(process.execPath, args, { input: bundle, encoding: 'utf8' }).trim()
}

beforeAll(() => {
  const isBuilt = existsSync(inRepository('envs/dist/index.js'))
  if (!isBuilt) throw new Error('gymnasium-js is not built; run: npm run build')
})

describe.each(Object.entries(bundlers))('%s', (_, bundle) => {
  test(`a space alone takes at most ${SPACE_BUDGET} bytes`, async () => {
    const code = await bundle(BOX)
    expect(run(code)).toBe('3')
    expect(gzipSync(code).length).toBeLessThanOrEqual(SPACE_BUDGET)
  })

  test('the built-in environments are known to whoever asks for them', async () => {
    expect(run(await bundle(LISTING))).toBe('4 Taxi-v4 CartPole-v0')
  })

  test('environments of a program come after the built-in ones', async () => {
    expect(run(await bundle(REGISTERING))).toBe('CartPole-v0 my/Pole-v0')
  })

  test('LunarLander flies as it does unbundled', async () => {
    expect(run(await bundle(LANDING))).toBe('214.82713648019956')
  })
})
