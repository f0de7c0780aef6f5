/** States on their way through files, and ways to tear them. */
import type { Json, JsonObject } from 'gymnasium-js'
import type { CheckpointState } from '../../src/state.ts'

/** As it comes back from a file: through JSON and copies of the arrays. */
export function throughFiles({ json, tensors }: CheckpointState): CheckpointState {
  const copies = Object.entries(tensors).map(([name, tensor]) => [
    name,
    { ...tensor, shape: [...tensor.shape], data: tensor.data.slice() },
  ])
  return {
    json: JSON.parse(JSON.stringify(json)) as JsonObject,
    tensors: Object.fromEntries(copies) as CheckpointState['tensors'],
  }
}

/** The paths of all fields of an object and of the objects within. */
export function fieldsOf(json: JsonObject, prefix: readonly string[] = []): string[][] {
  return Object.entries(json).flatMap(([key, value]) => {
    const path = [...prefix, key]
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? [path, ...fieldsOf(value as JsonObject, path)] : [path]
  })
}

/** The same state with one field of another value, or without it. */
export function withField(
  state: CheckpointState,
  path: readonly string[],
  value: Json | undefined,
): CheckpointState {
  const copy = throughFiles(state)
  const parents = path.slice(0, -1)
  const parent = parents.reduce((at, key) => at[key] as JsonObject, copy.json)
  const mutable = parent as Record<string, Json>
  if (value === undefined) Reflect.deleteProperty(mutable, path.at(-1)!)
  else mutable[path.at(-1)!] = value
  return copy
}

/** The same state with one tensor changed, or without it. */
export function withTensor(
  state: CheckpointState,
  name: string,
  tensor: CheckpointState['tensors'][string] | undefined,
): CheckpointState {
  const { [name]: _, ...others } = state.tensors
  return { json: state.json, tensors: tensor ? { ...others, [name]: tensor } : others }
}
