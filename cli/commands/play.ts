/** `wn-rl play`: shows episodes of a trained agent, of random actions, or played by hand. */
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import {
  type CompleteEnv,
  type Frame,
  type Info,
  type ResetResult,
  Rng,
  sampleAction,
  type StepResult,
} from 'gymnasium-js'
import { frameOf, MAX_GIF_FPS } from 'gymnasium-js/rendering'
import type { Awaitable } from '../../src/backend/index.ts'
import { UsageError } from '../../src/errors.ts'
import { takeStatistics } from '../../src/training/index.ts'
import { type ResolvedEnv, resolveEnv } from '../../runs/environments.ts'
import { askedFor, messageOf } from '../../runs/errors.ts'
import { EXIT } from '../exit.ts'
import { describeKeys, keyMapOf, openKeyboard } from '../show/keyboard.ts'
import { evaluationSeed } from '../../runs/evaluation-seeds.ts'
import { colourScreen, gifScreen, plainScreen, type Screen, wantsColour } from '../show/screen.ts'
import { positiveWholeNumber, wholeNumber } from '../flags.ts'
import { compareSpaces, environmentOf, loadPolicy, openTrained, seedOf } from '../../runs/model.ts'
import { say, sayJson } from '../show/terminal.ts'

interface PlayFlags {
  readonly trust?: true
  readonly env?: string
  readonly agentRun?: string
  readonly checkpoint?: string
  readonly random?: true
  readonly keyboard?: true
  readonly gif?: string
  readonly fps?: number
  readonly episodes: number
  readonly maxSteps?: number
  readonly seed?: number
  readonly json?: true
}

/** Who plays. */
interface Player {
  /** Told on the line below the picture. */
  readonly hint: string
  /** The next action; undefined ends the play. */
  act(obs: unknown, info: Info): unknown
  close(): void
}

interface Prepared {
  readonly env: CompleteEnv
  readonly id: string
  readonly screen: Screen
  readonly player: Player
  readonly seed: number | string
}

interface Played {
  readonly returns: number[]
  readonly lengths: number[]
}

const DEFAULT_FPS = 30
/** Of an episode in a GIF: some environments have no time limit. */
const GIF_STEPS = 1000

export function addPlay(program: Command): void {
  program
    .command('play')
    .description('show episodes in the terminal or write them to a GIF')
    .option('--env <env>', "environment (default: that of --agent-run's run)")
    .option('--agent-run <run>', 'play with the model of this run, greedily')
    .option('--trust', 'load the code that the run names, wherever the run comes from')
    .option('--checkpoint <name>', 'which model of the run: best or final (default: best)')
    .option('--random', 'play random actions')
    .option('--keyboard', 'play by hand, with arrow keys and space; q quits')
    .option('--gif <file>', 'write an animated GIF instead')
    .option('--fps <n>', "pictures per second (default: the environment's)", picturesPerSecond)
    .option('--episodes <n>', 'episodes to play', positiveWholeNumber, 1)
    .option(
      '--max-steps <n>',
      `steps after which an episode is cut (default: none, with --gif ${GIF_STEPS})`,
      positiveWholeNumber,
    )
    .option('--seed <n>', "seed of the episodes (default: the run's, or 1)", wholeNumber)
    .option('--json', 'print one JSON object as the last line')
    .action(play)
}

async function play(flags: PlayFlags): Promise<void> {
  const prepared = await askedFor(() => prepare(flags))
  const { env, screen, player, id } = prepared
  const stop = new AbortController()
  const onInterrupt = () => stop.abort()
  process.once('SIGINT', onInterrupt)
  let played: Played
  try {
    const maxSteps = flags.maxSteps ?? (flags.gif === undefined ? Infinity : GIF_STEPS)
    played = await playEpisodes(prepared, flags.episodes, maxSteps, stop.signal)
  } finally {
    process.off('SIGINT', onInterrupt)
    player.close()
    env.close()
    screen.close()
  }
  report(id, played, flags)
  if (stop.signal.aborted) process.exitCode = EXIT.interrupted
}

/** Checks all that the user asked for; every refusal is theirs to mend. */
async function prepare(flags: PlayFlags): Promise<Prepared> {
  const players = [flags.agentRun !== undefined, flags.random, flags.keyboard].filter(Boolean)
  if (players.length !== 1) {
    throw new UsageError('give one of --agent-run RUN, --random and --keyboard: who plays?')
  }
  if (flags.agentRun !== undefined) return prepareAgent(flags, flags.agentRun)
  const name = flags.env
  if (name === undefined) throw new UsageError('--env: name the environment to play')
  const seed = flags.seed ?? 1
  const { env, id, screen } = await open(flags, (kwargs) => resolveEnv(name, kwargs))
  const player = flags.keyboard ? byHand(env, id) : atRandom(env, seed)
  return { env, id, screen, player, seed }
}

async function prepareAgent(flags: PlayFlags, run: string): Promise<Prepared> {
  const trained = await openTrained(run, flags.checkpoint)
  compareSpaces(trained, await environmentOf(trained, flags))
  const opened = await open(flags, (kwargs) => environmentOf(trained, flags, kwargs))
  const { policy } = await loadPolicy(trained)
  takeStatistics(opened.env, policy.statistics)
  const player: Player = {
    hint: run,
    // Spaces were compared: this environment's observations are those that the agent was trained on.
    act: (obs, info) => policy.actAsync(obs as Float32Array, { deterministic: true, info }),
    close: () => undefined,
  }
  return { ...opened, player, seed: seedOf(trained, flags.seed) }
}

