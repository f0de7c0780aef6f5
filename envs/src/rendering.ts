/**
 * gymnasium-js/rendering: a canvas for environments of one's own, and a GIF encoder. Videos of
 * episodes: `RecordVideo` in `gymnasium-js/wrappers`.
 */

export { Canvas } from './rendering/canvas.ts'
export type { Contour } from './rendering/coverage.ts'
export { frameOf } from './frame.ts'
export { GifEncoder, MAX_GIF_FPS } from './rendering/gif.ts'
export { arc, capsule, ellipse, rectangle, roundedRectangle, star } from './rendering/shapes.ts'
export { mix, Surface } from './rendering/surface.ts'
export type { Color } from './rendering/surface.ts'
export { compose, IDENTITY, rotation, scaling, translation } from './rendering/transform.ts'
export type { Transform } from './rendering/transform.ts'
