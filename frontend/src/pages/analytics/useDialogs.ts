import { ref, shallowRef, watch } from 'vue'
import { useApi } from '@/api/client'
import { useWords } from '@/parts/useLoad'
import type { Chosen, DialogPage, LineDialog } from './types'

const LIMIT = 50

function query(chosen: Chosen, next: number | null): string {
  const parts = new URLSearchParams({ limit: String(LIMIT) })
  for (const [name, value] of Object.entries(chosen)) if (value !== undefined) parts.set(name, String(value))
  if (next !== null) parts.set('next', String(next))
  return `analytics/dialogs?${parts}`
}

/** The dialogs behind a figure, page after page; an answer about another figure is dropped. */
export function useDialogs(chosen: () => Chosen) {
  const api = useApi()
  const words = useWords()
  const items = shallowRef<LineDialog[] | null>(null)
  const next = ref<number | null>(null)
  const problem = ref('')
  const loading = ref(false)
  let asked = 0

  async function read(more: boolean): Promise<void> {
    const mine = ++asked
    loading.value = true
    try {
      const page = await api.get<DialogPage>(query(chosen(), more ? next.value : null))
      if (mine !== asked) return
      items.value = more ? [...(items.value ?? []), ...page.items] : page.items
      next.value = page.next
      problem.value = ''
    } catch (error) {
      if (mine === asked) problem.value = words(error)
    } finally {
      if (mine === asked) loading.value = false
    }
  }

  watch(chosen, () => void read(false), { immediate: true })
  return { items, next, problem, loading, refresh: () => read(false), more: () => read(true) }
}
