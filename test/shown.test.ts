import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shown, shownInXml, shownJson } from '../src/shown.ts'

test.each([
  ['\u001b[2J\u001b]0;owned\u0007', '\\u001b[2J\\u001b]0;owned\\u0007'],
  ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
  ['\u009b31m', '\\u009b31m'],
  ['\u202egnp.exe\u2066', '\\u202egnp.exe\\u2066'],
  ['CartPole-v1 ± ε · ▁█ äöü 你好 👩‍🚀', 'CartPole-v1 ± ε · ▁█ äöü 你好 👩‍🚀'],
  ['half \ud83d', 'half \\ud83d'],
])('%j is shown as %j', (text, expected) => {
  expect(shown(text)).toBe(expected)
})

test('JSON reads as the same value, and holds nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = shownJson({ [text]: text })
      expect(JSON.parse(json)).toEqual({ [text]: text })
      expect(shown(json)).toBe(json)
    }),
  )
  expect(shownJson(['\u009b', '\u202e'])).toBe('["\\u009b","\\u202e"]')
})

test('XML holds neither its own marks nor letters that it may not have', () => {
  expect(shownInXml(`<a href="x" & 'y'>\u001b\u0000\uffff`)).toBe(
    '&lt;a href=&quot;x&quot; &amp; &#39;y&#39;&gt;\\u001b\\u0000\\uffff',
  )
})
