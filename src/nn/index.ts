/** Weight-normalized networks, their optimizers and losses. */
export { clipByGlobalNorm, gradientsOf, type NamedTensors } from './gradients.ts'
export { AffineLayer } from './affine.ts'
export type { AffineParts } from './affine.ts'
export { Branches, withSharedTrunk } from './branches.ts'
export {
  categoricalProbabilities,
  categoricalTerms,
  gaussianSample,
  gaussianTerms,
  multiDiscreteProbabilities,
  multiDiscreteTerms,
  type PolicyTerms,
  squashedGaussian,
} from './distributions.ts'
export { flatten } from './layer.ts'
export type { InitializationReport, Layer } from './layer.ts'
export { ACTIVATIONS, NORMALIZATIONS } from './layer-spec.ts'
export type { Activation, LayerSpec, Normalization } from './layer-spec.ts'
export { conv2d, dense } from './layers.ts'
export type { AffineOptions } from './layers.ts'
export { entropyOf, huber, logProbabilities, pick } from './losses.ts'
export { withoutIllegal } from './masks.ts'
export { minatarConv, mlp, natureConv, Network, networkFrom } from './network.ts'
export type { LayerReport, NetworkFactory, NetworkOptions, Parameters } from './network.ts'
export type { LayerVariables, Normalizer } from './normalizers.ts'
export { observationEncoder, type ObservationEncoder } from './observations.ts'
export { dormantFraction, NORM_METRICS, statisticsNoise, weightMetrics } from './norm-metrics.ts'
export type { Layered, StatisticsNoiseOptions } from './norm-metrics.ts'
export { createOptimizer, optimizerInputs } from './optimizers.ts'
export type {
  AdamOptions,
  Optimizer,
  OptimizerOptions,
  OptimizerScalars,
  RmsPropOptions,
  SgdOptions,
} from './optimizers.ts'
export { clippedSurrogate, ppoLoss, valueLossOf } from './policy-losses.ts'
export {
  batchMoments,
  batchNorm,
  batchNormInference,
  foldBatchNorm,
  layerNorm,
  meanOnlyBatchNorm,
  trackStatistics,
} from './statistics.ts'
export type { Moments, ScaleAndShift } from './statistics.ts'
export {
  bestActions,
  discountedTarget,
  dueling,
  duelingDistribution,
  pickDistribution,
  type TdLossOptions,
  weightedMean,
  weightedTdLoss,
} from './td-losses.ts'
export { atomsOf, type Support } from './support.ts'
export {
  crossEntropy,
  expectedValues,
  projectedDistribution,
  quantileHuber,
  quantileMeans,
  quantileTargets,
} from './value-distributions.ts'
export { readVariableTensors, variableTensors } from './variable-state.ts'
export { columnNorms, weightNorm } from './weight-norm.ts'
export type { LinearMap, Projection } from './weights.ts'
