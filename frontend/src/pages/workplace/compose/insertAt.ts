/** Text put in where the caret is, in place of what is marked; at the end where there is none. */
export function insertAt(text: string, piece: string, start?: number, end?: number): { value: string; caret: number } {
  const from = Math.min(start ?? text.length, text.length)
  const to = Math.min(Math.max(end ?? from, from), text.length)
  return { value: text.slice(0, from) + piece + text.slice(to), caret: from + piece.length }
}
