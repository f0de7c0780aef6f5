/** One hash for all parameters: two runs that learned the same have the same digest, and no others do. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { encodeSafetensors, type HostTensors } from './safetensors.ts'

/** SHA-256 of bytes, in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/** SHA-256 over parameters in name order: names, shapes and little-endian float32 values. */
export function digestOf(tensors: HostTensors): string {
  return sha256Hex(encodeSafetensors(tensors))
}
