/** One call of the journal as a line: its method first, then what else the server tells of it. */
export function callLine(call: Record<string, unknown>): string {
  const { method, ...rest } = call
  const parts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  return [method, ...parts].filter(Boolean).join(' · ')
}
