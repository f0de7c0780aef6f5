/** `node test/runtimes/node.js [TIMESTEPS]`: prints the report of train.js as JSON. Needs `npm run build`. */
import { report } from './train.js'

const [totalTimesteps] = process.argv.slice(2).map(Number)
const { node: version } = process.versions
console.log(JSON.stringify({ version, ...(await report(totalTimesteps)) }))
