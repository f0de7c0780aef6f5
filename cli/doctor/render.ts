/** The report for people: no line is longer than 80 columns, unless a word is. */
import { NONE } from '../show/lines.ts'
import { inGib } from './machine.ts'
import type { MachineReport, Report, Trial } from './report.ts'

const WIDTH = 80
const LABEL = 10

/** @returns lines */
export function renderReport(report: Report): string[] {
  const { machine, backends, table, problems, wnRl, ok } = report
  return [
    `wn-rl ${wnRl}, Node ${machine.node.replace('v', '')}, ${machine.platform}`,
    '',
    ...machineLines(machine),
    ...labelled(
      'packages',
      Object.entries(report.packages)
        .map((pair) => pair.join(' '))
        .join(', '),
    ),
    ...labelled('auto', `${table.state} (${table.path})`),
    '',
    'backend      one update   difference to cpu   runs on',
    ...backends.flatMap((trial) => trialLines(trial, report.tolerance)),
    '',
    ...problems.flatMap(({ what, remedy, fatal }) =>
      wrap(`${fatal ? 'PROBLEM' : 'note'}: ${what}; ${remedy}`, '', '  '),
    ),
    ok ? 'ready: wn-rl train --agent dqn --env CartPole' : 'not ready: the default cannot run',
  ]
}

function machineLines({ cpu, memory, runs, gpus, release }: MachineReport): string[] {
  const wasm = [cpu.simd && 'SIMD', cpu.threads && 'threads'].filter(Boolean).join(', ')
  const gpuText = gpus.map(
    ({ name, memory: size, driver }) => `${name}, ${inGib(size)}, driver ${driver}`,
  )
  return [
    ...labelled('processor', `${cpu.cores} × ${cpu.model}`),
    ...labelled('', `${cpu.instructions.join(' ')}; WebAssembly: ${wasm || 'no SIMD, no threads'}`),
    ...labelled('memory', `${inGib(memory.available)} of ${inGib(memory.total)} available`),
    ...labelled('disk', `${inGib(runs.free)} free for ${runs.folder}`),
    ...labelled('system', release),
    ...labelled('GPU', gpuText.join('; ') || 'none that an NVIDIA driver names'),
  ]
}

function trialLines(trial: Trial, tolerance: number): string[] {
  const { name, status, problem, device, difference, updateMs, convolutions } = trial
  const label = `  ${name.padEnd(11)}`
  if (status === 'unavailable' || status === 'crashed')
    return wrap(`${status}: ${problem ?? ''}`, label, ' '.repeat(label.length))
  const time = updateMs === null ? NONE : `${Number(updateMs.toPrecision(2))} ms`
  const agreement = difference === null ? NONE : difference.toExponential(0)
  const verdict =
    name === 'cpu' ? 'reference' : `${agreement} ${status === 'ok' ? '≤' : '>'} ${tolerance}`
  const where = [device ?? 'processor', ...(convolutions ? [] : ['no convolutions'])].join('; ')
  const columns = `${label}${time.padEnd(13)}${verdict.padEnd(20)}`
  const lines = wrap(where, columns, ' '.repeat(columns.length))
  return problem === null ? lines : [...lines, ...wrap(problem, '    ', '    ')]
}

function labelled(label: string, text: string): string[] {
  const indent = ' '.repeat(LABEL + 2)
  return wrap(text, `  ${label.padEnd(LABEL)}`, indent)
}

/** Breaks a text at spaces. @param first begins the first line @param indent begins the others */
export function wrap(text: string, first: string, indent: string): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = indent + word
    } else line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
