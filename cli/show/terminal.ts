/**
 * All lines that the command line prints. Much of what is in them comes from elsewhere, such as names in a folder that
 * somebody sent: letters that would do something to a terminal are shown as escapes, here and nowhere else.
 */
import { shown, shownJson } from '../../src/shown.ts'

/** A line on stdout. */
export function say(line: string): void {
  console.log(shown(line))
}

/** A value on stdout, in one line of JSON. */
export function sayJson(value: unknown): void {
  console.log(shownJson(value))
}

/** A line on stderr. */
export function complain(line: string): void {
  console.error(shown(line))
}
