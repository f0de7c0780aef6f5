/** `npm run -s tune -- --agent NAME --env ID`: searches around a preset; research/tuning/README.md says how. */
import { fileURLToPath } from 'node:url'
import { withBundle } from './bundle.js'

const places = {
  program: fileURLToPath(import.meta.url),
  folder: fileURLToPath(new URL('../research/tuning/results', import.meta.url)),
}
const status = await withBundle('research/tuning/main.ts', { tfjs: 'installed' }, ({ main }) =>
  main(process.argv.slice(2), places),
)
process.exit(status)
