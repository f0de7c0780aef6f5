/**
 * `npm run build:kernels`: compiles the AssemblyScript kernels and embeds the module as base64 in
 * src/backend/simd/kernels.generated.ts, so that it loads without a file or a request, in Node and in browsers alike.
 */
import { writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const FLAGS = [
  '--enable',
  'simd',
  '-O3',
  '--runtime',
  'stub',
  '--importMemory',
  '--exportTable',
  '--noAssert',
  '--initialMemory',
  '1',
]
const OUTPUT = 'src/backend/simd/kernels.generated.ts'

const files = new Map()
const { error, stderr } = await asc.main(
  ['src/backend/assembly/index.ts', '--outFile', 'kernels.wasm', ...FLAGS],
  { writeFile: (name, contents) => files.set(name, contents) },
)
if (error) {
  console.error(stderr.toString())
  throw error
}
const wasm = files.get('kernels.wasm')
const base64 = Buffer.from(wasm).toString('base64')
writeFileSync(
  OUTPUT,
  `/** Made by scripts/build-kernels.js. */\nexport const KERNELS_BASE64 = '${base64}'\n`,
)
console.log(`${OUTPUT}: ${wasm.length} bytes of WebAssembly`)
