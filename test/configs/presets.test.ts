/** Every file in configs/ fits its agent and its environments, and learning with it begins. */
import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { registeredSpecs } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AgentName, agents } from '../../agents/index.ts'
import { resolveAgentEnv } from '../../runs/environments.ts'
import { agentNamed, loadSettings } from '../../runs/settings.ts'
import { useBackend } from '../../src/backend/index.ts'
import { inRepository } from '../helpers/wn-rl.ts'

beforeAll(() => useBackend('simd'))

interface Preset {
  readonly agent: AgentName
  /** `Acrobot-v1`, `MinAtar` for all its games, or `rainbow-CartPole-v1` for one that has to be asked for. */
  readonly name: string
  readonly path: string
}

const presets = readdirSync(inRepository('configs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .toSorted()
  .map((file): Preset => {
    const path = inRepository(`configs/${file}`)
    const [agent, ...name] = relative(inRepository('configs'), path).split(/[/\\]/)
    return { agent: agentNamed(agent!), name: name.join('/').replace(/\.yaml$/, ''), path }
  })

const ids = registeredSpecs().map(({ id }) => id)

/** The environments that a preset is for. */
function environmentsOf({ name }: Preset): string[] {
  return ids.filter((id) => name === id || id.startsWith(`${name}/`) || name.endsWith(`-${id}`))
}

const pairs = presets.flatMap((preset) =>
  environmentsOf(preset).map((env) => ({ ...preset, env, file: `${preset.agent}/${preset.name}` })),
)

test.each(presets)('$agent/$name is for an environment that there is', (preset) => {
  expect(environmentsOf(preset)).not.toEqual([])
})

test.each(presets)('$agent/$name says of every value what it is', ({ path }) => {
  const values = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /^\w+:/.test(line))
  expect(values.filter((line) => !line.includes(' # '))).toEqual([])
})

/** What `--preset` takes for one that has to be asked for: `rainbow`. */
function variantOf({ name, env }: (typeof pairs)[number]): string | undefined {
  return name.endsWith(`-${env}`) ? name.slice(0, -env.length - 1) : undefined
}

test.each(pairs)('$file is applied to $env, by default or where it is asked for', async (pair) => {
  const { agent, env, file } = pair
  const preset = variantOf(pair)
  const { origin } = await loadSettings({ agent, envId: env, preset, set: [], flags: {} })
  expect(origin).toBe(`preset ${file}`)
})

/** As little as learning begins with: DQN's first updates, or one rollout after the warm-up. */
const SHORT: Readonly<Record<AgentName, readonly string[]>> = {
  dqn: ['numEnvs=2', 'learningStarts=200', 'totalTimesteps=300'],
  a2c: ['initializationSteps=64', 'numEnvs=2', 'totalTimesteps=400'],
  ppo: ['initializationSteps=64', 'numEnvs=2', 'numSteps=64', 'totalTimesteps=400'],
  pqn: ['initializationSteps=64', 'numEnvs=2', 'totalTimesteps=200'],
}

describe('learning begins', () => {
  test.each(pairs)('with $file on $env', async ({ agent: name, env: envId, path }) => {
    const settings = (set: readonly string[]) =>
      loadSettings({ agent: name, envId, configFile: path, set, flags: {} })
    const start = async ({ agent, run }: Awaited<ReturnType<typeof settings>>) => {
      const { makeEnv } = await resolveAgentEnv(envId, run.envKwargs)
      return new agents[name]({ ...agent, env: makeEnv, seed: 1 })
    }

    const whole = await settings([])
    const asGiven = await start(whole)
    asGiven.checkBudget(whole.run.totalTimesteps)
    asGiven.dispose()

    const short = await settings([...SHORT[name], 'logInterval=1'])
    const agent = await start(short)
    const reported = new Set<string>()
    await agent.learn({
      totalTimesteps: short.run.totalTimesteps,
      callbacks: [{ onMetrics: (_, row) => Object.keys(row).forEach((key) => reported.add(key)) }],
    })
    expect(reported).toContain('losses/grad_norm') // so there was an update
    agent.dispose()
  })
})
