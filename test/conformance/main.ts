/**
 * `npm run -s conformance -- BACKEND [-v] [--json FILE] [--filter TEXT]`: tfjs-core's own specs on a backend.
 *
 * The last line of stdout is `{ "backend", "pass", "fail", "pend" }`. Exit status: 0 without failures, 1 with, 2 if
 * nothing was tested. tfjs's own wasm backend is known to fail 334 of the 3,850 (kernels that it does not have).
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BackendName } from '../../src/backend/index.ts'
import { type Outcome, runSuite } from './suite.ts'

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        verbose: { type: 'boolean', short: 'v' },
        json: { type: 'string' },
        filter: { type: 'string' },
      },
    })
    const [backend] = positionals
    if (backend === undefined) throw new RangeError('name a backend, as in: conformance -- cpu')
    const { filter = '' } = values
    // An unknown name is refused by `useBackend`, which lists those that there are.
    const outcome = await runSuite(backend as BackendName, { filter, wasmPaths: wasmFolder() })
    if (values.verbose) listFailures(outcome)
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcome, null, 2))
    const { pass, fail, pend } = outcome
    print(JSON.stringify({ backend, pass, fail, pend }))
    return fail === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

/** tfjs's .wasm files lie beside its entry file, not beside the bundle. */
function wasmFolder(): string {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  return join(dirname(entry), '/')
}

function listFailures({ failures }: Outcome): void {
  for (const { spec, messages } of failures) {
    print(`FAILED ${spec}`)
    for (const message of messages) print(`  ${message}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
