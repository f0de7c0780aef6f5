/** What of an agent's options in a model file decides how it acts. All else is left unread. */
import {
  ACTIVATIONS,
  type LayerSpec,
  type Normalization,
  NORMALIZATIONS,
} from '../nn/layer-spec.ts'
import { type Check, exactly, fields, oneOf, whole } from '../storage/fields.ts'

export interface PolicyOptions {
  /** Hidden layers. */
  readonly layers: readonly LayerSpec[]
  readonly normalization: Normalization
  readonly scaleObservations: boolean | readonly number[]
  readonly frameStack: number
  /** Of DQN. */
  readonly dueling: boolean
  readonly distribution: 'none' | 'c51' | 'quantile'
  readonly atoms: number
  readonly vMin: number
  readonly vMax: number
  /** Probability of a random action where actions are drawn. */
  readonly epsilonEnd: number
  /** Of actor-critics. */
  readonly sharedTrunk: boolean
  readonly scaleActions: boolean
}

const number: Check<number> = (value, at) => {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Error(`${at}: expected a number`)
}

const flag: Check<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw new Error(`${at}: expected true or false`)
}

const scaling: Check<boolean | readonly number[]> = (value, at) =>
  Array.isArray(value) ? value.map((each, i) => number(each, `${at}[${i}]`)) : flag(value, at)

const activation = oneOf(ACTIVATIONS)

const LAYERS: { readonly [Type in LayerSpec['type']]: Check<LayerSpec> } = {
  dense: fields({ type: exactly('dense'), units: whole(1), activation }),
  conv2d: fields({
    type: exactly('conv2d'),
    filters: whole(1),
    kernelSize: whole(1),
    stride: whole(1),
    activation,
  }),
  flatten: fields({ type: exactly('flatten') }),
}

const layer: Check<LayerSpec> = (value, at) => {
  const type = (value as { readonly type?: unknown } | null)?.type
  return LAYERS[oneOf(['dense', 'conv2d', 'flatten'])(type, `${at}.type`)](value, at)
}

const network: Check<readonly LayerSpec[]> = (value, at) => {
  if (value === 'custom')
    throw new Error(
      `${at} is a function of your own, which a file cannot hold; ` +
        'act with the agent, or train with a network of described layers',
    )
  if (Array.isArray(value)) return value.map((each, i) => layer(each, `${at}[${i}]`))
  throw new Error(`${at}: expected a list of layers`)
}

/**
 * @param options as the file has them; what an older wn-rl did not know has its default
 * @param source names the model in errors
 * @throws Error naming the option
 */
export function policyOptions(
  options: Readonly<Record<string, unknown>>,
  source: string,
): PolicyOptions {
  const read = <T>(name: string, check: Check<T>, missing?: T): T => {
    const value = Object.hasOwn(options, name) ? options[name] : undefined
    return value === undefined && missing !== undefined
      ? missing
      : check(value, `${source}: ${name}`)
  }
  return {
    layers: read('network', network),
    normalization: read('normalization', oneOf(NORMALIZATIONS)),
    scaleObservations: read('scaleObservations', scaling),
    frameStack: read('frameStack', whole(1), 1),
    dueling: read('dueling', flag, false),
    distribution: read('distribution', oneOf(['none', 'c51', 'quantile']), 'none'),
    atoms: read('atoms', whole(2), 51),
    vMin: read('vMin', number, -10),
    vMax: read('vMax', number, 10),
    epsilonEnd: read('epsilonEnd', number, 0),
    sharedTrunk: read('sharedTrunk', flag, false),
    scaleActions: read('scaleActions', flag, false), // files of 0.1.0 do not name it
  }
}
