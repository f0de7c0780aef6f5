import {
  appendFileSync,
  openSync,
  closeSync,
  ftruncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEnded, linesFromEnd, linesOf, linesWith, MAX_LINE } from '../../runs/lines.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

function fileOf(text: string | Uint8Array): string {
  const path = join(emptyFolder(), 'metrics.jsonl')
  writeFileSync(path, text)
  return path
}

/** Some 5 MB: several pieces, whose ends fall into lines. */
const long = Array.from({ length: 100_000 }, (_, i) => `line ${i} ${'ä'.repeat(i % 40)}`)

describe('lines of a file', () => {
  test('are those of the whole text, wherever pieces end', () => {
    for (const end of ['', '\n', '\nlast, cut o']) {
      const path = fileOf(long.join('\n') + end)
      const whole = (long.join('\n') + end).split('\n')
      if (whole.at(-1) === '') whole.pop()
      expect([...linesOf(path)]).toEqual(whole)
      expect([...linesFromEnd(path)].reverse()).toEqual(whole)
      expect([...linesWith(path, ' 7')]).toEqual(whole.filter((line) => line.includes(' 7')))
      expect([...linesFromEnd(path, ' 7')].reverse()).toEqual([...linesWith(path, ' 7')])
      expect(isEnded(path)).toBe(end === '\n')
    }
  })

  test('small files of any text', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'é', '\n'), { maxLength: 40 })
    fc.assert(
      fc.property(texts, (letters) => {
        const text = letters.join('')
        const path = fileOf(text)
        const whole = text.split('\n')
        if (whole.at(-1) === '') whole.pop()
        expect([...linesOf(path)]).toEqual(whole)
        const full = whole.filter((line) => line !== '')
        expect([...linesFromEnd(path)].reverse()).toEqual(full)
        expect([...linesWith(path, 'a')]).toEqual(full.filter((line) => line.includes('a')))
      }),
      { numRuns: 50 },
    )
  })

  test('one that is too long is passed over, and those around it come', () => {
    const path = fileOf('first\n')
    const file = openSync(path, 'r+')
    ftruncateSync(file, 64 * MAX_LINE) // zeros
    writeSync(file, '\nlast\n', 64 * MAX_LINE)
    closeSync(file)
    expect([...linesOf(path)]).toEqual(['first', undefined, 'last'])
    expect([...linesWith(path, 'first')]).toEqual(['first'])
    expect([...linesWith(path, 'last')]).toContain('last')
    expect(linesFromEnd(path, 'st').next().value).toBe('last')
    expect([...linesFromEnd(path, 'first')]).toEqual(['first'])
  })

  test('a line that goes on to the end of the file and is too long is one too', () => {
    const path = fileOf('first\n')
    appendFileSync(path, Buffer.alloc(5 * MAX_LINE, 'x'))
    expect([...linesOf(path)]).toEqual(['first', undefined])
    expect(isEnded(path)).toBe(false)
  })
})
