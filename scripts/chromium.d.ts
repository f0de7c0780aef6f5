/** For tests, which are TypeScript: see chromium.js. */
export declare const CHROMIUM_FLAGS: string[]
export declare const SOURCES: string
export declare class Missing extends Error {}
export declare function findChromium(): string
