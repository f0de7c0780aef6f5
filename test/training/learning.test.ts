/** What every loop runs on: updates that allocate nothing, means that are logged, and errors that say where and when. */
import * as tf from '@tensorflow/tfjs-core'
import { Box } from 'gymnasium-js'
import { makeVector } from 'gymnasium-js/vector'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type NumericArray, useBackend } from '../../src/backend/index.ts'
import { createOptimizer, minimize, mlp, observationEncoder } from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { Learning } from '../../src/training/index.ts'
import { TrainingTrouble, Trouble } from '../../src/trouble.ts'
import { valuesOf } from '../helpers/networks.ts'
import { normals } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

type Columns = Readonly<Record<string, NumericArray>>
type Outputs = Record<'loss' | 'gradNorm' | 'errors', Float32Array>

/** A network of four inputs that learns to give 1, and a run that its updates are told to. */
function setUp() {
  const make = mlp([6], 'tanh')
  const network = make({
    inputShape: [4],
    outputs: 2,
    outputScale: 1,
    normalization: 'weight',
    rng: new Rng('network'),
  })
  const optimizer = createOptimizer(network.parameters, { name: 'adam' })
  const program = compile(
    ({ obs, ...scalars }) =>
      minimize(network, optimizer, scalars, null, () => {
        const errors = tf.mean(tf.square(tf.sub(network.applyTraining(obs), 1)), 1) // [B, 2] → [B]
        return { loss: tf.mean(errors), errors }
      }),
    { inputs: { obs: { shape: [-1, 4], dtype: 'float32' }, ...optimizer.inputs } },
  )
  const rows: object[] = []
  const run = new Learning({
    name: 'sarsa',
    envs: makeVector('CartPole-v1', 3),
    rng: new Rng(7),
    network,
    encoder: observationEncoder(new Box({ low: -1, high: 1, shape: [4] }), false),
    options: {
      logInterval: 1,
      normInterval: 0,
      learningRate: 0.1,
      learningRateSchedule: 'constant',
    },
    metrics: { loss: 'losses/td_loss', gradNorm: 'losses/grad_norm' },
    isInitialized: true,
  })
  const dispose = () => {
    for (const part of [run, program, optimizer, network]) part.dispose()
  }
  return { network, optimizer, program, run, rows, dispose }
}

const batches = (sizes: readonly number[]) => {
  const rng = new Rng('batches')
  return sizes.map((size) => ({ obs: normals(rng, 4 * size) }))
}

describe('an update', () => {
  const SIZES = [5, 5, 5, 2, 5, 5, 2, 2]

  test('writes into the same arrays while minibatches have the same size', async () => {
    const { program, optimizer, run, dispose } = setUp()
    const calls: string[] = []
    const watched = {
      run: (inputs: Columns) => (calls.push('run'), program.run(inputs as never)),
      later: (inputs: Columns) => program.later(inputs as never),
      into(inputs: Columns, outputs: Outputs) {
        calls.push('into')
        program.into(inputs as never, outputs)
      },
    }
    const taken: Outputs[] = []
    for (const batch of batches(SIZES)) {
      const done = run.update(watched, batch, optimizer.nextScalars(0.1), (outputs: Outputs) => {
        taken.push(outputs)
      })
      expect(done).toBeUndefined() // nothing to wait for
      await done
    }
    expect(calls).toEqual(['run', 'into', 'into', 'run', 'run', 'into', 'run', 'into'])
    expect(taken[1]).toBe(taken[0])
    expect(taken[2]!.errors).toBe(taken[0]!.errors)
    expect(taken.map(({ errors }) => errors.length)).toEqual(SIZES)
    dispose()
  })

  test('learns bit for bit what the program does by itself', async () => {
    const [one, other] = [setUp(), setUp()]
    for (const batch of batches(SIZES)) {
      const want = other.program({ ...batch, ...other.optimizer.nextScalars(0.1) })
      const scalars = one.optimizer.nextScalars(0.1)
      await one.run.update(one.program, batch, scalars, (outputs: Outputs) => {
        expect(outputs).toEqual(want)
      })
    }
    expect(valuesOf(one.network.parameters)).toEqual(valuesOf(other.network.parameters))
    expect(one.optimizer.getState()).toEqual(other.optimizer.getState())
    for (const { dispose } of [one, other]) dispose()
  })

  test('of two programs keeps their arrays apart', async () => {
    const { program, optimizer, run, dispose } = setUp()
    const other = compile(({ obs }) => ({ loss: tf.mean(obs) }), {
      inputs: { obs: { shape: [-1, 4], dtype: 'float32' } },
    })
    const found: Float32Array[] = []
    const take = ({ loss }: Record<'loss', Float32Array>) => void found.push(loss)
    for (const batch of batches([3, 3])) {
      await run.update(program, batch, optimizer.nextScalars(0.1), take)
      await run.update(other, batch, {}, take)
    }
    expect(found[2]).toBe(found[0])
    expect(found[3]).toBe(found[1])
    expect(found[1]).not.toBe(found[0])
    other.dispose()
    dispose()
  })

  test('is logged as means by the names of metrics, beside what is reported', async () => {
    const { program, optimizer, run, rows, dispose } = setUp()
    await run.start()
    const onMetrics = (step: number, row: object) => void rows.push({ step, ...row })
    const losses: number[] = []
    await run.learn(6, [{ onMetrics }], async () => {
      for await (const { obs } of run.timesteps()) {
        await run.step(new Int32Array(3))
        for (const batch of [{ obs }, ...batches([4])])
          await run.update(program, batch, optimizer.nextScalars(0.1), ({ loss }: Outputs) => {
            losses.push(loss[0]!)
          })
        run.report({ 'losses/grad_norm': 5, 'losses/unknown': 1 })
        const observations = () => new Float32Array(0)
        await run.log({ 'charts/epsilon': 0.5 }, 2, { observations })
      }
    })
    expect(rows).toHaveLength(2)
    expect(rows[1]).toEqual({
      step: 6,
      'losses/td_loss': (losses[2]! + losses[3]!) / 2,
      'losses/grad_norm': expect.any(Number) as number,
      'charts/epsilon': 0.5,
      'charts/learning_rate': 0.1,
    })
    dispose()
  })
})

