/** Variables as a state: networks and optimizers alike. */
import * as tf from '@tensorflow/tfjs-core'
import {
  type CheckpointState,
  readTensors,
  type StatePart,
  type StateTensors,
  tensorOf,
} from '../state.ts'

type Variables = Readonly<Record<string, tf.Variable>>

/** Copies float32 variables to the host. */
export function variableTensors(variables: Variables): StateTensors {
  const tensors = Object.entries(variables).map(([name, variable]) => [
    name,
    tensorOf(Float32Array.from(variable.dataSync()), variable.shape),
  ])
  return Object.fromEntries(tensors) as CheckpointState['tensors']
}

/**
 * Checks that a state has a tensor for each variable, of its shape, and no others.
 *
 * @returns what assigns them
 * @throws TypeError naming the tensor
 */
export function readVariableTensors(state: StatePart, variables: Variables): () => void {
  const expected = Object.entries(variables).map(([name, { shape }]) => [
    name,
    { dtype: 'float32', shape },
  ])
  const arrays = readTensors(
    state,
    Object.fromEntries(expected) as Record<string, { dtype: 'float32'; shape: number[] }>,
  )
  return () => {
    for (const [name, variable] of Object.entries(variables)) {
      tf.tidy(() => variable.assign(tf.tensor(arrays[name]!.slice(), variable.shape, 'float32')))
    }
  }
}
