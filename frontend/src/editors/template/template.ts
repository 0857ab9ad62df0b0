/** Puts `{{ name }}` into a template at the cursor, with a space before it where words would touch. */
export function insertAt(text: string, cursor: number, name: string): string {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)]
  const gap = before && !/\s$/.test(before) ? ' ' : ''
  return `${before}${gap}{{ ${variable(name)} }}${after}`
}

/** A name as a template writes it: a property of the visitor may be called anything. */
function variable(name: string): string {
  const parts = name.split('.')
  const last = parts.slice(2).join('.')
  return parts.length < 3 || /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(last) ? name : `${parts.slice(0, 2).join('.')}['${last.replace(/'/g, '')}']`
}

export interface Spot {
  line: number
  column: number
}

/** The line of a template in which something is wrong, parted where it begins; both count from 1. */
export function parted(text: string, { line, column }: Spot): [string, string] {
  const found = text.split('\n')[line - 1] ?? ''
  const at = Math.min(Math.max(column - 1, 0), found.length)
  return [found.slice(0, at), found.slice(at)]
}
