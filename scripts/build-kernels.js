/**
 * `npm run build:kernels`: compiles the AssemblyScript kernels and embeds the module as text in
 * src/backend/simd/kernels.generated.ts, so that it loads without a file or a request, in Node and in browsers alike.
 * The compiler takes half a minute, so a file that was made from the same sources is left as it is.
 */
import asc from 'assemblyscript/asc'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
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
const SOURCES = 'src/backend/assembly'
const OUTPUT = 'src/backend/simd/kernels.generated.ts'

const header = `/** Made by scripts/build-kernels.js from sources with the SHA-256 ${hashOfSources()}. */\n`
if (existsSync(OUTPUT) && readFileSync(OUTPUT, 'utf8').startsWith(header)) {
  console.log(`${OUTPUT}: up to date`)
} else {
  const wasm = await compile()
  const source = `${header}export const KERNELS = ${JSON.stringify(encodeByteText(wasm))}\n`
  writeFileSync(OUTPUT, source)
  const gzipped = (data) => gzipSync(data, { level: 9 }).length
  console.log(
    `${OUTPUT}: ${wasm.length} bytes of WebAssembly, ${gzipped(wasm)} gzipped, ${gzipped(source)} as embedded`,
  )
}

/** Of the compiler's version and options and of the encoding too: whatever the file depends on. */
function hashOfSources() {
  const hash = createHash('sha256').update(JSON.stringify([asc.version, FLAGS]))
  hash.update(readFileSync(new URL('byte-text.js', import.meta.url)))
  for (const name of readdirSync(SOURCES, { recursive: true }).sort())
    if (name.endsWith('.ts')) hash.update(`\0${name}\0${readFileSync(`${SOURCES}/${name}`)}`)
  return hash.digest('hex')
}

async function compile() {
  const files = new Map()
  const { error, stderr } = await asc.main(
    [`${SOURCES}/index.ts`, '--outFile', 'kernels.wasm', ...FLAGS],
    { writeFile: (name, contents) => files.set(name, contents) },
  )
  if (!error) return files.get('kernels.wasm')
  console.error(stderr.toString())
  throw error
}
