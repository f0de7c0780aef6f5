/** Where the time of a contender's program goes, kernel by kernel: medians over calls. */
import type { Profile } from '../src/backend/index.ts'
import { type Contender, median } from './measure.ts'

/** Calls before measuring, and measured ones. */
const WARM_UP = 200
const CALLS = 500

/** @returns a table in Markdown; undefined for a contender that is no captured program */
export async function profileOf(contender: Contender): Promise<string | undefined> {
  await contender.activate()
  const { profile, dispose } = await contender.prepare()
  if (!profile) return undefined
  for (let i = 0; i < WARM_UP; i++) profile([])
  const samples: number[][] = []
  let names: readonly string[] = []
  for (let call = 0; call < CALLS; call++) {
    const times: Profile = []
    profile(times)
    names = times.map(({ name }) => name)
    for (const [i, { time }] of times.entries()) (samples[i] ??= []).push(time)
  }
  dispose?.()
  const steps = names.map((name, i) => ({ name, time: median(samples[i]!) }))
  const total = steps.reduce((sum, { time }) => sum + time, 0)
  const rows = steps
    .toSorted((a, b) => b.time - a.time)
    .map(
      ({ name, time }) => `| ${time.toFixed(2)} | ${((100 * time) / total).toFixed(1)} | ${name} |`,
    )
  const title = `${contender.name}: ${steps.length} steps, ${total.toFixed(0)} µs step by step (elements read → written)`
  return [title, '', '| µs | % | step |', '|---|---|---|', ...rows, ''].join('\n')
}
