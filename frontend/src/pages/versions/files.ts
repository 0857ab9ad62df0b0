/** Bytes; settings are far smaller, and the server takes no more. */
const LARGEST = 1_000_000

/** Hands a value to the browser as a file of JSON. */
export function download(name: string, value: unknown): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }))
  link.download = name
  link.click()
  // The browser has begun with it by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href))
}

/** The object in a file of JSON; null when there is none. */
export async function parsed(file: File): Promise<object | null> {
  if (file.size > LARGEST) return null
  try {
    const value: unknown = JSON.parse(await file.text())
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
