import { build } from 'esbuild'; import { gzipSync } from 'node:zlib'
const r = await build({ entryPoints:['src/act/index.ts'], bundle:true, minify:true, format:'esm', write:false, metafile:true, platform:process.argv[2] ?? 'browser', alias:{'gymnasium-js/spaces':'./envs/src/spaces.ts'}})
const out=r.outputFiles[0].contents; console.log(out.length, gzipSync(out,{level:9}).length)
const o=Object.values(r.metafile.outputs)[0]; console.log(Object.entries(o.inputs).map(([k,v])=>[v.bytesInOutput,k]).sort((a,b)=>b[0]-a[0]).slice(0,40).map(x=>x.join(' ')).join('\n'))
