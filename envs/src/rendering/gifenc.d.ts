/** What we use of gifenc, which brings no types. */
declare module 'gifenc' {
  export type Palette = number[][] // of [red, green, blue]

  export interface FrameOptions {
    palette?: Palette
    /** ms */
    delay?: number
    transparent?: boolean
    transparentIndex?: number
    /** 1: the next frame is drawn over this one. */
    dispose?: number
    /** 0: for ever; read with the first frame. */
    repeat?: number
  }

  export interface Encoder {
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void
    finish(): void
    bytes(): Uint8Array
  }

  export function GIFEncoder(): Encoder
  /** @param rgba [pixels, 4] */
  export function quantize(rgba: Uint8Array, maxColors: number): Palette
  /** @returns index of the nearest colour [pixels]. */
  export function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array

  export interface Gifenc {
    GIFEncoder: typeof GIFEncoder
    quantize: typeof quantize
    applyPalette: typeof applyPalette
  }

  /** In Node all of the above, and nothing beside it; in bundlers GIFEncoder, which has none of it. */
  const gifenc: Partial<Gifenc>
  // eslint-disable-next-line import-x/no-default-export -- it is theirs
  export default gifenc
}
