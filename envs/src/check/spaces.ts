/** Spaces: what they sample, how they go through JSON, and whether their bounds make sense. */

import type { Env } from '../env.ts'
import { Rng } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import { spaceFromJSON } from '../spaces/from-json.ts'
import type { SpaceJson } from '../spaces/json.ts'
import type { Report } from './finding.ts'
import { called, messageOf } from './play.ts'
import type { Subject } from './subject.ts'

const SAMPLES = 20

export function checkSpaces({ report, build, seed }: Subject): void {
  const env = build()
  for (const name of ['observationSpace', 'actionSpace'] as const) {
    const space = env[name]
    checkSamples(report, name, space, seed)
    checkJson(report, name, space)
    checkBounds(report, name, space)
    checkConstant(report, name, env, space)
  }
}

function checkSamples(report: Report, name: string, space: Space, seed: number): void {
  const rng = new Rng(seed)
  for (let i = 0; i < SAMPLES; i++) {
    const why = space.explain(space.sample(rng))
    if (why === undefined) continue
    report.add('space-sample', {
      expected: `${name}: what ${space.toString()} samples is in it`,
      found: why,
      remedy: 'use the spaces of gymnasium-js as they are, and leave their bounds alone',
    })
  }
}

function checkJson(report: Report, name: string, space: Space): void {
  const expected = `${name}: spaceFromJSON(space.toJSON()) equals the space`
  const remedy = 'use the spaces of gymnasium-js as they are; models are saved with their spaces'
  try {
    const back = spaceFromJSON(JSON.parse(JSON.stringify(space.toJSON())) as SpaceJson)
    if (space.equals(back)) return
    report.add('space-json', { expected, found: `it came back as ${back.toString()}`, remedy })
  } catch (error) {
    report.add('space-json', { expected, found: messageOf(error), remedy })
  }
}

function checkBounds(report: Report, name: string, space: Space): void {
  const found = boundsTrouble(space, name === 'actionSpace')
  if (found === undefined) return
  report.add('space-bounds', {
    expected: `${name}: bounds that leave a choice, and finite ones for actions`,
    found: `${space.toString()}: ${found}`,
    remedy: 'give the bounds that values really have; agents scale their actions to them',
  })
}

function boundsTrouble(space: Space, isAction: boolean): string | undefined {
  switch (space.kind) {
    case 'box':
      if (space.size > 0 && space.low.every((low, i) => low === space.high[i])) {
        return 'low equals high everywhere'
      }
      return isAction && !space.isBounded() ? 'actions are unbounded' : undefined
    case 'discrete':
      return space.n === 1 ? 'there is one value only' : undefined
    case 'multi-discrete':
      return space.nvec.every((n) => n === 1) ? 'there is one value only' : undefined
    case 'dict':
      return space.entries.map(([, part]) => boundsTrouble(part, isAction)).find(Boolean)
    case 'tuple':
      return space.spaces.map((part) => boundsTrouble(part, isAction)).find(Boolean)
    case 'multi-binary':
      return undefined
  }
}

/** Getters may build a space anew, but it has to be the same one. */
function checkConstant(
  report: Report,
  name: 'observationSpace' | 'actionSpace',
  env: Env,
  before: Space,
): void {
  called('reset({ seed: 0 })', () => env.reset({ seed: 0 }))
  if (env[name].equals(before)) return
  report.add('space-constant', {
    expected: `${name} stays ${before.toString()}`,
    found: `after reset() it is ${env[name].toString()}`,
    remedy: 'build the space once, in the constructor',
  })
}
