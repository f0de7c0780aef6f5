import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Checkpoint, encodeCheckpoint, readCheckpoint } from '../../src/storage/checkpoint.ts'
import {
  checkpointPath,
  latestCheckpoint,
  listCheckpoints,
  removeCheckpointsAfter,
  writeCheckpoint,
} from '../../src/storage/checkpoint-folder.ts'
import { directoryStore, disk } from '../../src/storage/directory.ts'
import { manifestChecksum, memoryStore } from '../../src/storage/index.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'
import { faulty } from './faulty-files.ts'

/** One tensor of every dtype. */
const tensors: Checkpoint['state']['tensors'] = {
  'replay/obs': { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 255) },
  'network/w': { dtype: 'float32', shape: [2, 1], data: Float32Array.of(0.1, -3) },
  'statistics/mean': { dtype: 'float64', shape: [1], data: Float64Array.of(1 / 3) },
  actions: { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
  a: { dtype: 'int8', shape: [1], data: Int8Array.of(-128) },
  b: { dtype: 'int16', shape: [1], data: Int16Array.of(-2) },
  c: { dtype: 'uint16', shape: [1], data: Uint16Array.of(65_535) },
  d: { dtype: 'uint32', shape: [0, 4], data: new Uint32Array() },
}

function checkpointAt(globalStep: number): Checkpoint {
  return {
    agent: 'dqn',
    globalStep,
    library: '0.1.0',
    state: { json: { epsilon: 0.5, learning: { episodes: [1, 2] } }, tensors },
    run: { episodes: 7 },
    files: { 'model.json': new TextEncoder().encode('{}') },
  }
}

async function stored(checkpoint = checkpointAt(10)) {
  const store = memoryStore('runs/x/checkpoints/step-10')
  for (const [name, bytes] of encodeCheckpoint(checkpoint)) await store.write(name, bytes)
  return store
}

const steps = (runDir: string) => listCheckpoints(runDir)

/** The latest that reads, and what was said of those that do not. */
async function latest(runDir: string) {
  const refused: string[] = []
  const checkpoint = await latestCheckpoint(
    runDir,
    (each) => each,
    (reason) => refused.push(reason),
  )
  return { checkpoint, refused }
}

