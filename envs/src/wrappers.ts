/** gymnasium-js/wrappers. */

export { OrderEnforcing } from './wrappers/order-enforcing.ts'
export { RecordEpisodeStatistics } from './wrappers/record-episode-statistics.ts'
export type { EpisodeStatistics } from './wrappers/record-episode-statistics.ts'
export { TimeLimit } from './wrappers/time-limit.ts'
