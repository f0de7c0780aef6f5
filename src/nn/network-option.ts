/** The `network` option of agents: a factory, a name, sizes, or a list of layers, as code or a preset gives it. */
import * as z from 'zod'
import { ACTIVATIONS, type LayerSpec } from './layer-spec.ts'
import { minatarConv, mlp, natureConv, type NetworkFactory, networkFrom } from './network.ts'

const activation = z.enum(ACTIVATIONS)
const size = z.int().min(1)

const layerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('dense'), units: size, activation }),
  z.strictObject({
    type: z.literal('conv2d'),
    filters: size,
    kernelSize: size,
    stride: size,
    activation,
  }),
  z.strictObject({ type: z.literal('flatten') }),
])

const factorySchema = z.custom<NetworkFactory>((value) => typeof value === 'function', {
  error:
    'expected a network: mlp([64, 64]), minatarConv(), natureConv(), or a function of your own',
})

/** Accepts `mlp([64, 64])` in code, and `{ mlp: [64, 64] }`, `minatarConv`, `natureConv` or layers in files. */
export const networkSchema = z
  .union([
    factorySchema,
    z.enum(['minatarConv', 'natureConv']),
    z.strictObject({ mlp: z.array(size), activation: activation.default('relu') }),
    z.array(layerSchema),
  ])
  .transform((option): NetworkFactory => {
    if (typeof option === 'function') return option
    if (Array.isArray(option)) return networkFrom(option)
    if (option === 'minatarConv') return minatarConv()
    if (option === 'natureConv') return natureConv()
    return mlp(option.mlp, option.activation)
  })

/** What a model file says of a network: its layers, or `custom` for a function without a description. */
export function describeNetwork(factory: NetworkFactory): readonly LayerSpec[] | 'custom' {
  return factory.layers ?? 'custom'
}
