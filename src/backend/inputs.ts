/** From the arrays that a program is called with to tensors of the shapes that it declares. */
import * as tf from '@tensorflow/tfjs-core'
import type { NumericArray, ProgramInputs, Signature, TensorSpec } from './program.ts'

/**
 * The signature with shapes that the arrays fill, where it leaves the first axis open.
 *
 * @throws RangeError if an array's length does not fit its declared shape
 */
export function fittedSpecs<S extends Signature>(
  signature: S,
  inputs: ProgramInputs<S>,
): Signature {
  const specs: Record<string, TensorSpec> = {}
  for (const name in signature) {
    const spec = signature[name]!
    specs[name] = { ...spec, shape: fittedShape(name, spec, inputs[name].length) }
  }
  return specs
}

/** The inputs as tensors, in the signature's order; the caller disposes of them. */
export function tensorsOf(
  specs: Signature,
  inputs: Readonly<Record<string, NumericArray>>,
): Record<string, tf.Tensor> {
  const tensors = Object.entries(specs).map(([name, { shape, dtype }]) => [
    name,
    tensorFrom(inputs[name]!, shape, dtype),
  ])
  return Object.fromEntries(tensors) as Record<string, tf.Tensor>
}

/** A tensor of an array of any kind: `tf.tensor` itself refuses most of them, Float64Array included. */
export function tensorFrom(
  values: NumericArray,
  shape: readonly number[],
  dtype: TensorSpec['dtype'],
): tf.Tensor {
  return tf.tensor(toTensorValues(values, dtype), [...shape], dtype)
}

function toTensorValues(
  values: NumericArray,
  dtype: TensorSpec['dtype'],
): Float32Array | Int32Array {
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

/** The shape of an input with its leading −1 replaced by what the array's length says. */
function fittedShape(name: string, spec: TensorSpec, length: number): number[] {
  const [leading, ...rest] = spec.shape
  const row = rest.reduce((product, size) => product * size, 1)
  if (leading === -1 && row > 0 && length % row === 0) return [length / row, ...rest]
  const size = leading === undefined ? 1 : leading * row
  if (size !== length) {
    throw new RangeError(
      `input "${name}" has ${length} values, which do not fill the shape [${spec.shape.join(', ')}]; ` +
        `give a multiple of ${row} values where the shape starts with -1, and exactly as many as it holds otherwise`,
    )
  }
  return [...spec.shape]
}