/** The environment, made to draw what the screen shows. @throws UsageError if it does not. */
async function open(
  { gif, fps }: PlayFlags,
  resolveWith: (kwargs: Readonly<Record<string, unknown>>) => Promise<ResolvedEnv>,
): Promise<Pick<Prepared, 'env' | 'id' | 'screen'>> {
  const colour = gif !== undefined || wantsColour(process.stdout.isTTY, process.env)
  const mode = colour ? 'rgb_array' : 'ansi'
  const resolved = await resolveWith({ renderMode: mode })
  const env = drawing(resolved, mode)
  const rate = fps ?? env.spec?.renderFps ?? DEFAULT_FPS
  const screen =
    gif !== undefined
      ? gifScreen(gif, rate)
      : colour
        ? colourScreen(process.stdout, rate)
        : plainScreen(process.stdout)
  return { env, id: resolved.id, screen }
}

function drawing({ id, makeEnv }: ResolvedEnv, mode: Screen['mode']): CompleteEnv {
  const remedy =
    mode === 'ansi'
      ? 'this is no terminal in colour, where pictures could be shown; try --gif FILE'
      : "its render() must give frames with renderMode 'rgb_array'"
  const env = tryMaking(makeEnv, (error) => `${id} draws nothing (${messageOf(error)}); ${remedy}`)
  if (env.renderMode === mode) return env
  env.close()
  throw new UsageError(`${id} has no renderer for '${mode}'; ${remedy}`)
}

function tryMaking(makeEnv: () => CompleteEnv, explain: (error: unknown) => string): CompleteEnv {
  try {
    return makeEnv()
  } catch (error) {
    if (!messageOf(error).includes('renderMode')) throw error
    throw new UsageError(explain(error), { cause: error })
  }
}

function atRandom(env: CompleteEnv, seed: number): Player {
  const rng = new Rng(seed).stream('actions')
  return {
    hint: 'random',
    act: (_, info) => sampleAction(env.actionSpace, rng, info),
    close: () => undefined,
  }
}

function byHand(env: CompleteEnv, id: string): Player {
  const space = env.actionSpace
  if (space.kind !== 'discrete') {
    throw new UsageError(`--keyboard: the actions of ${id} are ${space.toString()}, not Discrete`)
  }
  const map = keyMapOf(id, space.n)
  const keyboard = openKeyboard(process.stdin, map)
  return { hint: describeKeys(map), act: () => keyboard.next(), close: () => keyboard.close() }
}

/** The episodes that `wn-rl eval` plays with the same seed. */
async function playEpisodes(
  prepared: Prepared,
  episodes: number,
  maxSteps: number,
  signal: AbortSignal,
): Promise<Played> {
  const played: Played = { returns: [], lengths: [] }
  for (let i = 0; i < episodes; i++) {
    const finished = await playEpisode(prepared, i, maxSteps, signal)
    if (finished === undefined) break
    played.returns.push(finished.total)
    played.lengths.push(finished.steps)
  }
  return played
}

/** @returns undefined if it was broken off */
async function playEpisode(
  { env, id, screen, player, seed }: Prepared,
  episode: number,
  maxSteps: number,
  signal: AbortSignal,
): Promise<{ total: number; steps: number } | undefined> {
  const begun = env.reset({ seed: `${evaluationSeed(seed)}/${episode}` }) as Awaitable<ResetResult>
  let { obs, info } = await begun // it may answer later
  let total = 0
  let over = false
  for (let steps = 0; ; steps++) {
    const state = `episode ${episode + 1}, step ${steps}, return ${Number(total.toFixed(2))}`
    await screen.show(pictureOf(env, id), `${id} · ${state} · ${player.hint}`)
    if (over || steps === maxSteps) return { total, steps }
    const action = signal.aborted ? undefined : await player.act(obs, info)
    if (action === undefined) return undefined
    const stepped = env.step(action) as Awaitable<StepResult>
    const result = await stepped
    ;({ obs, info } = result)
    total += result.reward
    over = result.terminated || result.truncated
  }
}

function pictureOf(env: CompleteEnv, id: string): Frame | string {
  const picture = env.render()
  if (picture === undefined) throw new Error(`${id}: render() gives nothing`)
  return typeof picture === 'string' ? picture : frameOf(picture, `${id}: render()`)
}

function report(id: string, { returns, lengths }: Played, { gif, json }: PlayFlags): void {
  if (json) {
    sayJson({ env: id, episodes: returns.length, returns, lengths, gif })
    return
  }
  const told = returns.map((total, i) => `${Number(total.toFixed(2))} in ${lengths[i]!} steps`)
  say(`${id}: ${told.length > 0 ? `return ${told.join(', ')}` : 'no episode was finished'}`)
  if (gif !== undefined) say(`wrote ${gif}`)
}

function picturesPerSecond(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= MAX_GIF_FPS) return value
  throw new InvalidArgumentError(`pass pictures per second, more than 0 and at most ${MAX_GIF_FPS}`)
}
