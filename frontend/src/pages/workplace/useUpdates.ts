import { onBeforeUnmount, onMounted, ref } from 'vue'
import { useApi } from '@/api/client'
import { Problem, SessionLost } from '@/api/problem'
import type { Answering, Updates } from './types'

const SHOWN_MS = 1000
const HIDDEN_MS = 10_000
/** So long a server that does not answer is left alone. */
const AWAY_MS = 3000

interface Wishes {
  /** The conversation that is open, for who writes there. */
  chat: () => number | null
  /** Conversations that changed: those of the lists of this user, and others. */
  changed: (ids: number[], others: number[]) => unknown
  /** Everything may have changed: also after the server was away. */
  reset: () => unknown
  /** Something happened that belongs to no conversation yet. */
  moved: () => unknown
}

/** Asks every second what is new, seldom while nobody looks. `away`: the server does not answer. */
export function useUpdates(wishes: Wishes) {
  const api = useApi()
  const away = ref(false)
  const answering = ref<Answering[]>([])
  let version: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  /** Nothing came last time: what happened meanwhile is not known. */
  let missed = false

  function take(told: Updates): void {
    const [first, moved] = [version === null, told.version !== version]
    version = told.version
    answering.value = told.answering
    if (first || told.reset || missed) void wishes.reset()
    else {
      if (told.changed.length + told.others.length > 0) void wishes.changed(told.changed, told.others)
      if (moved) void wishes.moved()
    }
    missed = away.value = false
  }

  async function look(): Promise<void> {
    const query = new URLSearchParams()
    const chat = wishes.chat()
    if (version !== null) query.set('since', String(version))
    if (chat !== null) query.set('chat', String(chat))
    try {
      take(await api.get<Updates>(`workplace/updates?${query}`))
    } catch (error) {
      if (!(error instanceof Problem || error instanceof SessionLost)) throw error
      missed = true
      // A session that is over is said above the page, with its own way out.
      away.value = error instanceof Problem
    }
  }

  async function turn(): Promise<void> {
    clearTimeout(timer)
    await look()
    if (running) timer = setTimeout(turn, missed ? AWAY_MS : document.visibilityState === 'visible' ? SHOWN_MS : HIDDEN_MS)
  }

  function start(): void {
    if (running) return
    running = true
    void turn()
  }

  function stop(): void {
    running = false
    clearTimeout(timer)
  }

  onShown(() => running && turn())
  onBeforeUnmount(stop)
  return { away, answering, start, stop, look: () => void turn() }
}

/** Somebody looks again: not after ten seconds but now. */
function onShown(work: () => unknown): void {
  const shown = () => document.visibilityState === 'visible' && void work()
  onMounted(() => document.addEventListener('visibilitychange', shown))
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', shown))
}
