/** What `wn-rl doctor --json` prints, as a schema that programs may check it by. */
import * as z from 'zod'
import { BACKENDS } from '../../src/backend/index.ts'

/** Largest difference to cpu, as a share of the largest number of its kind, that float32 sums in other orders make. */
export const TOLERANCE = 1e-4

const bytes = z.number().min(0)

export const trialSchema = z.strictObject({
  name: z.enum(BACKENDS),
  /** `ok`; `unavailable`: it does not start here; `crashed`: its process ended by itself; `wrong`: other numbers. */
  status: z.enum(['ok', 'unavailable', 'crashed', 'wrong']),
  /** What is the matter and what would help; null where nothing is. */
  problem: z.string().nullable(),
  /** What it runs on, where that is not plainly the processor. */
  device: z.string().nullable(),
  /** Of losses, gradients' effects and parameters after some updates, to those on cpu; null where it did not run. */
  difference: z.number().nullable(),
  /** Whether convolutions can be trained; null where it did not run. */
  convolutions: z.boolean().nullable(),
  /** Median time of an update of CartPole's size, ms; null where it did not run. */
  updateMs: z.number().nullable(),
})

/** What one backend did. */
export type Trial = z.output<typeof trialSchema>

const problemSchema = z.strictObject({
  what: z.string(),
  remedy: z.string(),
  /** The default backend, or every run, fails by it. */
  fatal: z.boolean(),
})

export type Problem = z.output<typeof problemSchema>

export const machineSchema = z.strictObject({
  node: z.string(),
  platform: z.string(),
  release: z.string(),
  cpu: z.strictObject({
    model: z.string(),
    cores: z.int(),
    /** WebAssembly's, which `simd` and `wasm` need. */
    simd: z.boolean(),
    threads: z.boolean(),
    /** Instruction sets that TensorFlow looks for; empty where the system does not tell. */
    instructions: z.array(z.string()),
  }),
  memory: z.strictObject({ total: bytes, available: bytes }),
  runs: z.strictObject({ folder: z.string(), writable: z.boolean(), free: bytes }),
  /** NVIDIA's, as its driver names them. */
  gpus: z.array(z.strictObject({ name: z.string(), memory: bytes, driver: z.string() })),
})

export type MachineReport = z.output<typeof machineSchema>

export const reportSchema = z.strictObject({
  wnRl: z.string(),
  /** The npm packages that tensors depend on. */
  packages: z.record(z.string(), z.string()),
  machine: machineSchema,
  tolerance: z.number(),
  backends: z.array(trialSchema),
  /** Of measured update times, for `--backend auto`. */
  table: z.strictObject({ path: z.string(), state: z.string() }),
  problems: z.array(problemSchema),
  /** Whether the default can run. */
  ok: z.boolean(),
})

export type Report = z.output<typeof reportSchema>
