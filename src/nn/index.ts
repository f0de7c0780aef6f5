/** Weight-normalized networks, their optimizers and losses. */
export { ActorCritic, createActorCritic } from './actor-critic.ts'
export type { ActorCriticOptions, ActorCriticOutputs } from './actor-critic.ts'
export { clipByGlobalNorm, gradientsOf, type NamedTensors } from './gradients.ts'
export { minimize } from './minimize.ts'
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
export type { Layer, LayerReport } from './layer.ts'
export { ACTIVATIONS, NORMALIZATIONS } from './layer-spec.ts'
export type { Activation, LayerSpec, Normalization } from './layer-spec.ts'
export { conv2d, dense } from './layers.ts'
export type { AffineOptions } from './layers.ts'
export { entropyOf, huber, logProbabilities, pick } from './losses.ts'
export { withoutIllegal } from './masks.ts'
export { minatarConv, mlp, natureConv, Network, networkFrom } from './network.ts'
export type { NetworkFactory, NetworkOptions, Parameters } from './network.ts'
export type { LayerVariables, Normalizer } from './normalizers.ts'
export { observationEncoder, type ObservationEncoder } from './observations.ts'
export { dormantFraction, NORM_METRICS, statisticsNoise, weightMetrics } from './norm-metrics.ts'
export type { Layered, StatisticsNoiseOptions } from './norm-metrics.ts'
export { createOptimizer } from './optimizers.ts'
export type {
  AdamOptions,
  Optimizer,
  OptimizerOptions,
  RmsPropOptions,
  SgdOptions,
} from './optimizers.ts'
export { clippedSurrogate, valueLossOf } from './policy-losses.ts'
export { qHead, qNetwork, type QHead, type QHeadOptions } from './q-heads.ts'
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
