/**
 * Text from elsewhere (names of environments, folders, metrics, keys, messages) as it may be shown: in a terminal, where a
 * control character moves the cursor or changes what stands there already, and in XML, which may not hold most of them.
 */

/**
 * Control characters (C0, DEL, C1), line separators, marks that turn the direction of text, and halves of characters.
 * Joiners stay, which some scripts and emoji need.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text in one line, what would not be seen as escapes: ESC as `\u001b`. */
export function shown(text: string): string {
  return text.replace(HIDDEN, (letter) => SHORT[letter] ?? unicodeEscape(letter))
}

/** JSON of a value, with the same letters as JSON's own escapes: it reads as the same value. */
export function shownJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, unicodeEscape)
}

/** As the text of an XML element, or an attribute's value. */
export function shownInXml(text: string): string {
  return shown(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter]!)
}

function unicodeEscape(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
