/**
 * Learning-rate sensitivity, as MinAtar's authors draw it: the score of each variant over the rates that the search
 * tried, and below it, over the same rates, how much its values depend on the minibatch.
 */
import { dot, lineY, plot } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { COLORS, FONT, INK, shortNumber } from '../../../runs/figure.ts'
import { groupBy } from '../../../runs/group-by.ts'
import { mean } from '../../../src/training/index.ts'
import type { ResultRow } from '../rows.ts'

const WIDTH = 720
const PANELS = [
  { figure: 'evaluations', label: 'mean greedy return over training', height: 300 },
  { figure: 'statistics_noise', label: 'statistics noise (units of the values)', height: 190 },
] as const
const TITLE = 24
const LEGEND_ROW = 17
/** Entries of the legend beside each other. */
const LEGEND_COLUMNS = 3

/** Between 0 and this the axis of the noise is linear, above it logarithmic. */
const SMALLEST_NOISE = 0.01

interface Point {
  readonly rate: number
  readonly variant: string
  readonly value: number
}

/**
 * @param rows of one agent on one environment; those of the search are drawn
 * @param chosen the rates that runs of the second part have, by variant: drawn as full circles
 */
export function drawSensitivity(
  title: string,
  rows: readonly ResultRow[],
  chosen: ReadonlyMap<string, number>,
): string {
  const search = rows.filter(({ part }) => part === 'search')
  const variants = [...new Set(search.map(({ variant }) => variant))]
  let top = TITLE + Math.ceil(variants.length / LEGEND_COLUMNS) * LEGEND_ROW
  const panels = PANELS.map(({ figure, label, height }) => {
    const points = search.flatMap(({ learning_rate: rate, variant, [figure]: value }) =>
      value === null ? [] : [{ rate, variant, value }],
    )
    const svg = panel(points, {
      variants,
      chosen,
      label,
      height,
      isNoise: figure !== 'evaluations',
    })
    svg.setAttribute('y', String(top))
    top += height
    return svg.outerHTML
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" ` +
    `font-family="${FONT}"><rect width="100%" height="100%" fill="white"/>` +
    `<text x="60" y="16" font-size="14" fill="black">${title}</text>${legend(variants)}${panels.join('')}</svg>\n`
  )
}

interface PanelOptions {
  readonly variants: readonly string[]
  readonly chosen: ReadonlyMap<string, number>
  readonly label: string
  readonly height: number
  /** Noise is 0 for most, and spans decades for the others. */
  readonly isNoise: boolean
}

/** A line through the means over seeds, a small circle for each seed. */
function panel(seeds: readonly Point[], options: PanelOptions) {
  const { variants, chosen, label, height, isNoise } = options
  const { document } = parseHTML('<html><body></body></html>')
  const means = meansOf(seeds)
  const place = { x: 'rate', y: 'value' } as const
  return plot({
    document,
    width: WIDTH,
    height,
    marginLeft: 60,
    marginRight: 22,
    marginTop: 22,
    marginBottom: 38,
    style: { fontFamily: FONT, fontSize: '11px', color: INK, background: 'white' },
    color: { type: 'ordinal', domain: variants, range: variants.map(colorOf) },
    x: {
      type: 'log',
      label: 'learning rate',
      labelArrow: 'none',
      ticks: [...new Set(seeds.map(({ rate }) => rate))],
      tickFormat: rateText,
    },
    y: {
      label,
      labelArrow: 'none',
      grid: true,
      ...(isNoise
        ? { type: 'symlog', constant: SMALLEST_NOISE, ticks: noiseTicks(seeds) }
        : { nice: true }),
      tickFormat: shortNumber,
    },
    marks: [
      dot(seeds, { ...place, stroke: 'variant', r: 2, strokeOpacity: 0.5 }),
      lineY(means, { ...place, stroke: 'variant', strokeWidth: 1.8 }),
      dot(
        means.filter(({ variant, rate }) => chosen.get(variant) === rate),
        { ...place, fill: 'variant', r: 5 },
      ),
    ],
  })
}

/** 0 and powers of ten. */
function noiseTicks(points: readonly Point[]): number[] {
  const greatest = Math.max(...points.map(({ value }) => value))
  const ticks = [0]
  for (let tick = SMALLEST_NOISE; tick < greatest; tick *= 10) ticks.push(tick)
  return ticks
}

function meansOf(points: readonly Point[]): Point[] {
  return [...groupBy(points, ({ variant, rate }) => `${variant} ${rate}`).values()]
    .map((group) => ({ ...group[0]!, value: mean(group.map(({ value }) => value)) }))
    .sort((a, b) => a.rate - b.rate)
}

function legend(variants: readonly string[]): string {
  return variants
    .map((variant, i) => {
      const x = 60 + (i % LEGEND_COLUMNS) * 200
      const y = TITLE + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW
      return (
        `<rect x="${x}" y="${y + 5}" width="18" height="3" fill="${colorOf(variant, i)}"/>` +
        `<text x="${x + 24}" y="${y + 10}" font-size="12" fill="${INK}">${variant}</text>`
      )
    })
    .join('')
}

function colorOf(_: string, i: number): string {
  return COLORS[i % COLORS.length]!
}

/** `3e-4` */
function rateText(rate: number): string {
  return rate.toExponential()
}