describe('a checkpoint', () => {
  test('is read as it was written, with every dtype', async () => {
    expect(await readCheckpoint(await stored())).toEqual(checkpointAt(10))
  })

  test('is read from the disk too', async () => {
    const runDir = emptyFolder()
    const path = await writeCheckpoint(runDir, checkpointAt(10), { keep: 1 })
    expect(path).toBe(checkpointPath(runDir, 10))
    expect(await readCheckpoint(directoryStore(path))).toEqual(checkpointAt(10))
  })

  test.each<[string, (manifest: Record<string, unknown>) => object, RegExp]>([
    ['of another format', (m) => ({ ...m, format: 'wn-rl model' }), /format/],
    ['of another version', (m) => ({ ...m, version: 2 }), /not a checkpoint of version 1: version/],
    [
      'of the version of states before n-step replay and masks',
      (m) => ({ ...m, stateVersion: 1 }),
      /stateVersion: states of version 1 cannot be read by this wn-rl, whose version is 3; resume with/,
    ],
    [
      'of the version of states of 0.1.0, whose models can be loaded',
      (m) => ({ ...m, stateVersion: 2 }),
      /states of version 2 cannot be read .* is 3; resume with .*, or load a model of its run/,
    ],
    ['of a later version of states', (m) => ({ ...m, stateVersion: 99 }), /states of version 99/],
    ['with an unknown key', (m) => ({ ...m, extra: 1 }), /extra/],
    ['whose state is no object', (m) => ({ ...m, state: [1] }), /state/],
    ['with a negative count', (m) => ({ ...m, globalStep: -1 }), /globalStep/],
    [
      'naming another file',
      (m) => ({ ...m, tensors: { ...(m['tensors'] as object), file: '../../../etc/passwd' } }),
      /tensors\.file/,
    ],
    [
      'of another size',
      (m) => ({ ...m, tensors: { ...(m['tensors'] as object), bytes: 8 } }),
      /state\.safetensors has \d+ bytes, 8 at most/,
    ],
    [
      'of an absurd size',
      (m) => ({ ...m, tensors: { ...(m['tensors'] as object), bytes: 2 ** 50 } }),
      /state\.safetensors does not match the checksum/,
    ],
    [
      'with a key __proto__',
      (m) => ({ ...m, run: JSON.parse('{"a": {"__proto__": {"polluted": 1}}}') as object }),
      /__proto__/,
    ],
  ])('%s is refused by name, though its checksum is right', async (_, change, message) => {
    const store = await stored()
    const text = new TextDecoder().decode(await store.read('checkpoint.json'))
    const { sha256: __, ...content } = JSON.parse(text) as Record<string, unknown>
    const changed = change(content)
    const sealed = JSON.stringify({ ...changed, sha256: manifestChecksum(changed) })
    await store.write('checkpoint.json', new TextEncoder().encode(sealed))
    await expect(readCheckpoint(store)).rejects.toThrow(message)
    await expect(readCheckpoint(store)).rejects.toThrow(/^runs\/x\/checkpoints\/step-10\//)
    expect('polluted' in {}).toBe(false)
  })

  test('nested deeper than the engine goes is refused by name', async () => {
    const store = await stored()
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    await store.write('checkpoint.json', new TextEncoder().encode(`{"run":${deep}}`))
    await expect(readCheckpoint(store)).rejects.toThrow(/checkpoint\.json is not JSON/)
  })
})

describe('the checkpoints of a run', () => {
  test('are the latest few; the files beside each are its own', async () => {
    const runDir = emptyFolder()
    const beside = new Map([['model.json', Uint8Array.of(1)]])
    for (const step of [9, 10, 100, 1000])
      await writeCheckpoint(runDir, checkpointAt(step), { keep: 2, beside })
    expect(await steps(runDir)).toEqual([1000, 100])
    expect((await readdir(checkpointPath(runDir, 100))).sort()).toEqual([
      'checkpoint.json',
      'model.json',
      'state.safetensors',
    ])
  })

  test('a damaged one is passed over for the one before it, and said', async () => {
    const runDir = emptyFolder()
    for (const step of [1, 2, 3]) await writeCheckpoint(runDir, checkpointAt(step), { keep: 3 })
    const torn = join(checkpointPath(runDir, 3), 'state.safetensors')
    await writeFile(torn, (await readFile(torn)).subarray(0, -1))
    const altered = join(checkpointPath(runDir, 2), 'state.safetensors')
    const bytes = await readFile(altered)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(altered, bytes)
    const { checkpoint, refused } = await latest(runDir)
    expect(checkpoint?.globalStep).toBe(1)
    expect(refused).toEqual([
      `${torn} does not match the checksum in checkpoint.json: it is torn or was altered`,
      `${altered} does not match the checksum in checkpoint.json: it is torn or was altered`,
    ])
  })

  test('one that was renamed is refused, and so is one without its manifest', async () => {
    const runDir = emptyFolder()
    for (const step of [1, 2]) await writeCheckpoint(runDir, checkpointAt(step), { keep: 3 })
    await rename(checkpointPath(runDir, 2), checkpointPath(runDir, 3))
    await mkdir(checkpointPath(runDir, 4))
    const { checkpoint, refused } = await latest(runDir)
    expect(checkpoint?.globalStep).toBe(1)
    expect(refused[0]).toMatch(/step-4.checkpoint\.json cannot be read: it does not exist/)
    expect(refused[1]).toMatch(/step-3 holds timestep 2: it was renamed/)
  })

  test('none that reads is an error and not a new beginning; none at all is', async () => {
    const runDir = emptyFolder()
    expect(await latest(runDir)).toEqual({ checkpoint: undefined, refused: [] })
    await mkdir(checkpointPath(runDir, 4), { recursive: true })
    await expect(latest(runDir)).rejects.toThrow(/none of the checkpoints of .* reads/)
  })

  test('those of a future that is not taken are removed, and what a killed process left', async () => {
    const runDir = emptyFolder()
    for (const step of [1, 2, 3]) await writeCheckpoint(runDir, checkpointAt(step), { keep: 3 })
    await mkdir(`${checkpointPath(runDir, 4)}.tmp`)
    await mkdir(`${checkpointPath(runDir, 0)}.old`)
    await removeCheckpointsAfter(runDir, 2)
    expect((await readdir(join(runDir, 'checkpoints'))).sort()).toEqual(['step-1', 'step-2'])
  })

  test('a link that leads to no file is refused', async () => {
    const runDir = emptyFolder()
    await writeCheckpoint(runDir, checkpointAt(1), { keep: 3 })
    const path = checkpointPath(runDir, 2)
    await mkdir(join(path, 'checkpoint.json'), { recursive: true })
    const { checkpoint, refused } = await latest(runDir)
    expect(checkpoint?.globalStep).toBe(1)
    expect(refused[0]).toMatch(/checkpoint\.json cannot be read: it is not a file/)
  })
})

describe('a disk that fails', () => {
  const CODES = ['ENOSPC', 'EIO', 'EACCES']
  const CAUSE = /no space is left|input\/output error|permission denied/

  /** Writes step 2 over step 1, with the n-th operation failing, for all n. */
  async function everyFault(
    faults: { code: string; andAllAfter?: boolean },
    check: (runDir: string, error: unknown) => Promise<void>,
  ): Promise<number> {
    for (let at = 0; ; at++) {
      const runDir = emptyFolder()
      await writeCheckpoint(runDir, checkpointAt(1), { keep: 1 })
      const { files, wasReached } = faulty(disk, { at, ...faults })
      const error: unknown = await writeCheckpoint(runDir, checkpointAt(2), {
        keep: 1,
        files,
      }).catch((caught: unknown) => caught)
      if (!wasReached()) return at
      await check(runDir, error)
    }
  }

  test.each(CODES)(
    'with %s leaves the checkpoint before, and says what it could not do',
    async (code) => {
      const operations = await everyFault({ code }, async (runDir, error) => {
        expect((error as Error).message).toMatch(CAUSE)
        expect((error as Error).message).toContain(`(${code})`)
        expect((error as Error).message).toContain(join(runDir, 'checkpoints'))
        const { checkpoint, refused } = await latest(runDir)
        expect(refused).toEqual([])
        expect([1, 2]).toContain(checkpoint?.globalStep)
        await writeCheckpoint(runDir, checkpointAt(3), { keep: 1 })
        expect(await readdir(join(runDir, 'checkpoints'))).toEqual(['step-3'])
      })
      // Folders, two files written and flushed, folders flushed, renames and removals: none was forgotten.
      expect(operations).toBeGreaterThanOrEqual(12)
    },
  )

  test('and takes the process with it leaves a whole checkpoint, and litter that goes away', async () => {
    await everyFault({ code: 'EIO', andAllAfter: true }, async (runDir) => {
      const { checkpoint, refused } = await latest(runDir)
      expect(refused).toEqual([])
      expect([1, 2]).toContain(checkpoint?.globalStep)
      await writeCheckpoint(runDir, checkpointAt(3), { keep: 1 })
      expect(await readdir(join(runDir, 'checkpoints'))).toEqual(['step-3'])
    })
  })

  test('leaves one of the same timestep as it was', async () => {
    for (let at = 0; ; at++) {
      const runDir = emptyFolder()
      await writeCheckpoint(runDir, checkpointAt(1), { keep: 1 })
      const { files, wasReached } = faulty(disk, { at, code: 'EIO' })
      await writeCheckpoint(runDir, checkpointAt(1), { keep: 1, files }).catch(() => undefined)
      expect((await latest(runDir)).checkpoint?.globalStep).toBe(1)
      if (!wasReached()) break
    }
  })

  test('that is full says so before anything is written', async () => {
    const runDir = emptyFolder()
    await writeCheckpoint(runDir, checkpointAt(1), { keep: 1 })
    const files = { ...disk, free: () => Promise.resolve(100) }
    const write = writeCheckpoint(runDir, checkpointAt(2), { keep: 1, files })
    await expect(write).rejects.toThrow(
      /step-2 cannot be written \(\d+ bytes, 100 are free\): no space/,
    )
    expect(await readdir(join(runDir, 'checkpoints'))).toEqual(['step-1'])
  })
})
