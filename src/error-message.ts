/** What a thrown value says of itself; not all that is thrown is an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
