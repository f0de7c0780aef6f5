/** What is stored: model files, checkpoints, the formats that they are made of, and places to keep them. */
export * from './checkpoint-state.ts'
export * from './digest.ts'
export * from './fetch-store.ts'
export * from './file-store.ts'
export { manifestChecksum } from './manifest.ts'
export * from './model-file.ts'
export * from './safetensors.ts'
