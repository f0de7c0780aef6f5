import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { episode, writeEvents, writeRun } from '../helpers/run-folders.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const rowsSchema = z.array(
  z.object({
    runDir: z.string(),
    status: z.string(),
    steps: z.number().nullable(),
    lastReturn: z.number().nullable(),
    bestReturn: z.number().nullable(),
    seconds: z.number().nullable(),
    problems: z.array(z.string()),
  }),
)

function listed(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = wnRl(['runs', ...args, '--json'], folder)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return rowsSchema.parse(lastJson(stdout))
}

/** Makes a run look as if nothing had written into it for an hour. */
function silence(run: string): void {
  const hourAgo = Date.now() / 1000 - 3600
  utimesSync(join(run, 'metrics.jsonl'), hourAgo, hourAgo)
}

test('tells a run that is complete from one that runs, was interrupted, stopped or failed', () => {
  const folder = emptyFolder()
  const at = (name: string) => join(folder, 'runs', name)
  const rows = [episode(100, 20), episode(400, 40)]
  writeRun(at('1-complete'), { rows, finalStep: 1000 })
  writeRun(at('2-cut-short'), { rows, finalStep: 400 })
  writeRun(at('3-running'), { rows, checkpoints: [200] })
  writeRun(at('4-interrupted'), { rows, checkpoints: [200, 450] })
  writeRun(at('5-stopped'), { rows })
  writeRun(at('6-failed'), { rows, checkpoints: [200] })
  mkdirSync(join(at('6-failed'), 'trouble'))
  for (const name of ['2-cut-short', '4-interrupted', '5-stopped', '6-failed']) silence(at(name))
  const found = listed(folder)
  expect(found.map(({ status }) => status)).toEqual([
    'complete',
    'interrupted',
    'running?',
    'interrupted',
    'stopped',
    'failed',
  ])
  expect(found.map(({ steps }) => steps)).toEqual([1000, 400, 400, 450, 400, 400])
})

test('gives the mean of the last hundred episodes, the best evaluation and the time', () => {
  const folder = emptyFolder()
  const run = join(folder, 'mine')
  const rows = [
    ...Array.from({ length: 150 }, (_, i) => episode(i + 1, i < 50 ? 1000 : 7)),
    { step: 150, 'eval/mean_return': 30 },
    { step: 200, 'eval/mean_return': 90 },
    { step: 250, 'eval/mean_return': 60 },
  ]
  writeRun(run, { rows, finalStep: 1000 })
  writeEvents(run, '1', [1000, 1005, 1012])
  writeEvents(run, '2', [9000, 9003]) // resumed later
  expect(listed(folder, 'mine')).toMatchObject([{ lastReturn: 7, bestReturn: 90, seconds: 15 }])
})

test('says of torn, damaged and foreign folders what is wrong, and lists the others', () => {
  const folder = emptyFolder()
  const at = (name: string) => join(folder, 'runs', name)
  writeRun(at('a-whole'), { rows: [episode(10, 5)], finalStep: 1000 })
  writeRun(at('b-torn'), { rows: [episode(10, 5)] })
  appendFileSync(join(at('b-torn'), 'metrics.jsonl'), '{"step":20,"charts/ep')
  writeRun(at('c-damaged'))
  writeFileSync(
    join(at('c-damaged'), 'metrics.jsonl'),
    'x\n[]\n{"step":3,"a":null}\n{"step":"4"}\n',
  )
  mkdirSync(at('d-foreign'))
  writeFileSync(join(at('d-foreign'), 'holiday.jpg'), 'not a run')
  mkdirSync(at('e-config'))
  writeFileSync(join(at('e-config'), 'config.yaml'), 'agent: [dqn')
  writeRun(at('f-folder'))
  mkdirSync(join(at('f-folder'), 'final', 'model.json'), { recursive: true })
  writeFileSync(join(folder, 'runs', 'notes.txt'), 'not a folder')
  mkdirSync(at('g-file'))
  mkdirSync(join(at('g-file'), 'config.yaml'))
  writeRun(at('h-events'))
  writeFileSync(join(at('h-events'), 'events.out.tfevents.1'), Buffer.alloc(500, 0xff))

  const found = new Map(listed(folder).map((row) => [row.runDir.slice('runs/'.length), row]))
  const problems = (name: string) => found.get(name)!.problems.join('; ')
  expect(problems('a-whole')).toBe('')
  expect(problems('b-torn')).toBe('metrics.jsonl: its last line is torn')
  expect(found.get('b-torn')!.lastReturn).toBe(5)
  expect(problems('c-damaged')).toBe(
    'metrics.jsonl: 3 of its lines hold no row, the first is line 1',
  )
  expect(problems('d-foreign')).toBe('no config.yaml: not a run')
  expect(found.get('d-foreign')!.status).toBe('not a run')
  expect(problems('e-config')).toContain('config.yaml')
  expect(problems('f-folder')).toContain('final/model.json does not hold a model')
  expect(problems('g-file')).toContain('cannot be read')
  expect(found.get('h-events')!.seconds).toBe(0)
  expect(found.size).toBe(8)

  const { status, stdout } = wnRl(['runs'], folder)
  expect(status).toBe(0)
  expect(stdout).toMatch(/^complete .* runs\/a-whole$/m)
  expect(stdout).toMatch(/^not a run .* runs\/d-foreign \(no config\.yaml: not a run\)$/m)
})

test('says that there is nothing, and refuses what is no folder', () => {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'runs'))
  expect(wnRl(['runs'], folder).stdout).toBe('no runs in runs\n')
  const { status, stderr } = wnRl(['runs', 'nowhere'], folder)
  expect(stderr).toBe('wn-rl: nowhere cannot be listed; name a folder that holds runs\n')
  expect(status).toBe(2)
})
