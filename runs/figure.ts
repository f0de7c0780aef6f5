/**
 * Learning curves as a figure: a panel per environment, drawn by Observable Plot on a small DOM, and put side by side
 * in one SVG. Both packages, and what makes a PNG of it, are optional: they are loaded here and nowhere else.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { UsageError } from '../src/errors.ts'
import { shown, shownInXml } from '../src/shown.ts'
import type { Curve, Curves } from './curves.ts'

export interface FigureOptions {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** What the y axis shows. */
  readonly metric: string
  readonly statistic: string
}

/** Okabe & Ito's colours, which people with any colour vision tell apart; from the eighth curve on they come again. */
export const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']
/** The file that PNGs are lettered with, and its family. */
const FONT_FILE = '@expo-google-fonts/lato/400Regular/Lato_400Regular.ttf'
export const FONT = 'Lato, system-ui, sans-serif'
/** Of statistics, written out. */
const NAMES: Readonly<Record<string, string>> = { iqm: 'interquartile mean' }
export const INK = '#333333'
const FAINT_INK = '#666666'
/** Pixels of a line of the legend, of a panel's title, and around the panels. */
const LEGEND_ROW = 17
const TITLE = 22
const MARGIN = 8
/** A PNG has so many pixels per pixel of the figure. */
const PNG_SCALE = 2

/** @returns the text of an SVG file */
export async function drawSvg(curves: Curves, options: FigureOptions): Promise<string> {
  const { plot, areaY, dot, lineY, ruleY } = await optional(() => import('@observablehq/plot'))
  const { parseHTML } = await optional(() => import('linkedom'))
  const { document } = parseHTML('<html><body></body></html>')
  const envs = [...new Set(curves.curves.map(({ env }) => env))]
  const labels = [...new Set(curves.curves.map(({ label }) => label))]
  const lastStep = Math.max(...curves.curves.map(({ points }) => points.at(-1)?.step ?? 0))
  const layout = layOut(envs.length, options)
  const panels = envs.map((env, i) => {
    const own = curves.curves.filter((curve) => curve.env === env)
    const points = own.flatMap((curve) =>
      curve.points.map((point) => ({ ...point, label: curve.label })),
    )
    const evaluations = own.flatMap((curve) =>
      curve.evaluations.map((point) => ({ ...point, label: curve.label })),
    )
    const top = TITLE + (own.length + 1) * LEGEND_ROW
    const svg = plot({
      document,
      width: layout.width,
      height: layout.height - top,
      marginLeft: 54,
      marginRight: 22,
      marginTop: 24,
      marginBottom: 40,
      style: { fontFamily: FONT, fontSize: '11px', color: INK, background: 'white' },
      color: { type: 'ordinal', domain: labels, range: labels.map(colorOf) },
      x: {
        domain: [0, lastStep],
        labelArrow: 'none',
        label: `timesteps (each point is the mean of the ${curves.window.toLocaleString('en')} before it)`,
        tickFormat: shortNumber,
      },
      y: {
        labelArrow: 'none',
        label: shown(options.metric),
        grid: true,
        nice: true,
        tickFormat: shortNumber,
      },
      marks: [
        ruleY(points.length > 0 ? [] : [0]),
        areaY(points, { x: 'step', y1: 'low', y2: 'high', fill: 'label', fillOpacity: 0.18 }),
        dot(evaluations, { x: 'step', y: 'value', stroke: 'label', r: 2, strokeOpacity: 0.55 }),
        lineY(points, { x: 'step', y: 'value', stroke: 'label', strokeWidth: 1.8 }),
      ],
    })
    svg.setAttribute('y', String(top))
    const { x, y } = layout.place(i)
    return `<g transform="translate(${x},${y})">${heading(env, own, labels, options)}${svg.outerHTML}</g>`
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${options.width}" height="${options.height}" ` +
    `viewBox="0 0 ${options.width} ${options.height}" font-family="${FONT}">` +
    `<rect width="100%" height="100%" fill="white"/>${panels.join('')}</svg>\n`
  )

  function colorOf(_: string, i: number): string {
    return COLORS[i % COLORS.length]!
  }
}

/** @returns the bytes of a PNG file, at twice the figure's size */
export async function rasterize(svg: string): Promise<Uint8Array> {
  const { initWasm, Resvg } = await optional(() => import('@resvg/resvg-wasm'))
  const find = createRequire(import.meta.url)
  const font = await optional(() => readFile(find.resolve(FONT_FILE)))
  await initWasm(await readFile(find.resolve('@resvg/resvg-wasm/index_bg.wasm')))
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PNG_SCALE },
    font: { fontBuffers: [font], defaultFontFamily: 'Lato' },
  })
  return image.render().asPng()
}

/** @throws UsageError that says what to install, for a package that is not there */
async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    throw new UsageError(
      'drawing needs packages that are not installed: npm install @observablehq/plot linkedom, ' +
        'and for PNG files @resvg/resvg-wasm @expo-google-fonts/lato',
      { cause: error },
    )
  }
}

/** Panels in rows, as many columns as rows or one more. */
function layOut(count: number, { width, height }: FigureOptions) {
  const columns = Math.ceil(Math.sqrt(count))
  const rows = Math.ceil(count / columns)
  const size = { width: width / columns - 2 * MARGIN, height: height / rows - 2 * MARGIN }
  const place = (i: number) => ({
    x: (i % columns) * (width / columns) + MARGIN,
    y: Math.floor(i / columns) * (height / rows) + MARGIN,
  })
  return { ...size, place }
}

/** A panel's title and legend: colours go by the label, the same in every panel. */
function heading(
  env: string,
  curves: readonly Curve[],
  labels: readonly string[],
  { statistic }: FigureOptions,
): string {
  const rows = curves.map((curve, i) => {
    const color = COLORS[labels.indexOf(curve.label) % COLORS.length]!
    const y = TITLE + i * LEGEND_ROW
    const text = `${curve.label} (${curve.seeds} ${curve.seeds === 1 ? 'seed' : 'seeds'})`
    return (
      `<rect x="54" y="${y + 5}" width="18" height="3" fill="${color}"/>` +
      `<text x="78" y="${y + 10}" font-size="12" fill="${INK}">${shownInXml(text)}</text>`
    )
  })
  const y = TITLE + curves.length * LEGEND_ROW + 10
  return (
    `<text x="54" y="14" font-size="14" fill="black">${shownInXml(env)}</text>${rows.join('')}` +
    `<text x="54" y="${y}" font-size="11" fill="${FAINT_INK}">${caption(curves, statistic)}</text>`
  )
}

/** What line, band and circles are. */
function caption(curves: readonly Curve[], statistic: string): string {
  const parts = [
    curves.some(({ seeds }) => seeds > 1)
      ? `line: ${NAMES[statistic] ?? statistic} over seeds; band: its 95 % bootstrap interval`
      : 'line: the one seed',
    curves.some(({ evaluations }) => evaluations.length > 0) ? 'circles: greedy evaluations' : [],
  ]
  return parts.flat().join('; ')
}

/** `50k`, `1.5M`; what is small as it is. */
export function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`
  return size >= 1e4
    ? `${Number((value / 1e3).toPrecision(4))}k`
    : String(Number(value.toPrecision(6)))
}
