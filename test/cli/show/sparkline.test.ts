import { expect, test } from 'vitest'
import { sparkline } from '../../../cli/show/sparkline.ts'

test('a sparkline goes from the least block to the greatest and averages what does not fit', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20)).toBe('▁▂▃▄▅▆▇█')
  expect(sparkline([0, 0, 7, 7], 2)).toBe('▁█')
  expect(sparkline([3, Number.NaN, 3], 20)).toBe('▅ ▅')
  expect(sparkline([], 20)).toBe('')
})
