/** Path of a page of this portal; null for anything else, since a link of a journal must not lead elsewhere. */
export function portalPath(url: string | null, portal: string): string | null {
  if (!url || !portal) return null
  try {
    const target = new URL(url, portal)
    if (target.origin !== new URL(portal).origin) return null
    return target.pathname + target.search
  } catch {
    return null
  }
}
