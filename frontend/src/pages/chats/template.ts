/** Puts `{{ name }}` into a template at the cursor, with a space before it where words would touch. */
export function insertAt(text: string, cursor: number, name: string): string {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)]
  const gap = before && !/\s$/.test(before) ? ' ' : ''
  return `${before}${gap}{{ ${name} }}${after}`
}
