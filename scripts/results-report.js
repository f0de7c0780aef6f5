/** `npm run results:report [-- --check]`: makes docs/results.md of the CSV files; research/results/report/main.ts says the rest. */
import { withBundle } from './bundle.js'

process.exitCode = await withBundle(
  'research/results/report/main.ts',
  { tfjs: 'installed' },
  ({ main }) => main(process.argv.slice(2)),
)
