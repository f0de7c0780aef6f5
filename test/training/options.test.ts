import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { agents, dqnOptions } from '../../agents/index.ts'
import { optimizerSchema, parseOptions, unknownName } from '../../src/training/index.ts'

const schema = z.strictObject({
  gamma: z.number().min(0).max(1).default(0.99).describe('discount per timestep'),
  layers: z.array(z.int().min(1)).optional(),
})

describe('options', () => {
  test('get their defaults', () => {
    expect(parseOptions(schema, {})).toEqual({ gamma: 0.99 })
    expect(parseOptions(schema, { gamma: 0.5, layers: [1] })).toEqual({ gamma: 0.5, layers: [1] })
  })

  test('that are unknown are refused, naming the nearest and all that there are', () => {
    const parse = () => parseOptions(schema, { gama: 1 })
    expect(parse).toThrow('unknown option "gama"; did you mean "gamma"? (known: gamma, layers)')
    expect(parse).toThrow(TypeError)
  })

  test('out of range are refused with name, value, bound and meaning', () => {
    const parse = () => parseOptions(schema, { gamma: 1.5 })
    expect(parse).toThrow(/^gamma is 1\.5: .*1.*discount per timestep/)
    expect(parse).toThrow(RangeError)
    expect(() => parseOptions(schema, { layers: [3, 0] })).toThrow(/^layers\.1 is 0: /)
    expect(() => parseOptions(schema, { gamma: '0.9' })).toThrow(/^gamma is "0\.9": .*number/)
  })

  test('of unions are explained by the branch that comes nearest', () => {
    expect(() => parseOptions(dqnOptions, { network: { mlp: [64, -1] } })).toThrow(
      /^network\.mlp\.1 is -1: /,
    )
    expect(() => parseOptions(dqnOptions, { optimizer: { name: 'adam', beta2: 2 } })).toThrow(
      /^optimizer\.beta2 is 2: /,
    )
  })

  test('of the optimizer are a name or a record', () => {
    expect(optimizerSchema.parse('adam')).toEqual({ name: 'adam' })
    const rmsprop = { name: 'rmsprop', alpha: 0.95, centered: true, epsilonPlacement: 'inside' }
    expect(optimizerSchema.parse(rmsprop)).toEqual(rmsprop)
    expect(optimizerSchema.safeParse({ name: 'sgd', beta1: 0.5 }).success).toBe(false)
  })

  test.each(Object.entries(agents))('of %s are all optional', (_, { options }) => {
    expect(options.safeParse({}).success).toBe(true)
  })
})

test('an unknown name is told what there is', () => {
  expect(unknownName('agent', 'dpn', ['dqn', 'a2c'])).toBe(
    'unknown agent "dpn"; did you mean "dqn"? (known: dqn, a2c)',
  )
})
