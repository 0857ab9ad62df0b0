/** Words of a client with their web addresses; nothing but http and https is ever a link. */
export interface Part {
  text: string
  href: string | null
}

const ADDRESS = /https?:\/\/[^\s<>"']+/gi
const TRAILING = /[.,;:!?)\]}»…]+$/u

function address(text: string): string | null {
  try {
    const { protocol, href } = new URL(text)
    return protocol === 'http:' || protocol === 'https:' ? href : null
  } catch {
    return null
  }
}

/** The text in its order, cut where addresses begin and end. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const found of text.matchAll(ADDRESS)) {
    const words = found[0].replace(TRAILING, '')
    const href = address(words)
    if (href === null) continue
    if (found.index > end) parts.push({ text: text.slice(end, found.index), href: null })
    parts.push({ text: words, href })
    end = found.index + words.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null })
  return parts
}
