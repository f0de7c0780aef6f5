/** Cumulative sums and products. */
import { isFloat, type Kernel, kernel, read, sizeOf, write } from '../register.ts'

kernel('Cumsum', scan('SCAN_SUM'))
kernel('Cumprod', scan('SCAN_PROD'))

function scan(operation: string): Kernel {
  return ({ backend, inputs, attrs }) => {
    const x = inputs['x']!
    const { axis, exclusive, reverse } = attrs as {
      axis: number
      exclusive?: boolean
      reverse?: boolean
    }
    const n = x.shape[axis]
    if (!isFloat(x) || n === undefined) return undefined
    const y = backend.output(x.shape, 'float32')
    backend.emit(
      'OP_SCAN',
      backend.code(operation),
      read(backend, x),
      write(backend, y),
      sizeOf(x.shape.slice(0, axis)),
      n,
      sizeOf(x.shape.slice(axis + 1)),
      Number(exclusive ?? false),
      Number(reverse ?? false),
    )
    return y
  }
}
