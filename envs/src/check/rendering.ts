/** render(): the right kind of picture in every mode, and no effect on the episode. */

import type { CompleteEnv, RenderMode } from '../env.ts'
import { explainPicture } from '../frame.ts'
import { describe } from '../names.ts'
import { called, compare, play } from './play.ts'
import { playAtOnce, type Playing, whenAnswered } from './playing.ts'
import type { Subject } from './subject.ts'

const MODES: readonly RenderMode[] = ['ansi', 'rgb_array']
const RENDERED_STEPS = 30

export function* checkRendering(subject: Subject): Playing {
  const env = subject.build()
  if (env.renderMode === undefined) yield* checkNone(subject, env)
  else yield* checkMode(subject, env, env.renderMode)
  if (!subject.canCopy) return
  for (const mode of MODES) {
    const drawn = tryMode(subject, mode)
    if (drawn !== undefined) yield* checkMode(subject, drawn, mode)
  }
}

/** undefined where the environment refuses the mode, or its function does not pass it on. */
function tryMode({ build }: Subject, renderMode: RenderMode): CompleteEnv | undefined {
  try {
    const env = build({ renderMode })
    return env.renderMode === renderMode ? env : undefined
  } catch {
    return undefined
  }
}

function* checkNone({ report, seed }: Subject, env: CompleteEnv): Playing {
  yield* whenAnswered(env.reset({ seed }))
  const drawn: unknown = yield* called('render()', () => env.render())
  if (drawn === undefined) return
  report.add('render-none', {
    expected: 'render() returns undefined where renderMode is undefined',
    found: `it returns ${describe(drawn)}`,
    remedy: 'set renderMode to the mode it draws in, or return undefined',
  })
}

function* checkMode(subject: Subject, env: CompleteEnv, mode: RenderMode): Playing {
  const { report, seed, steps } = subject
  const plan = { start: { seed }, steps: Math.min(steps, RENDERED_STEPS), actionSeed: 'actions' }
  const plain = yield* play(env, plan)
  const drawn = yield* play(env, {
    ...plan,
    after: () => {
      const found = pictureFault(
        mode,
        playAtOnce(called(`render() in mode ${mode}`, () => env.render())),
      )
      if (found === undefined) return
      report.add('render-result', {
        expected:
          mode === 'ansi'
            ? "render() returns a string in mode 'ansi'"
            : "render() returns { width, height, data }, bytes of RGB or RGBA, in mode 'rgb_array'",
        found,
        remedy: 'mend render(), or refuse this renderMode in the constructor',
      })
    },
  })
  if (report.has('reset-seed', 'step-determinism')) return
  const parted = compare(plain, drawn, ['without', `when render() is called in mode ${mode}`])
  if (parted === undefined) return
  report.add('render-effect', {
    expected: 'the same trajectory whether render() is called or not',
    found: parted.found,
    remedy: 'let render() only read, and draw no random numbers from the stream of the episode',
  })
}

function pictureFault(mode: RenderMode, drawn: unknown): string | undefined {
  if (mode === 'ansi') {
    return typeof drawn === 'string' && drawn !== '' ? undefined : `it returns ${describe(drawn)}`
  }
  return explainPicture(drawn)
}
