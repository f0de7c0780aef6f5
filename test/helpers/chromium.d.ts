/** Of scripts/chromium.js. */
declare module '*/scripts/chromium.js' {
  export const CHROMIUM_FLAGS: string[]
  /** A runtime that is not here. */
  export class Missing extends Error {}
  /** @throws Missing */
  export function findChromium(): string
}
