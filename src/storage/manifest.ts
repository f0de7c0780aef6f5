/**
 * Manifests: JSON files that say what lies beside them, with sizes and checksums, and that carry a checksum of
 * themselves. Model files and checkpoints are both read through here: nothing is read before its size is known to be
 * right, and nothing is believed before its checksum is. The checksums tell damage and careless edits; they are no
 * signature.
 */
import { messageOf } from '../errors.ts'
import { sha256Hex } from './digest.ts'
import { type Check, fields, matching, text, whole } from './fields.ts'
import type { ReadableStore } from './file-store.ts'

/** Of a manifest; ours are a few kilobytes, those of checkpoints of many environments a few megabytes. */
export const MAX_MANIFEST_BYTES = 1 << 26
/** Of one that is written with white space, for people: in a longer one it would take more room than what it says. */
const MAX_PRETTY = 1 << 18

/** A file beside a manifest. */
export interface ListedFile {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** Of the entry of a file. @param name what it may be called: never a path */
export function listedFile(name: RegExp): Check<ListedFile> {
  return fields({ file: matching(name), bytes: whole(), sha256: text })
}

/** The entry of a file in a manifest. */
export function listFile(file: string, bytes: Uint8Array, sha256 = sha256Hex(bytes)): ListedFile {
  return { file, bytes: bytes.length, sha256 }
}

/**
 * The bytes of a manifest, with its own checksum as the last entry.
 *
 * @throws RangeError for one that is longer than `readManifest` reads
 */
export function sealManifest(content: object): Uint8Array {
  const manifest = { ...content, sha256: manifestChecksum(content) }
  const text = JSON.stringify(manifest)
  const pretty = text.length > MAX_PRETTY ? text : JSON.stringify(manifest, undefined, 2)
  const bytes = new TextEncoder().encode(pretty + '\n')
  if (bytes.length <= MAX_MANIFEST_BYTES) return bytes
  throw new RangeError(
    `a manifest would have ${bytes.length} bytes, of which ${MAX_MANIFEST_BYTES} at most can be read again`,
  )
}

/** SHA-256 of a manifest without its own `sha256`, as JSON without white space, keys in the file's order. */
export function manifestChecksum(manifest: object): string {
  const { sha256: _, ...content } = manifest as { sha256?: unknown }
  return sha256Hex(new TextEncoder().encode(JSON.stringify(content)))
}

/**
 * Reads a manifest.
 *
 * @param check of its fields
 * @param what it should be, for errors: "a model of version 1"
 * @throws Error naming the file and the reason, for one that is missing, torn, altered or of another version
 */
export async function readManifest<T extends { readonly sha256: string }>(
  store: ReadableStore,
  name: string,
  check: Check<T>,
  what: string,
): Promise<T> {
  const path = `${store.location}/${name}`
  const json = parseJson(await store.read(name, MAX_MANIFEST_BYTES), path)
  const manifest = checked(json, check, `${path} is not ${what}`)
  // Of the file's own keys and values, in its own order.
  if (manifestChecksum(json as object) === manifest.sha256) return manifest
  throw new Error(
    `${path} does not match its own checksum: it is torn or was altered; docs/runs.md says how one of your own is sealed`,
  )
}

/** Reads a file that a manifest lists. @throws Error naming the file if its size or checksum is another */
export async function readListed(
  store: ReadableStore,
  listed: ListedFile,
  manifest: string,
): Promise<Uint8Array> {
  const bytes = await store.read(listed.file, listed.bytes)
  if (bytes.length === listed.bytes && sha256Hex(bytes) === listed.sha256) return bytes
  throw new Error(
    `${store.location}/${listed.file} does not match the checksum in ${manifest}: it is torn or was altered`,
  )
}

function checked<T>(json: unknown, check: Check<T>, refusal: string): T {
  try {
    return check(json, '')
  } catch (error) {
    throw new Error(`${refusal}: ${messageOf(error).replace(/^: /, '')}`, { cause: error })
  }
}

/**
 * @throws Error naming the file, for what is no JSON, is nested deeper than the engine goes, or has a key `__proto__`,
 *   which no writer of ours makes
 */
function parseJson(bytes: Uint8Array, path: string): unknown {
  const forbidden: string[] = []
  let json: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    json = JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') forbidden.push(key)
      return value
    })
  } catch {
    throw new Error(`${path} is not JSON that can be read: it is torn or was altered`)
  }
  if (forbidden.length === 0) return json
  throw new Error(`${path} has a key __proto__, which no model or checkpoint has: it was altered`)
}
