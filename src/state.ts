/**
 * What a thing needs to go on exactly: its numbers by name, and the rest as JSON. States come back from files, so
 * whatever takes one over checks all of it before it changes anything; errors name the field, what was expected and
 * what was found.
 *
 * Parts make wholes: `joinStates` puts a part's JSON under its name and its tensors under `<name>/…`, `splitState`
 * takes them apart again. A thing has `getState`, and `readState`, which checks a state and returns what takes it
 * over: so a whole can check all of its parts before the first of them changes.
 */
import type { ArrayOf, DType, JsonObject, TypedArray } from 'gymnasium-js'
import * as z from 'zod'
import { Rng } from './rng.ts'

/** Numbers of one dtype in C order. */
export interface StateTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** As many as the shape holds, in the typed array of the dtype. */
  readonly data: TypedArray
}

export type StateTensors = Readonly<Record<string, StateTensor>>

/** All that something needs to go on. */
export interface CheckpointState {
  /** Survives `JSON.parse(JSON.stringify(…))` as it is: no NaN, no infinities, no negative zero, nothing undefined. */
  readonly json: JsonObject
  /** Names are made of letters, digits, `_`, `-`, `.` and `/`. */
  readonly tensors: StateTensors
}

export interface StateOptions {
  /**
   * Hands out views of large buffers instead of copies: for those who are done with the state before the next
   * timestep, which overwrites them.
   */
  readonly views?: boolean
}

/** A state, or a part of one that knows where it lies. */
export interface StatePart extends CheckpointState {
  /** Names of the parts around it and its own, outermost first. */
  readonly path?: readonly string[]
}

/** Something with a state. */
export interface Stateful {
  getState(options?: StateOptions): CheckpointState
  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void
}

const DTYPES: readonly (readonly [DType, abstract new () => TypedArray])[] = [
  ['float32', Float32Array],
  ['float64', Float64Array],
  ['int8', Int8Array],
  ['int16', Int16Array],
  ['int32', Int32Array],
  ['uint8', Uint8Array],
  ['uint16', Uint16Array],
  ['uint32', Uint32Array],
]

/** An array as a tensor of its own dtype. @throws TypeError for an array of another kind */
export function tensorOf(data: TypedArray, shape: readonly number[]): StateTensor {
  return { dtype: dtypeOf(data), shape, data }
}

export function dtypeOf(data: TypedArray): DType {
  const found = DTYPES.find(([, ArrayType]) => data instanceof ArrayType)
  if (found) return found[0]
  throw new TypeError(`a state holds typed arrays, not ${Object.prototype.toString.call(data)}`)
}

/** Numbers in an array of that shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** One state of several: of each part, its JSON goes under its name and its tensors under `<name>/…`. */
export function joinStates(
  json: JsonObject,
  parts: Readonly<Record<string, CheckpointState>>,
): CheckpointState {
  const named = Object.entries(parts)
  const tensors = named.flatMap(([name, part]) =>
    Object.entries(part.tensors).map(([key, tensor]) => [`${name}/${key}`, tensor]),
  )
  return {
    json: { ...json, ...Object.fromEntries(named.map(([name, part]) => [name, part.json])) },
    tensors: Object.fromEntries(tensors) as StateTensors,
  }
}

/** The schema of a part's JSON within that of the whole; the part itself checks more. */
export const partSchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'expected an object' },
)

/**
 * Takes apart what `joinStates` joined.
 *
 * @throws TypeError if a part is missing, or a tensor belongs to none of them
 */
export function splitState<Name extends string>(
  state: StatePart,
  names: readonly Name[],
): Record<Name, StatePart> {
  const stray = Object.keys(state.tensors).find(
    (key) => !names.some((name) => key.startsWith(`${name}/`)),
  )
  if (stray !== undefined) throw unknownTensor(state, stray)
  const parts = names.map((name): [Name, StatePart] => {
    const json = partSchema.safeParse(state.json[name])
    if (!json.success) throw wrongField(state, [name], 'expected an object', state.json[name])
    const own = Object.entries(state.tensors).flatMap(([key, tensor]) =>
      key.startsWith(`${name}/`) ? [[key.slice(name.length + 1), tensor] as const] : [],
    )
    const path = [...(state.path ?? []), name]
    return [name, { json: json.data, tensors: Object.fromEntries(own), path }]
  })
  return Object.fromEntries(parts) as Record<Name, StatePart>
}

