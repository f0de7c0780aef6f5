/** Parameters between the backend and the host. */
import * as tf from '@tensorflow/tfjs-core'
import type { HostTensors } from '../storage/safetensors.ts'

type Variables = Readonly<Record<string, tf.Variable>>

/** Copies variables to the host. */
export function readVariables(variables: Variables): HostTensors {
  const entries = Object.entries(variables).map(([name, variable]) => [
    name,
    { shape: variable.shape, data: Float32Array.from(variable.dataSync()) },
  ])
  return Object.fromEntries(entries) as HostTensors
}

/**
 * Assigns variables from the host.
 *
 * @param source names where the values come from
 * @throws Error if a name is missing, unknown or of another shape
 */
export function assignVariables(variables: Variables, values: HostTensors, source: string): void {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(variables, name))
  if (unknown !== undefined)
    throw new Error(`${source} has a tensor "${unknown}" that this network has not`)
  for (const [name, variable] of Object.entries(variables)) {
    const value = values[name]
    if (!value) throw new Error(`${source} lacks tensor "${name}"`)
    if (String(value.shape) !== String(variable.shape)) {
      throw new Error(
        `${source}: tensor "${name}" has shape [${value.shape.join(', ')}], the network's has [${variable.shape.join(', ')}]`,
      )
    }
    tf.tidy(() => variable.assign(tf.tensor(value.data, [...value.shape])))
  }
}
