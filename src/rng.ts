/**
 * Seeded randomness. The one generator of the project lives on the ground floor, because spaces and environments
 * draw from it too; agents take it from here, as named streams: `rng.stream('exploration')`.
 */
export { Rng, type RandomSource, type RngState, type Seed } from 'gymnasium-js'
