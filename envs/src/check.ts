/** gymnasium-js/check. */

export { checkEnv, checkEnvAsync } from './check/check-env.ts'
export type { AsyncEnvFunction, CheckEnvOptions, EnvFunction } from './check/check-env.ts'
export { CHECKS } from './check/finding.ts'
export type { CheckName, Finding, Severity } from './check/finding.ts'
