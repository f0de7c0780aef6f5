/** `wn-rl setup tensorflow`: TensorFlow's native library for `--backend tensorflow`. */
import { type Command, InvalidArgumentError } from 'commander'
import { DEFAULT_VERSION, setupTensorflow } from '../setup/tensorflow.ts'
import { say } from '../show/terminal.ts'

interface SetupFlags {
  readonly gpu?: boolean
  readonly version?: string
  readonly force?: boolean
}

export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('install what a backend needs')
    .command('tensorflow')
    .description(
      "build the backend tensorflow from TensorFlow's Python wheel, in ~/.cache/wn-rl/tensorflow",
    )
    .option('--gpu', 'with CUDA, for an NVIDIA GPU (some 4 GB)')
    .option(
      '--version <x.y.z>',
      `TensorFlow's version (default: ${DEFAULT_VERSION.cpu}, with --gpu ${DEFAULT_VERSION.gpu})`,
      versionNumber,
    )
    .option('--force', 'build again what is there already')
    .action(async ({ gpu = false, version, force = false }: SetupFlags) => {
      await setupTensorflow({
        gpu,
        version: version ?? DEFAULT_VERSION[gpu ? 'gpu' : 'cpu'],
        force,
        print: say,
      })
    })
}

function versionNumber(text: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(text)) throw new InvalidArgumentError('write it as 2.16.2.')
  return text
}
