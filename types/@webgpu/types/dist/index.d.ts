/**
 * Nothing: what TypeScript 6 has in lib.dom.d.ts already, and tfjs's declarations would bring a second time. For
 * projects that check declarations (`skipLibCheck: false`): see docs/typescript.md.
 */
export {}
