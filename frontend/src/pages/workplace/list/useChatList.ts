import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { useApi } from '@/api/client'
import { useWords } from '@/parts/useLoad'
import type { Box, ChatPage, ChatRow } from '../types'
import { joined, renewed } from './order'

const TYPING_MS = 300
const MOST_IDS = 100

function question(box: Box, q: string, ids: number[] = []): URLSearchParams {
  return new URLSearchParams([['box', box], ...(q.trim() ? [['q', q.trim()]] : []), ...ids.map(id => ['ids', String(id)])])
}

/** One list of conversations, page after page. An answer for a list that was left meanwhile is dropped. */
export function useChatList(first: Box) {
  const api = useApi()
  const words = useWords()
  const box = ref<Box>(first)
  const q = ref('')
  const rows = shallowRef<ChatRow[] | null>(null)
  const state = reactive({ next: null as string | null, problem: '', loading: false })
  const searching = computed(() => q.value.trim() !== '')
  let asked = 0
  let missed = false

  async function read(more: boolean): Promise<void> {
    const mine = ++asked
    state.loading = true
    const query = question(box.value, q.value)
    if (more && state.next) query.set('next', state.next)
    try {
      const page = await api.get<ChatPage>(`workplace/chats?${query}`)
      if (mine !== asked) return
      rows.value = more ? joined(rows.value ?? [], page.items, box.value) : page.items
      Object.assign(state, { next: page.next, problem: '' })
    } catch (error) {
      if (mine === asked) state.problem = words(error)
    } finally {
      if (mine === asked) state.loading = false
    }
    if (mine === asked && missed) {
      missed = false
      await read(false)
    }
  }

  /** Reads some conversations again; the rows that came, those that are in no list of this user left out. */
  async function renew(ids: number[]): Promise<ChatRow[]> {
    const [mine, wanted] = [asked, ids.slice(0, MOST_IDS)]
    const query = question(box.value, q.value, wanted)
    const { items } = await api.get<ChatPage>(`workplace/chats?${query}`)
    // A list that is on its way may be older than this change: it is read once more.
    if (mine !== asked || state.loading) missed = true
    if (mine === asked && rows.value !== null) rows.value = renewed(rows.value, wanted, items, box.value, !searching.value)
    return items
  }

  /** What the page itself knows better than the list: that a conversation was read. */
  function change(id: number, changes: Partial<ChatRow>): void {
    rows.value = rows.value?.map(row => (row.id === id ? { ...row, ...changes } : row)) ?? null
  }

  const refresh = () => read(false)
  watch(box, () => {
    rows.value = null
    void refresh()
  })
  whenTyped(q, refresh)

  return { box, q, rows, state, searching, refresh, renew, change, more: () => read(true) }
}

/** Typing is waited for. */
function whenTyped(text: Ref<string>, work: () => unknown): void {
  let typing: ReturnType<typeof setTimeout> | undefined
  watch(text, () => {
    clearTimeout(typing)
    typing = setTimeout(work, TYPING_MS)
  })
  onBeforeUnmount(() => clearTimeout(typing))
}

export type ChatList = ReturnType<typeof useChatList>
