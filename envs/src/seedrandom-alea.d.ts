/** The part of seedrandom that rng.ts uses; @types/seedrandom describes only the package's main file. */
declare module 'seedrandom/lib/alea.js' {
  function alea(seed: string, options: { state: true | alea.AleaState }): alea.AleaGenerator

  namespace alea {
    interface AleaState {
      readonly c: number
      readonly s0: number
      readonly s1: number
      readonly s2: number
    }

    interface AleaGenerator {
      /** 53 random bits in [0, 1). */
      double(): number
      state(): AleaState
    }
  }

  export = alea
}
