import { ref } from 'vue'
import { useApi } from '@/api/client'
import type { DirectoryItem } from '@/api/types'

/** Paths whose values are ids, and the directory that names them. */
const DIRECTORIES: Record<string, string> = {
  'channels.ids': 'channels',
  'responsible.default_user_id': 'users',
  'responsible.substitute_user_id': 'users',
  'pipeline.default.category_id': 'pipelines',
  'pipeline.default.stage_id': 'stages',
}

/** Titles by id; an id that means several things (stage NEW of leads and of deals) is left out. */
export function titlesOf(items: DirectoryItem[]): Map<string, string> {
  const counts = new Map<string, number>()
  for (const { id } of items) counts.set(String(id), (counts.get(String(id)) ?? 0) + 1)
  return new Map(items.filter(({ id }) => counts.get(String(id)) === 1).map(({ id, title }) => [String(id), title]))
}

/** Names for ids in a comparison of two versions; the directories are read when `load()` is called. */
export function useNaming() {
  const api = useApi()
  const titles = ref<Record<string, Map<string, string>>>({})

  async function load(): Promise<void> {
    const names = [...new Set(Object.values(DIRECTORIES))]
    const lists = await Promise.allSettled(names.map(name => api.get<DirectoryItem[]>(`directory/${name}`)))
    // A directory that cannot be read leaves its ids as they are.
    titles.value = Object.fromEntries(
      lists.map((list, index) => [names[index], titlesOf(list.status === 'fulfilled' ? list.value : [])]),
    )
  }

  function naming(path: string, value: unknown): string | undefined {
    const known = titles.value[DIRECTORIES[path] ?? '']
    if (!known || value === null) return undefined
    const named = (Array.isArray(value) ? value : [value]).map(id => known.get(String(id)) ?? String(id))
    return named.join(', ') || undefined
  }

  return { naming, load }
}
