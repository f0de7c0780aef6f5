/** One hash for all parameters: two runs that learned the same have the same digest, and no others do. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { encodeSafetensors, type HostTensors } from './safetensors.ts'

interface NativeHash {
  update(bytes: Uint8Array): NativeHash
  digest(encoding: 'hex'): string
}

/** What of Node's (and Bun's and Deno's) crypto is used, without an import that browsers would stumble over. */
type NativeCrypto = { createHash(name: 'sha256'): NativeHash } | undefined

const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => NativeCrypto } })
  .process
/** Some ten times faster than any JavaScript, which checkpoints feel. */
const native = host?.getBuiltinModule?.('node:crypto')

/** Bytes that go into a hash at once: Node's takes less than 2 GiB, which a large replay buffer has. */
const PIECE = 2 ** 30

/** SHA-256 of bytes, in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  if (!native) return bytesToHex(sha256(bytes))
  const hash = native.createHash('sha256')
  for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE))
  return hash.digest('hex')
}

/** SHA-256 over parameters in name order: names, shapes and little-endian float32 values. */
export function digestOf(tensors: HostTensors): string {
  return sha256Hex(encodeSafetensors(tensors))
}
