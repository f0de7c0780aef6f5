/** What is known of this machine: Node, processor, memory, disk, GPUs. Nothing here starts a backend. */
import { execFileSync, type StdioOptions } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { MachineReport, Problem } from './report.ts'

const GIB = 2 ** 30
/** Memory that a run of the largest preset takes with its replay, bytes. */
const MEMORY = 1 * GIB
/** Disk for some runs with their checkpoints, bytes. */
const DISK = 1 * GIB
const OLDEST_NODE = [20, 19] as const

/** A function that adds two vectors, and one that touches shared memory: engines without the feature refuse them. */
const SIMD = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
]
const THREADS = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1],
  ...[10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11],
]
const INSTRUCTIONS = ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'amx_tile']

/** @param runs the folder that runs are made in, which need not exist */
export function examineMachine(runs: string): MachineReport {
  const folder = nearestFolder(resolve(runs))
  const { bavail, bsize } = statfsSync(folder)
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    release: release(),
    cpu: {
      model: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      simd: WebAssembly.validate(Uint8Array.from(SIMD)),
      threads: WebAssembly.validate(Uint8Array.from(THREADS)),
      instructions: instructionsOf(cpuInfo()),
    },
    memory: { total: totalmem(), available: process.availableMemory() },
    runs: { folder: resolve(runs), writable: isWritable(folder), free: bavail * bsize },
    gpus: nvidiaGpus(),
  }
}

/** What stands in the way of every run, and what may. */
export function machineProblems({ node, cpu, memory, runs }: MachineReport): Problem[] {
  const problems: Problem[] = []
  if (isOlder(node)) {
    const remedy = `install Node ${OLDEST_NODE.join('.')} or newer (nodejs.org)`
    problems.push({ what: `Node ${node} is too old`, remedy, fatal: true })
  }
  if (!cpu.simd) {
    const remedy = 'use a newer Node or processor; --backend cpu works, but slowly'
    problems.push({ what: 'WebAssembly SIMD is missing', remedy, fatal: true })
  }
  if (!runs.writable) {
    const remedy = 'change to a folder of your own, or name one with --run-dir'
    problems.push({ what: `${runs.folder} cannot be written`, remedy, fatal: true })
  }
  if (runs.free < DISK) {
    const what = `only ${inGib(runs.free)} of disk are free at ${runs.folder}`
    const remedy = 'make room, or keep fewer checkpoints (--keep 1)'
    problems.push({ what, remedy, fatal: false })
  }
  if (memory.available < MEMORY) {
    const what = `only ${inGib(memory.available)} of memory are available`
    const remedy = 'close other programs, or give the replay less (--set bufferSize=10000)'
    problems.push({ what, remedy, fatal: false })
  }
  return problems
}

export function inGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number)
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
}

/** The one in which a folder would be made. */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path))
}

/** By writing: permissions alone do not tell of a disk that is read-only. */
function isWritable(folder: string): boolean {
  try {
    rmSync(mkdtempSync(join(folder, '.wn-rl-doctor-')), { recursive: true })
    return true
  } catch {
    return false
  }
}

function cpuInfo(): string {
  const path = '/proc/cpuinfo' // of Linux alone
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** @param text of /proc/cpuinfo */
export function instructionsOf(text: string): string[] {
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(' ') ?? []
  return INSTRUCTIONS.filter((name) => flags.includes(name))
}

function nvidiaGpus(): MachineReport['gpus'] {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits']
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore']
    return parseGpus(
      execFileSync('nvidia-smi', query, { encoding: 'utf8', stdio, timeout: 10_000 }),
    )
  } catch {
    return [] // no driver of NVIDIA's, so no GPU that CUDA could use
  }
}

/** @param csv lines of name, memory in MiB, version of the driver */
export function parseGpus(csv: string): MachineReport['gpus'] {
  return csv
    .trim()
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => {
      const [name = '', memory = '', driver = ''] = line.split(',').map((part) => part.trim())
      return { name, memory: (Number(memory) || 0) * 2 ** 20, driver }
    })
}
