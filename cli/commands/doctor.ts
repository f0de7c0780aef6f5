/** `wn-rl doctor`: whether this machine can train, on which backends, and what would help where it cannot. */
import { createRequire } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { type Command, Option } from 'commander'
import { BACKENDS, type BackendName } from '../../src/backend/index.ts'
import {
  describeCpu,
  type MeasuredBackend,
  readTable,
  tablePath,
  writeTable,
} from '../../runs/backends/table.ts'
import { TRY, tryInProcess } from '../doctor/children.ts'
import { examineMachine, machineProblems } from '../doctor/machine.ts'
import { renderReport } from '../doctor/render.ts'
import { type Problem, type Report, TOLERANCE, type Trial } from '../doctor/report.ts'
import { tryBackend, type TrialOutcome } from '../doctor/trial.ts'
import { endNow, EXIT } from '../exit.ts'
import { packageVersion } from '../../runs/folder.ts'
import { complain, say, sayJson } from '../show/terminal.ts'

interface DoctorFlags {
  readonly json?: true
  readonly measure?: true
  readonly try?: BackendName
}

const DEFAULT_BACKEND: BackendName = 'simd'
const PACKAGES = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
]

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('examine this machine: exit 0 if the default backend can train here, 1 if not')
    .option('--json', 'print one JSON object')
    .option(
      '--measure',
      'also measure update times of several sizes (some minutes), for --backend auto',
    )
    .addOption(new Option(`${TRY} <backend>`).choices(BACKENDS).hideHelp())
    .action(doctor)
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const measure = flags.measure ?? false
  if (flags.try) {
    sayJson(await tryBackend(flags.try, measure))
    endNow(EXIT.done) // native libraries keep threads that a process would wait for
  }
  // Backends are measured one after the other: what else runs would decide who wins.
  if (measure && (loadavg()[0] ?? 0) > cpus().length)
    complain('wn-rl: other programs keep this machine busy; measure again when it is quiet')
  const outcomes: TrialOutcome[] = []
  for (const name of BACKENDS) {
    if (!flags.json) complain(`${measure ? 'measuring' : 'trying'} ${name} …`)
    outcomes.push(await tryInProcess(name, measure))
  }
  if (measure) await writeTable(tableOf(outcomes))
  const report = await reportOf(outcomes.map(({ trial }) => trial))
  if (flags.json) sayJson(report)
  else for (const line of renderReport(report)) say(line)
  if (!report.ok) process.exitCode = EXIT.failed
}

/** All that was found out. */
async function reportOf(backends: readonly Trial[]): Promise<Report> {
  const machine = examineMachine('runs')
  const problems = [
    ...machineProblems(machine),
    ...backendProblems(backends, machine.gpus.length > 0),
  ]
  return {
    wnRl: packageVersion(),
    packages: installedVersions(),
    machine,
    tolerance: TOLERANCE,
    backends: [...backends],
    table: { path: tablePath(), state: await stateOfTable() },
    problems,
    ok: !problems.some(({ fatal }) => fatal),
  }
}

/** Of the default, and of GPUs that nothing uses; other backends are there for who wants them. */
export function backendProblems(backends: readonly Trial[], hasGpu: boolean): Problem[] {
  const problems: Problem[] = []
  const standard = backends.find(({ name }) => name === DEFAULT_BACKEND)
  if (standard?.status !== 'ok') {
    const what = `the default backend ${DEFAULT_BACKEND} is ${standard?.status ?? 'missing'}: ${standard?.problem ?? ''}`
    const remedy = 'install wn-rl again; meanwhile --backend cpu works, slowly'
    problems.push({ what, remedy, fatal: true })
  }
  for (const { name, status, problem } of backends) {
    if (status === 'wrong' && name !== DEFAULT_BACKEND)
      problems.push({ what: `${name}: ${problem ?? ''}`, remedy: 'choose another', fatal: false })
  }
  const isOnGpu = ({ device }: Trial) => device !== null && !device.endsWith('CPU')
  if (hasGpu && !backends.some(isOnGpu)) {
    const what = 'there is an NVIDIA GPU that no backend uses'
    problems.push({ what, remedy: 'run: wn-rl setup tensorflow --gpu', fatal: false })
  }
  return problems
}

async function stateOfTable(): Promise<string> {
  const table = await readTable()
  if (table === undefined) return 'takes simd; no times are measured: wn-rl doctor --measure'
  if (typeof table === 'string') return `takes simd; ${table}`
  const names = table.backends.map(({ name }) => name).join(', ')
  return `picks by times measured on ${table.measuredAt.slice(0, 10)} of ${names}`
}

function tableOf(outcomes: readonly TrialOutcome[]) {
  const backends = outcomes
    .filter(({ cells }) => cells.length > 0)
    .map(({ trial: { name, device }, cells, skipped }): MeasuredBackend => {
      return { name, ...(device !== null && { device }), cells: [...cells], skipped: [...skipped] }
    })
  return {
    format: 1 as const,
    wnRl: packageVersion(),
    node: process.version,
    cpu: describeCpu(),
    measuredAt: new Date().toISOString(),
    backends,
  }
}

function installedVersions(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const versions = PACKAGES.map((name) => {
    const { version } = require(`${name}/package.json`) as { version: string }
    return [name, version] as const
  })
  return Object.fromEntries(versions)
}
