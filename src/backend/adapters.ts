/** GPUs as WebGPU offers them: the browser's own, and in Node those of Dawn (npm package `webgpu`). */
import { loadOptional } from './optional.ts'
import { WEBGPU } from './reading.ts'

/** What the npm package `webgpu` exports. */
interface Dawn {
  create(options: readonly string[]): GPU
  readonly globals: object
}

export interface Adapter {
  readonly name: string
  readonly adapter: GPUAdapter
  readonly gpu: GPU
}

/** Dawn's work ends when nobody holds its instances. */
const instances: GPU[] = []

/**
 * The adapter asked for.
 *
 * @param asked part of a name, in any case, or an index; the fastest unless given
 * @throws Error saying what is missing and how to install it; RangeError naming the adapters there are
 */
export async function findAdapter(asked: string | undefined): Promise<Adapter> {
  const { gpu: browsers } = (globalThis.navigator as { gpu?: GPU } | undefined) ?? {}
  return browsers ? inBrowser(browsers, asked) : inNode(await loadDawn(), asked)
}

/** Browsers name no adapters to choose from: there is a fast one and one that saves power, often the same. */
async function inBrowser(gpu: GPU, asked: string | undefined): Promise<Adapter> {
  const found: Adapter[] = []
  for (const powerPreference of ['high-performance', 'low-power'] as const) {
    const adapter = await gpu.requestAdapter({ powerPreference })
    const name = adapter && nameOf(adapter)
    if (name && !found.some((other) => other.name === name)) found.push({ name, adapter, gpu })
  }
  if (found.length === 0) throw noAdapter('enable WebGPU in the browser')
  return found[
    chosen(
      found.map(({ name }) => name),
      asked,
    )
  ]!
}

async function inNode(dawn: Dawn, asked: string | undefined): Promise<Adapter> {
  const names = await adapterNames(dawn)
  if (names.length === 0) {
    throw noAdapter(
      'install the driver of the GPU and the Vulkan loader (Debian: apt-get install libvulkan1); a software driver ' +
        'is named by VK_ICD_FILENAMES',
    )
  }
  const name = asked === undefined ? undefined : names[chosen(names, asked)]!
  const gpu = dawn.create(name === undefined ? [] : [`adapter=${name}`])
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw noAdapter(`the driver of ${name ?? names.join(', ')} offers none`)
  instances.push(gpu)
  return { name: name ?? fullName(names, adapter), adapter, gpu }
}

/** Dawn lists what there is when it is asked for what there is not. */
async function adapterNames(dawn: Dawn): Promise<string[]> {
  try {
    await dawn.create(['adapter=\u0000none']).requestAdapter()
    return []
  } catch (error) {
    return Array.from(String(error).matchAll(/name: '(.*)'/g), ([, name]) => name!)
  }
}

/** The name in the list, which is a person's; `info` has it with other letters between the words. */
function fullName(names: readonly string[], adapter: GPUAdapter): string {
  const letters = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const own = nameOf(adapter)
  return names.find((name) => letters(name) === letters(adapter.info.device)) ?? own
}

function nameOf({ info }: GPUAdapter): string {
  const { vendor, architecture, device, description } = info
  return [device || [vendor, architecture].filter(Boolean).join(' '), description]
    .filter(Boolean)
    .join(', ')
}

/** @throws RangeError naming the adapters there are */
function chosen(names: readonly string[], asked: string | undefined): number {
  if (asked === undefined) return 0
  const index = /^\d+$/.test(asked)
    ? Number(asked)
    : names.findIndex((name) => name.toLowerCase().includes(asked.toLowerCase()))
  if (names[index] !== undefined) return index
  const list = names.map((name, i) => `${i} "${name}"`).join(', ')
  throw new RangeError(`gpu: there is no "${asked}"; choose one of ${list}`)
}

function noAdapter(remedy: string): Error {
  return new Error(`backend: "webgpu" finds no GPU; ${remedy}, or choose simd`)
}

async function loadDawn(): Promise<Dawn> {
  const dawn = await loadOptional<Dawn>(WEBGPU, 'webgpu')
  Object.assign(globalThis, dawn.globals)
  return dawn
}
