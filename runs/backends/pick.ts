/**
 * What `--backend auto` takes: simd, unless a table measured on this machine says that another backend makes this
 * run's updates faster. It never leaves simd in silence: the reason says what it found, and what is lost.
 */
import {
  type BackendChoice,
  type BackendName,
  BIT_EXACT,
  useBackend,
} from '../../src/backend/index.ts'
import type { LearningAgent } from '../run.ts'
import { readTable, type Table } from './table.ts'
import type { UpdateSize } from './update.ts'

/** A backend that is faster by less is not worth other bits. */
const WORTHWHILE = 1.25

/** Starts the backend asked for, on the GPU asked for; for `auto` the one that the table of this machine recommends. */
export async function startBackend(
  { backend, gpu }: { readonly backend: BackendName | 'auto'; readonly gpu?: string | undefined },
  agent: LearningAgent,
): Promise<BackendChoice> {
  const options = { kernels: agent.kernels, gpu }
  if (backend !== 'auto') return useBackend(backend, options)
  const table = await readTable()
  if (typeof table === 'object')
    return useBackend('auto', { ...options, preferred: pick(table, agent) })
  const choice = await useBackend('auto', options)
  return table === undefined ? choice : { ...choice, reason: `${choice.reason}; ${table}` }
}

/** @returns undefined where simd is as good, or the table says nothing of such networks */
export function pick(
  table: Table,
  agent: Pick<LearningAgent, 'options'>,
): BackendChoice | undefined {
  const size = sizeOf(agent)
  const simd = table.backends.find(({ name }) => name === 'simd')
  if (!size || !simd) return undefined
  const nearest = nearestOf(simd.cells, size)
  if (!nearest) return undefined
  const others = table.backends.flatMap(({ name, cells }) => {
    const cell = cells.find(
      ({ batch, width }) => batch === nearest.batch && width === nearest.width,
    )
    return cell ? [{ name, ms: cell.ms }] : []
  })
  const best = others.reduce((a, b) => (b.ms < a.ms ? b : a))
  if (best.ms * WORTHWHILE > nearest.ms) {
    return { name: 'simd', reason: `auto: ${comparison('simd', nearest, best)}` }
  }
  const loss = BIT_EXACT.includes(best.name)
    ? ''
    : '; NOT bit for bit reproducible, --backend simd is'
  return { name: best.name, reason: `auto: ${comparison(best.name, nearest, best)}${loss}` }
}

/** The batch and the widest layer of an agent's updates; undefined for networks that are no perceptrons. */
function sizeOf({ options }: Pick<LearningAgent, 'options'>): UpdateSize | undefined {
  const layers = options.network.layers ?? []
  if (layers.some(({ type }) => type === 'conv2d')) return undefined
  const width = Math.max(0, ...layers.map((layer) => (layer.type === 'dense' ? layer.units : 0)))
  if (width === 0) return undefined
  const batch = 'batchSize' in options ? options.batchSize : options.numEnvs * options.numSteps
  return { batch, width }
}

/** By ratio: 300 is nearer to 512 than to 64. */
function nearestOf<T extends UpdateSize>(cells: readonly T[], size: UpdateSize): T | undefined {
  const distance = ({ batch, width }: UpdateSize) =>
    Math.hypot(Math.log(batch / size.batch), Math.log(width / size.width))
  return cells.toSorted((a, b) => distance(a) - distance(b))[0]
}

interface Timed {
  readonly name: BackendName
  readonly ms: number
}

/** `tensorflow made an update in 31 ms, simd in 90 ms (batch 4096, width 512, measured by doctor)` */
function comparison(name: BackendName, nearest: UpdateSize & { ms: number }, best: Timed): string {
  const rival = best.name === 'simd' ? '' : `, simd ${text(nearest.ms)}`
  const size = `batch ${nearest.batch}, width ${nearest.width}`
  if (name === 'simd' && best.name !== 'simd')
    return `simd takes ${text(nearest.ms)} for an update, ${best.name} ${text(best.ms)} (${size}, as doctor measured)`
  return `${best.name} takes ${text(best.ms)} for an update${rival} (${size}, as doctor measured)`
}

function text(ms: number): string {
  return `${Number(ms.toPrecision(2))} ms`
}
