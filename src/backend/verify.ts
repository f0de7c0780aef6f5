/** Running a program both ways, captured and eager, and comparing bit for bit: for tests, and for when in doubt. */
import * as tf from '@tensorflow/tfjs-core'

type Outputs = Record<string, Float32Array>

/**
 * @param eager runs the function as tfjs does
 * @param captured replays the recording
 * @returns what `captured` returned
 * @throws Error naming the first output or variable that differs
 */
export function runBothWays(eager: () => Outputs, captured: () => Outputs): Outputs {
  const before = variableValues()
  const expected = eager()
  const expectedVariables = variableValues()
  for (const [variable, values] of before)
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))
  const outputs = captured()
  for (const [name, values] of Object.entries(expected))
    requireSameBits(`output "${name}"`, values, outputs[name]!)
  for (const [variable, values] of variableValues()) {
    requireSameBits(`variable ${variable.name}`, expectedVariables.get(variable)!, values)
  }
  return outputs
}

function variableValues(): Map<tf.Variable, Float32Array> {
  const floats = Object.values(tf.engine().registeredVariables).filter(
    ({ dtype }) => dtype === 'float32',
  )
  return new Map(floats.map((variable) => [variable, Float32Array.from(variable.dataSync())]))
}

function requireSameBits(what: string, expected: Float32Array, found: Float32Array): void {
  const [a, b] = [new Int32Array(expected.buffer), new Int32Array(found.buffer)]
  const at = a.findIndex(
    (word, i) => word !== b[i] && !(Number.isNaN(expected[i]) && Number.isNaN(found[i])),
  )
  if (at < 0) return
  throw new Error(
    `compile: ${what} differs at ${at}: ${expected[at]!} eagerly, ${found[at]!} captured; the function is not pure, or a kernel is wrong`,
  )
}
