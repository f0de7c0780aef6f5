import { expect, test } from 'vitest'
import {
  readBoolean,
  readNumber,
  readNumbers,
  readObject,
  readObjects,
} from '../../envs/src/json.ts'

const state = {
  n: 1.5,
  b: false,
  o: { a: 1 },
  list: [1, 2],
  objects: [{}, { a: 1 }],
  mixed: [1, 'x'],
}

test('reads fields of their types', () => {
  expect(readNumber(state, 'n')).toBe(1.5)
  expect(readBoolean(state, 'b')).toBe(false)
  expect(readObject(state, 'o')).toEqual({ a: 1 })
  expect(readNumbers(state, 'list', 2)).toEqual([1, 2])
  expect(readObjects(state, 'objects', 2)).toEqual([{}, { a: 1 }])
})

test.each([
  [
    'a missing field',
    () => readNumber(state, 'x'),
    'state.x: expected a finite number, found nothing',
  ],
  ['another type', () => readBoolean(state, 'n'), 'state.n: expected a boolean, found 1.5'],
  ['a list as an object', () => readObject(state, 'list'), 'state.list: expected an object'],
  ['a wrong length', () => readNumbers(state, 'list', 3), 'expected an array of 3 finite numbers'],
  ['a wrong element', () => readNumbers(state, 'mixed', 2), 'found "x"'],
  ['NaN', () => readNumber({ n: NaN }, 'n'), 'state.n: expected a finite number'],
  ['an infinity', () => readNumbers({ list: [1, Infinity] }, 'list', 2), 'state.list: expected'],
  ['no list', () => readObjects(state, 'o', 2), 'expected an array of 2 objects'],
])('refuses %s by name', (_, read, message) => {
  expect(read).toThrow(message)
})
