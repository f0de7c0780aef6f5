/** What the tests use of omggif, which brings no types. */
declare module 'omggif' {
  export class GifReader {
    readonly width: number
    readonly height: number
    constructor(bytes: Uint8Array)
    numFrames(): number
    /** 0: for ever. */
    loopCount(): number
    /** delay in 1/100 s */
    frameInfo(frame: number): { readonly delay: number; readonly disposal: number }
    /** Lays a frame over `pixels`, [height, width, 4]; transparent pixels stay. */
    decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void
  }
}
