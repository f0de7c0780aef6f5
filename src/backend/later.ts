/** Outputs of programs that stay on the device until they are read back, several programs' together. */
import * as tf from '@tensorflow/tfjs-core'

/** The outputs of one run of a program, not read yet. Read it with `readTogether`, once, or dispose of it. */
export class Later<O extends string> {
  /** All outputs one after the other, float32. */
  readonly packed: tf.Tensor
  /** Lengths by name, in that order. */
  readonly #lengths: readonly (readonly [name: string, length: number])[]

  /** @param compute returns tensors that this may dispose of; called inside a tidy */
  constructor(compute: () => Record<O, tf.Tensor>) {
    let lengths: [string, number][] = []
    this.packed = tf.tidy(() => {
      const outputs = Object.entries<tf.Tensor>(compute())
      lengths = outputs.map(([name, { size }]) => [name, size])
      return joined(outputs.map(([, output]) => tf.reshape(tf.cast(output, 'float32'), [-1])))
    })
    this.#lengths = lengths
  }

  /** @param values of `packed` @param from where this one's begin in them */
  unpack(values: Float32Array, from: number): Record<O, Float32Array> {
    let at = from
    const outputs = this.#lengths.map(([name, length]) => [name, values.slice(at, (at += length))])
    return Object.fromEntries(outputs) as Record<O, Float32Array>
  }
}

/**
 * Reads back the outputs of several runs in one go, and disposes of them.
 *
 * @returns them in the same order
 * @throws GpuFailure if the GPU has failed since
 */
export async function readTogether<O extends string>(
  laters: readonly Later<O>[],
): Promise<Record<O, Float32Array>[]> {
  const packed = laters.map((later) => later.packed)
  const all = tf.tidy(() => joined(packed))
  try {
    const values = (await all.data()) as Float32Array
    let from = 0
    return laters.map((later) => {
      const outputs = later.unpack(values, from)
      from += later.packed.size
      return outputs
    })
  } finally {
    tf.dispose([all, ...packed])
  }
}

/** A tensor of its own, also of one. @param parts [n] each */
function joined(parts: readonly tf.Tensor[]): tf.Tensor {
  return parts.length === 1 ? tf.clone(parts[0]!) : tf.concat([...parts])
}
