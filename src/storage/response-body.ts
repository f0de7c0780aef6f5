/** What a server sent, as far as it may be long: for stores over fetch, with tfjs and without. */
import { requireAtMost } from './file-store.ts'

/** The body's bytes; one that is longer than it may be is not read to its end. */
export async function bodyOf(
  response: Response,
  maxBytes: number | undefined,
  file: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) break
    chunks.push(chunk.value)
    bytes += chunk.value.length
    if (maxBytes !== undefined && bytes > maxBytes) await reader?.cancel()
    requireAtMost(bytes, maxBytes, file)
  }
  return joined(chunks, bytes)
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
