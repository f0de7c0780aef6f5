/** Metrics writers; the file-system half is in `files.ts`. */
export { tensorBoardHeader, tensorBoardScalars } from './tensorboard.ts'
export { csvHeader, csvRow, jsonLine } from './writer.ts'
export type { Metrics, MetricsWriter } from './writer.ts'
