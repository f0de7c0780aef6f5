/**
 * The module's exports: the interpreter, and constants that become globals of the module, so that TypeScript reads the
 * codes of operations from here and they are written down once.
 */
export * from './elementwise'
export * from './epilogue'
export * from './matmul'
export * from './optimizer'
export * from './plan'
export * from './reduce'
export { SCAN_PROD, SCAN_SUM } from './scan'

/** The first byte of memory that the module's own tables leave free. */
export function arenaStart(): usize {
  return __heap_base
}
