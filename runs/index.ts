/**
 * wn-rl/runs: what the command line does, for programs. A run is an agent trained on an environment, in a folder that
 * keeps its options, metrics, checkpoints and models; see docs/runs.md. For Node, Deno and Bun: runs are files.
 */
export { train, type TrainOptions } from './start.ts'
export { resume, type ResumeOptions } from './resume.ts'
export { reproduce, type ReproduceOptions, type Reproduction } from './reproduce.ts'
export type { Difference } from './repetition.ts'
export { evaluateRun, type EvaluateOptions, type RunEvaluation } from './evaluation.ts'
export { trainSeeds, type SeedsOptions } from './seeds/train.ts'
export type { SeedFailure, SeedOutcome, SeedWatcher } from './seeds/outcome.ts'
export type { SeedsSummary, SeedStatistics } from './seeds/summary.ts'
export type { Course, Progress, RunSummary, Score, StartProgress } from './run.ts'
export { type Standing, tellStanding } from './progress.ts'
export { readRunConfig, type RunConfig } from './config.ts'
export { type MetricsFile, type MetricsRow, metricsRows, readMetrics } from './metrics.ts'
export { findRuns, readRunFiles, type RunFiles } from './read.ts'
export {
  type Curve,
  type CurveOptions,
  type CurvePoint,
  type Curves,
  learningCurves,
} from './curves.ts'
export { drawSvg, type FigureOptions, rasterize } from './figure.ts'
export { UsageError } from '../src/errors.ts'