/** @throws TypeError naming the field, what was expected and what was found */
export function readJson<T extends z.ZodType>(schema: T, state: StatePart): z.output<T> {
  const result = schema.safeParse(state.json)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  const found = path.reduce<unknown>(
    (at, key) => (at as Partial<Record<PropertyKey, unknown>> | undefined)?.[key],
    state.json,
  )
  throw wrongField(state, path, message.charAt(0).toLowerCase() + message.slice(1), found)
}

/** What a tensor of a state must be. */
export interface TensorExpectation<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
}

/**
 * The arrays of a state, which must have these tensors and no others.
 *
 * @throws TypeError naming the tensor, what was expected and what was found
 */
export function readTensors<E extends Readonly<Record<string, TensorExpectation>>>(
  state: StatePart,
  expected: E,
): { readonly [K in keyof E]: ArrayOf[E[K]['dtype']] } {
  const stray = Object.keys(state.tensors).find((name) => !Object.hasOwn(expected, name))
  if (stray !== undefined) throw unknownTensor(state, stray)
  const arrays = Object.entries(expected).map(([name, { dtype, shape }]) => {
    const tensor = Object.hasOwn(state.tensors, name) ? state.tensors[name] : undefined
    const expectation = `expected ${dtype} [${shape.join(', ')}]`
    if (!tensor) throw wrongTensor(state, name, `${expectation}, found nothing`)
    const { data } = tensor
    const found = `${tensor.dtype} [${tensor.shape.join(', ')}]`
    if (tensor.dtype !== dtype || String(tensor.shape) !== String(shape)) {
      throw wrongTensor(state, name, `${expectation}, found ${found}`)
    }
    if (dtypeOf(data) !== dtype || data.length !== sizeOf(shape)) {
      throw wrongTensor(state, name, `${expectation}, found ${data.length} ${dtypeOf(data)} values`)
    }
    return [name, data]
  })
  return Object.fromEntries(arrays) as never
}

/**
 * The state of a whole that is no more than its parts.
 *
 * @param parts by name; random streams are parts too
 */
export function stateOf(parts: Readonly<Record<string, Stateful | Rng>>): Stateful {
  const all = Object.entries(parts).map(
    ([name, part]) => [name, part instanceof Rng ? streamState(part) : part] as const,
  )
  const names = Object.keys(parts)
  const schema = z.strictObject(Object.fromEntries(names.map((name) => [name, partSchema])))
  return {
    getState: (options) =>
      joinStates({}, Object.fromEntries(all.map(([name, part]) => [name, part.getState(options)]))),
    readState(state) {
      readJson(schema, state)
      const split = splitState(state, names)
      const takes = all.map(([name, part]) => part.readState(split[name]!))
      return () => {
        for (const take of takes) take()
      }
    },
  }
}

/** A random stream, at where it stands. */
export function streamState(rng: Rng): Stateful {
  return {
    getState: () => ({ json: rng.getState(), tensors: {} }),
    readState(state) {
      readTensors(state, {})
      return readStream(state.json, rng, state.path ?? [])
    },
  }
}

const unit = z.number().min(0).lt(1)
const streamSchema = z.strictObject({
  seed: z.union([z.int().min(0), z.string()]),
  c: z.int().min(0),
  s0: unit,
  s1: unit,
  s2: unit,
})

/** @returns what sets the stream to that state. @throws TypeError for no state, or one of another stream */
export function readStream(json: JsonObject, rng: Rng, path: readonly string[]): () => void {
  const state = readJson(streamSchema, { json, tensors: {}, path })
  if (String(state.seed) !== String(rng.seed)) {
    throw wrongField({ path }, ['seed'], `expected ${JSON.stringify(rng.seed)}`, state.seed)
  }
  return () => rng.setState(state)
}

const REMEDY = 'give a whole state of an agent made with the same options and seed'

/** `state.a.b: expected …, found …; remedy` */
export function wrongField(
  { path = [] }: Pick<StatePart, 'path'>,
  field: readonly PropertyKey[],
  expected: string,
  found: unknown,
): TypeError {
  const where = ['state', ...path, ...field].map(String).join('.')
  const text = found === undefined ? 'nothing' : JSON.stringify(found)
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return new TypeError(`${where}: ${expected}, found ${short}; ${REMEDY}`)
}

function wrongTensor({ path = [] }: StatePart, name: string, what: string): TypeError {
  return new TypeError(`state: tensor "${[...path, name].join('/')}": ${what}; ${REMEDY}`)
}

function unknownTensor(state: StatePart, name: string): TypeError {
  return wrongTensor(state, name, 'expected no such tensor, found one')
}
