/** `npm run -s conformance -- BACKEND`: tfjs-core's own specs on a backend; test/conformance/main.ts says the rest. */
import { withBundle } from './bundle.js'

const status = await withBundle('test/conformance/main.ts', { tfjs: 'bundled' }, ({ main }) =>
  main(process.argv.slice(2)),
)
// Specs leave timers behind.
process.exit(status)
