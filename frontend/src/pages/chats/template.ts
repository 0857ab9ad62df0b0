/** Source fields offered for templates here; all others may be typed by hand. */
export const SOURCE_FIELDS = [
  'visitor.name',
  'visitor.phone',
  'visitor.email',
  'visitor.city',
  'chat.channel_name',
  'employee.full_name',
  'site.domain_name',
  'traffic.utm_source',
] as const

/** Puts `{{ name }}` into a template at the cursor, with a space before it where words would touch. */
export function insertAt(text: string, cursor: number, name: string): string {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)]
  const gap = before && !/\s$/.test(before) ? ' ' : ''
  return `${before}${gap}{{ ${name} }}${after}`
}