describe('trouble', () => {
  const spoiled = { obs: new Float32Array(8).fill(Number.NaN), rewards: new Float32Array(2) }

  test('in an update is thrown bare, by the name of the metric', () => {
    const { program, optimizer, run, dispose } = setUp()
    const update = () => run.update(program, spoiled, optimizer.nextScalars(0.1))
    expect(update).toThrow(/^the td_loss became NaN$/)
    expect(update).toThrow(Trouble)
    dispose()
  })

  test('of a loop is told with agent, timestep and remedy', async () => {
    const { program, optimizer, run, dispose } = setUp()
    await run.start()
    const learning = run.learn(100, [], async () => {
      for await (const { globalStep } of run.timesteps()) {
        await run.step(new Int32Array(3))
        if (globalStep === 6) await run.update(program, spoiled, optimizer.nextScalars(0.1))
      }
    })
    const trouble = (await learning.catch((error: unknown) => error)) as TrainingTrouble
    expect(trouble).toBeInstanceOf(TrainingTrouble)
    expect(trouble.message).toBe(
      'sarsa: the td_loss became NaN at timestep 9; lower learningRate or set maxGradNorm',
    )
    expect(trouble).toMatchObject({ globalStep: 9, environment: undefined })
    expect(trouble.evidence.tensors['obs']).toEqual({
      dtype: 'float32',
      shape: [2, 4],
      data: spoiled.obs,
    })
    expect(run.isBetweenTimesteps).toBe(false)
    dispose()
  })

  test('with an environment to blame is told with its seed', async () => {
    const { run, dispose } = setUp()
    await run.start()
    const { obs } = run
    const found = { rows: 3, batch: { obs } }
    const cause = new Error('cause')
    const blamed = run.explained(new Trouble('it broke', found, { environment: 2, cause })) as Error
    expect(blamed.message).toBe('sarsa: it broke, at timestep 0 (seed "7/env/2")')
    expect(blamed).toMatchObject({ environment: 2, environmentSeed: '7/env/2', cause })
    const nobody = run.explained(new Trouble('it broke', found)) as Error
    expect(nobody.message).toBe('sarsa: it broke, at timestep 0')
    expect(nobody.cause).toBeUndefined()
    dispose()
  })

  test('in a row of what is shown now is that environment’s; in a row of a minibatch nobody’s', async () => {
    const { run, dispose } = setUp()
    await run.start()
    const of = (obs: NumericArray) =>
      run.explained(
        new Trouble('it broke', { rows: 3, batch: { obs } }, { row: 1, remedy: 'rest' }),
      )
    expect(of(run.obs)).toMatchObject({ environment: 1, environmentSeed: '7/env/1' })
    expect(of(run.obs.slice())).toMatchObject({ environment: undefined })
    expect((of(run.obs) as Error).message).toBe('sarsa: it broke at timestep 0; rest')
    dispose()
  })

  test('that is none is passed on as it is', () => {
    const { run, dispose } = setUp()
    const error = new RangeError('another')
    expect(run.explained(error)).toBe(error)
    dispose()
  })
})
