/** Weight-normalized networks, their optimizers and losses. */
export { clipByGlobalNorm, gradientsOf, type NamedTensors } from './gradients.ts'
export { ACTIVATIONS, AffineLayer, conv2d, dense, flatten, NORMALIZATIONS } from './layers.ts'
export type {
  Activation,
  AffineOptions,
  AffineParts,
  InitializationReport,
  Layer,
  LayerVariables,
  Normalization,
} from './layers.ts'
export { entropyOf, huber, logProbabilities, pick } from './losses.ts'
export { minatarConv, mlp, natureConv, Network, networkFrom } from './network.ts'
export type {
  LayerReport,
  LayerSpec,
  NetworkFactory,
  NetworkOptions,
  Parameters,
} from './network.ts'
export { observationEncoder, type ObservationEncoder } from './observations.ts'
export { createOptimizer, optimizerInputs } from './optimizers.ts'
export type {
  AdamOptions,
  Optimizer,
  OptimizerOptions,
  OptimizerScalars,
  RmsPropOptions,
  SgdOptions,
} from './optimizers.ts'
export { readVariableTensors, variableTensors } from './variable-state.ts'
export { columnNorms, weightNorm } from './weight-norm.ts'
