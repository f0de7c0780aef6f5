import { describe, expect, test } from 'vitest'
import * as z from 'zod'
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

  test('within an option are refused if unknown, naming the option and what that branch knows', () => {
    const parse = (options: object) => () => parseOptions(dqnOptions, options)
    expect(parse({ optimizer: { name: 'adam', alpha: 1 } })).toThrow(
      /^unknown option "optimizer\.alpha"; did you mean "optimizer\.\w+"\? \(known: optimizer\.name, optimizer\.beta1, optimizer\.beta2, optimizer\.epsilon\)$/,
    )
    expect(parse({ optimizer: { foo: 1 } })).toThrow(/^unknown option "optimizer\.foo".*momentum/)
    expect(parse({ network: { mlp: [3], activatoin: 'relu' } })).toThrow(
      /^unknown option "network\.activatoin"; did you mean "network\.activation"\? \(known: network\.mlp, network\.activation\)$/,
    )
    expect(parse({ network: [{ type: 'dense', units: 3, activation: 'relu', bias: 1 }] })).toThrow(
      /^unknown option "network\.0\.bias".*known: network\.0\.type, network\.0\.units, network\.0\.activation\)$/,
    )
    expect(parse({ optimizer: { beta1: 0.5 } })).toThrow(/^optimizer\.name is undefined: .*adam/)
  })

  test.each([
    [{ normalization: 'wieght' }, 'normalization is "wieght"', 'weight'],
    [{ network: 'minatar' }, 'network is "minatar"', 'minatarConv'],
    [{ network: 'bogus' }, 'network is "bogus"', ''],
    [{ optimizer: 'adma' }, 'optimizer is "adma"', 'adam'],
    [{ optimizer: { name: 'rmsporp' } }, 'optimizer.name is "rmsporp"', 'rmsprop'],
    [{ network: [{ type: 'dens' }] }, 'network.0.type is "dens"', 'dense'],
  ])('%o is refused with the nearest value', (options, says, nearest) => {
    const parse = () => parseOptions(dqnOptions, options)
    expect(parse).toThrow(says)
    expect(parse).toThrow(`did you mean "${nearest}`)
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

const cycle: Record<string, unknown> = {}
cycle['itself'] = cycle

test.each([
  [1n, '1n'],
  [[1n, Infinity], '["1n","Infinity"]'],
  [Number.NaN, 'NaN'],
  [() => 1, 'a function'],
  [Promise.resolve(1), 'a promise'],
  [Symbol('s'), 'Symbol(s)'],
  [cycle, 'an object that JSON cannot show'],
])('an option of %s is refused by name', (value, text) => {
  expect(() => parseOptions(dqnOptions, { gamma: value })).toThrow(
    `gamma is ${text}: invalid input`,
  )
})
