/**
 * `npm run build:kernels`: compiles the AssemblyScript kernels and embeds the module as text in
 * src/backend/simd/kernels.generated.ts, so that it loads without a file or a request, in Node and in browsers alike.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import asc from 'assemblyscript/asc'
import { encodeByteText } from './byte-text.js'

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
const source = `/** Made by scripts/build-kernels.js. */\nexport const KERNELS = ${JSON.stringify(encodeByteText(wasm))}\n`
writeFileSync(OUTPUT, source)
const gzipped = (data) => gzipSync(data, { level: 9 }).length
console.log(
  `${OUTPUT}: ${wasm.length} bytes of WebAssembly, ${gzipped(wasm)} gzipped, ${gzipped(source)} as embedded`,
)
