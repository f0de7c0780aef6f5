import { expect, test } from 'vitest'
import {
  anyObject,
  exactly,
  fields,
  matching,
  oneOf,
  text,
  whole,
} from '../../src/storage/fields.ts'

const check = fields({
  name: text,
  count: whole(1),
  kind: oneOf(['a', 'b']),
  version: exactly(2, (found) => `version ${String(found)} is too old`),
  file: fields({ path: matching(/^[a-z]+\.bin$/) }),
  more: anyObject,
})

const good = {
  name: 'x',
  count: 3,
  kind: 'b',
  version: 2,
  file: { path: 'w.bin' },
  more: { anything: [1] },
}

test('an object with the right fields is taken as it is', () => {
  expect(check(good, '')).toEqual(good)
  expect(() => exactly('one')('two', 'x')).toThrow('x: expected "one", found "two"')
})

test.each<[string, object, string]>([
  ['another type', { name: 3 }, 'name: expected a text, found 3'],
  ['nothing', { name: undefined }, 'name: expected a text, found nothing'],
  ['a number too small', { count: 0 }, 'count: expected a whole number from 1, found 0'],
  ['half a number', { count: 1.5 }, 'count: expected a whole number from 1, found 1.5'],
  ['a number beyond whole ones', { count: 2 ** 53 }, 'count: expected a whole number from 1'],
  ['another choice', { kind: 'c' }, 'kind: expected one of a, b, found "c"'],
  ['another version', { version: 1 }, 'version: version 1 is too old'],
  ['a path', { file: { path: '../w.bin' } }, 'file.path: expected a text like ^[a-z]+\\.bin$'],
  ['a list for an object', { file: [] }, 'file: expected an object, found a list'],
  ['an object for a text', { name: {} }, 'name: expected a text, found an object'],
  ['null', { more: null }, 'more: expected an object, found null'],
  ['an unknown field', { extra: 1 }, 'extra: there is no such field'],
  ['an unknown field deep down', { file: { path: 'w.bin', bytes: 1 } }, 'file.bytes: there is no'],
  ['a field called constructor', { constructor: 1 }, 'constructor: there is no such field'],
])('%s is refused by name', (_, change, message) => {
  expect(() => check({ ...good, ...change }, '')).toThrow(message)
})

test('what was inherited is not there', () => {
  expect(() => fields({ name: text })(Object.create({ name: 'x' }), '')).toThrow('name: expected')
})

test('a long text is told shortly', () => {
  expect(() => whole()('x'.repeat(10_000), 'n')).toThrow(/^n: expected .{1,150}…$/)
})
