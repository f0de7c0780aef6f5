/**
 * Suite `scale`: a DQN update by batch and width, on each backend, and from which batch on another backend overtakes
 * simd. Updates that would take many seconds are predicted from smaller ones and left out.
 */
import { Predictor, tooSlow } from '../runs/backends/measure.ts'
import { type Update, updateOfSize, type UpdateSize, workOf } from '../runs/backends/update.ts'
import { messageOf } from '../runs/errors.ts'
import { onBackends } from './backends.ts'
import { type Contender, type Measured, type Prepared, Unavailable } from './measure.ts'

const BATCHES = [32, 128, 512, 2048, 8192, 32768]
const WIDTHS = [64, 256, 1024, 2048]
const REFERENCE = 'simd'

/** @returns the contenders by size, small ones first */
export function scaleCases(asked: (backend: string) => boolean): Contender[][] {
  const predictors = new Map<string, Predictor>()
  const sizes = BATCHES.flatMap((batch) => WIDTHS.map((width) => ({ batch, width })))
  return sizes
    .sort((a, b) => workOf(a) - workOf(b))
    .map((size) =>
      onBackends({ path: `batch-${size.batch}/width-${size.width}`, asked }, async (backend) => {
        const predictor = predictors.get(backend) ?? new Predictor()
        predictors.set(backend, predictor)
        return prepare(size, predictor)
      }),
    )
}

/** @throws Unavailable if it would take too long, or does not fit into memory */
async function prepare(size: UpdateSize, predictor: Predictor): Promise<Prepared> {
  const reason = tooSlow(predictor, size)
  if (reason !== undefined) throw new Unavailable(reason)
  let update: Update | undefined
  try {
    const made = (update = await updateOfSize(size))
    await made.step()
    const start = performance.now()
    const check = await made.step()
    predictor.learn({ ...size, ms: performance.now() - start })
    const work = async (times: number) => {
      for (let i = 0; i < times; i++) await made.step()
    }
    return { work, check, dispose: made.dispose }
  } catch (error) {
    update?.dispose()
    throw new Unavailable(messageOf(error), { cause: error })
  }
}

/**
 * The smallest batch from which on, at each width, a backend is faster than simd at all batches measured.
 *
 * @returns figures `crossing/width-1024/tensorflow`; none where there is no such batch
 */
export function crossings(measured: readonly Measured[]): Measured[] {
  const times = new Map(measured.map((figure) => [figure.name, figure]))
  const backends = new Set(
    measured.flatMap(({ name }) => /^batch-\d+\/width-\d+\/(\w+)$/.exec(name)?.[1] ?? []),
  )
  return WIDTHS.flatMap((width) =>
    [...backends].flatMap((backend) => {
      const at = (batch: number, name: string) => times.get(`batch-${batch}/width-${width}/${name}`)
      const compared = BATCHES.filter((batch) => at(batch, backend) && at(batch, REFERENCE))
      const isFaster = (batch: number) => at(batch, backend)!.value < at(batch, REFERENCE)!.value
      const slower = compared.findLastIndex((batch) => !isFaster(batch))
      const first = compared[slower + 1]
      if (backend === REFERENCE || first === undefined) return []
      const { samples } = at(first, backend)!
      return [
        { name: `crossing/width-${width}/${backend}`, value: first, unit: 'transitions', samples },
      ] satisfies Measured[]
    }),
  )
}
