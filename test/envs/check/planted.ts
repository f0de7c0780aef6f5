/** Planted defects: environments that break the contract in one way each, and what checkEnv says. */

import { Box, Discrete, Rng } from 'gymnasium-js'
import type { EnvState, ResetArgs } from 'gymnasium-js'
import type { EnvFunction } from 'gymnasium-js/check'
import {
  AliasedState,
  ClosesOnce,
  CountsCopies,
  CountsOvertime,
  DrawsAlways,
  DrawsWhileRendering,
  ForgetsWind,
  HidesItsCourse,
  HugsArguments,
  KeepsPlaceInModule,
  LeavesPlace,
  LiveObservation,
  NoRandomness,
  RemembersObservation,
  ReseedsAtReset,
  ScribblesAction,
  observing,
  of,
  one,
  stepping,
  walkWith,
} from './defective-walks.ts'
import { Walk } from './walk.ts'

/** What is wrong, the environment, the check that names it, and words of what was found. */
type Defect = readonly [defect: string, EnvFunction, check: string, found: string]

/** One wrong thing each, which is an error. */
export const wrong: readonly Defect[] = [
  [
    'wrong dtype',
    observing((obs) => Float64Array.from(obs)),
    'observation-type',
    'found Float64Array(2)',
  ],
  [
    'a plain array of another length',
    observing((obs) => [...obs, 0]),
    'observation-type',
    'an Array of length 3',
  ],
  [
    'wrong shape',
    observing((obs) => obs.slice(1)),
    'observation-shape',
    'expected 2 elements (shape [2]), found 1',
  ],
  [
    'out of bounds',
    observing((obs) => obs.map((x) => 7 * x)),
    'observation-bounds',
    'outside [-5, 5]',
  ],
  [
    'NaN observation',
    observing((obs, { time }) => obs.fill(time === 7 ? NaN : 0)),
    'observation-finite',
    'step 7 after reset({ seed: 0 }) obs is Float32Array(2), whose element 0 is NaN',
  ],
  [
    'NaN reward',
    stepping((step, { time }) => ({ ...step, reward: time === 9 ? NaN : 0 })),
    'reward',
    'step 9 after reset({ seed: 0 }) reward is NaN',
  ],
  [
    'a reward that is text',
    stepping((step) => ({ ...step, reward: '1' })),
    'reward',
    "reward is '1'",
  ],
  [
    'both flags missing',
    stepping(({ obs, reward, terminated, info }) => ({ obs, reward, done: terminated, info })),
    'flags',
    'terminated is undefined and truncated is undefined',
  ],
  [
    'a flag that is a number',
    stepping((step) => ({ ...step, truncated: 0 })),
    'flags',
    'truncated is 0',
  ],
  [
    'old Gym: an array',
    stepping(({ obs, reward, terminated, info }) => [obs, reward, terminated, info]),
    'step-result',
    'step() returned an Array of length 4',
  ],
  [
    'asynchronous',
    stepping((step) => Promise.resolve(step)),
    'step-result',
    'step() returned a promise',
  ],
  [
    'an info that is none',
    stepping((step) => ({ ...step, info: 'none' })),
    'info',
    "step 1 after reset({ seed: 0 }) info is 'none'",
  ],
  [
    'reset returns the observation alone',
    walkWith((walk) => ({ reset: () => walk.observe() })),
    'reset-result',
    'reset() returned Float32Array(2)',
  ],
  ['a method missing', walkWith(() => ({ step: undefined })), 'members', 'step is undefined'],
  ['a render that is none', walkWith(() => ({ render: 'ansi' })), 'members', "render is 'ansi'"],
  [
    'a space that is none',
    walkWith(() => ({ actionSpace: { n: 2 } })),
    'members',
    'actionSpace is an object with keys [n]',
  ],
  [
    'a constructor that throws',
    () => {
      throw new Error('no licence')
    },
    'build',
    'Error: no licence',
  ],
  [
    'a mask that is too short',
    stepping((step) => ({ ...step, info: { actionMask: [1] } })),
    'action-mask',
    'actionMask is an Array of length 1 where 2 zeros and ones are due',
  ],
  [
    'a mask that allows nothing',
    walkWith(() => ({ reset: () => ({ obs: new Float32Array(2), info: { actionMask: [0, 0] } }) })),
    'action-mask',
    'at reset({ seed: 0 }) actionMask allows no action',
  ],
  ['one environment for all', () => one, 'copies', 'the same environment twice'],
  [
    'step throws',
    walkWith((walk) => ({
      move: () => {
        if (walk.time === 5) throw new Error('lost')
      },
    })),
    'throws',
    'step 6 after reset({ seed: 0 }) threw Error: lost',
  ],
  [
    'a space that changes',
    walkWith((walk) => ({
      reset: (args: ResetArgs) => {
        Object.assign(walk, { observationSpace: new Box({ low: -9, high: 9, shape: [2] }) })
        return Walk.prototype.reset.call(walk, args)
      },
    })),
    'space-constant',
    'Box(-9.0, 9.0, (2,), float32)',
  ],
  [
    'bounds changed by hand',
    walkWith(() => {
      const space = new Box({ low: -5, high: 5, shape: [2] })
      space.low[0] = NaN
      return { observationSpace: space }
    }),
    'space-sample',
    'element 0 is NaN',
  ],
  [
    'unseeded randomness',
    observing((obs) => obs.fill(Math.random())),
    'reset-seed',
    'at reset({ seed: 0 }) obs[0] is',
  ],
  [
    'unseeded randomness in step',
    walkWith((walk) => ({
      move: () => {
        walk.place = Math.random()
      },
    })),
    'step-determinism',
    'at step 1 obs[0] is',
  ],
  [
    'reset ignores its seed',
    walkWith((walk) => ({ reset: () => Walk.prototype.reset.call(walk) })),
    'reset-seed',
    'with the same seed again',
  ],
  ['the first start is not cleared', of(LeavesPlace), 'reset-seed', 'obs[0]'],
  [
    'randomness until the first seed',
    walkWith(() => ({ rng: new Rng(String(Math.random())) })),
    'unseeded',
    'in one new copy',
  ],
  [
    'seeds again at every reset',
    of(ReseedsAtReset),
    'stream-repeats',
    '8 resets after reset({ seed: 0 }) repeat',
  ],
  [
    'state shared between copies',
    of(KeepsPlaceInModule),
    'shared-state',
    'when another copy takes turns with it',
  ],
  ['copies that differ', of(CountsCopies), 'copies-agree', 'in another'],
  [
    'observation buffer reused',
    of(LiveObservation),
    'observation-reuse',
    'after the next call obs[0] was',
  ],
  [
    'observation kept as state',
    of(RemembersObservation),
    'observation-alias',
    'when the caller writes into observations',
  ],
  ['arguments changed', of(HugsArguments), 'arguments', 'seed was 0 and is undefined'],
  ['actions changed', of(ScribblesAction), 'arguments', '[0] was 0.'],
  [
    'a state that is not JSON',
    walkWith((walk) => ({
      getState: () => ({
        ...Walk.prototype.getState.call(walk),
        rest: undefined,
        seen: new Float32Array(1),
      }),
    })),
    'state-json',
    'state.seen is Float32Array(1), and an object with keys [0]',
  ],
  ['a state with something missing', of(ForgetsWind), 'state-round-trip', 'after setState()'],
  [
    'a state without the random stream',
    walkWith((walk) => ({
      setState: (state: EnvState) => {
        walk.place = Number(state['place'])
        walk.time = Number(state['time'])
      },
    })),
    'state-round-trip',
    'at step 1 obs[0] is',
  ],
  ['a state that lives on', of(AliasedState), 'state-alias', 'what getState() returned changes'],
  [
    'text for rgb_array',
    walkWith(() => ({ render: () => 'picture', renderMode: 'rgb_array' })),
    'render-result',
    "it returns 'picture'",
  ],
  [
    'a frame of the wrong size',
    walkWith(() => ({
      render: () => ({ width: 3, height: 2, data: new Uint8Array(6) }),
      renderMode: 'rgb_array',
    })),
    'render-result',
    '3 x 2 pixels take 18 bytes of RGB',
  ],
  ['renders without a mode', of(DrawsAlways), 'render-none', "it returns 'always'"],
  [
    'rendering draws random numbers',
    of(DrawsWhileRendering),
    'render-effect',
    'when render() is called in mode ansi',
  ],
  [
    'something left from the last episode',
    of(CountsOvertime),
    'reset-clean',
    'after an episode that has ended',
  ],
  [
    'NaN after the end',
    stepping((step, { time }) => ({ ...step, reward: time > 41 ? NaN : 0 })),
    'step-after-end',
    'at step 2 after the end reward is NaN',
  ],
  [
    'a space with JSON of its own',
    walkWith(() => {
      const toJSON = () => ({ kind: 'discrete', n: 2, start: 0, label: 'push' })
      return { actionSpace: Object.assign(new Discrete(2), { toJSON }) }
    }),
    'space-json',
    'it came back as Discrete(2)',
  ],
  [
    'something of the seed that is not in the state',
    of(HidesItsCourse),
    'state-copy',
    'in a new copy',
  ],
  [
    'close throws the second time',
    of(ClosesOnce),
    'close',
    'the second close() threw Error: the window is gone',
  ],
]

/** One thing each that is likely not meant, which is a warning. */
export const unwise: readonly Defect[] = [
  [
    'a mask by another name',
    stepping((step) => ({ ...step, info: { action_mask: [1, 1] } })),
    'action-mask-name',
    'there is info.action_mask, which nobody reads',
  ],
  [
    'seed without effect',
    of(NoRandomness),
    'seed-ignored',
    'seeds 0 to 4 give the same trajectory',
  ],
  [
    'result reused',
    walkWith((walk) => {
      const result = {}
      const step = walk.step.bind(walk)
      return { step: (action: number) => Object.assign(result, step(action)) }
    }),
    'result-reuse',
    'after the next call reward was',
  ],
  [
    'any action is taken',
    walkWith((walk) => ({
      step: (action: number) => Walk.prototype.step.call(walk, action === 1 ? 1 : 0),
    })),
    'action-refused',
    'it takes -1, 2, 0.5, NaN',
  ],
  ['step before reset', walkWith(() => ({ time: 0 })), 'step-before-reset', 'it returned a result'],
  [
    'no choice',
    walkWith(() => ({ actionSpace: new Discrete(1) })),
    'space-bounds',
    'there is one value only',
  ],
]
