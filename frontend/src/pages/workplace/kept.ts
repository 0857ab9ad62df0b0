/** What must outlive a reload, in this tab only. Storage of a frame may be forbidden: then memory has to do. */
export interface Kept {
  read<T>(name: string): T | null
  /** `null` forgets. */
  write(name: string, value: unknown): void
}

/** `place`: what tells this portal and user from others in the same browser. */
export function makeKept(place: string, storage: () => Storage = () => window.sessionStorage): Kept {
  const memory = new Map<string, string>()

  function attempt<T>(work: (storage: Storage) => T): T | null {
    try {
      return work(storage())
    } catch {
      // Blocked together with third-party cookies, or full: what is in memory is as good until a reload.
      return null
    }
  }

  return {
    read(name) {
      const text = memory.get(name) ?? attempt(store => store.getItem(place + name))
      return text ? JSON.parse(text) : null
    },
    write(name, value) {
      const text = value === null ? null : JSON.stringify(value)
      if (text === null) memory.delete(name)
      else memory.set(name, text)
      attempt(store => (text === null ? store.removeItem(place + name) : store.setItem(place + name, text)))
    },
  }
}
