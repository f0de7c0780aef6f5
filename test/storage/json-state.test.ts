import { expect, test } from 'vitest'
import { fromJson, toJson } from '../../src/storage/json-state.ts'
import { fc } from '../helpers/properties.ts'

const throughText = (value: unknown) => fromJson(JSON.parse(JSON.stringify(toJson(value))) as never)

test('plain data comes back number for number, keys like the tag and __proto__ included', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('$number', 'object', '__proto__'))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.double(),
      fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, '-0', 'NaN', null, true),
      fc.string(),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map(Object.fromEntries),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      expect(throughText(value)).toEqual(value)
    }),
  )
})

test('finite numbers are written as they are', () => {
  expect(toJson({ a: [1.5, 0], b: -0 })).toEqual({ a: [1.5, 0], b: { $number: '-0' } })
})

test('keys without a value are left out, as in JSON', () => {
  expect(Object.keys(toJson({ a: undefined, b: 1 }) as object)).toEqual(['b'])
})

test.each([
  [{ a: { b: [new Float32Array(1)] } }, /state\.a\.b\[0\] is a Float32Array/],
  [{ a: () => 1 }, /state\.a is function/],
  [[undefined], /state\[0\] is undefined/],
  [new Map(), /state is a Map/],
  [1n, /state is bigint/],
])('%o is refused, naming where', (value, message) => {
  expect(() => toJson(value, 'state')).toThrow(message)
})

test('a circle is refused', () => {
  const circle: unknown[] = []
  circle.push(circle)
  expect(() => toJson(circle, 'state')).toThrow(/nested too deep, or in a circle/)
})
