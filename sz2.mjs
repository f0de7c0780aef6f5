import { build } from 'esbuild'; import { gzipSync } from 'node:zlib'
const stub={name:'s',setup(b){b.onLoad({filter:/base-special-(ln|exp)\/lib\/index.js$/},()=>({contents:'export default Math.log',loader:'js'})); if(process.argv[2]) b.onLoad({filter:/kernels.generated/},()=>({contents:'export const KERNELS_BASE64=""',loader:'js'}))}}
const r = await build({ entryPoints:['src/act/index.ts'], bundle:true, minify:true, format:'esm', write:false, metafile:true, platform:'browser', alias:{'gymnasium-js/spaces':'./envs/src/spaces.ts'},plugins:[stub]})
const out=r.outputFiles[0].contents; console.log(out.length, gzipSync(out,{level:9}).length)
