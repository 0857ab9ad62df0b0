import { computed, onActivated, onDeactivated, onMounted, provide, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { useShell } from '@/context'
import { useSending } from './compose/useSending'
import { makeWritings } from './compose/writing'
import { deskKey } from './desk'
import { makeKept } from './kept'
import { useChatList } from './list/useChatList'
import type { Talk } from './talk/useTalk'
import type { Box, DeskView } from './types'
import { useAlerts } from './useAlerts'
import { useUpdates } from './useUpdates'

/** What could not be read is read again after so long. */
const AGAIN_MS = 2000
/** Who waits is counted again at most so often. */
const COUNT_MS = 3000
/** A card shows no count, only what became of first messages of others. */
const CARD_MS = 15_000

/** Everything that the workplace page knows: its list, the open conversation, what was written, what is new. */
export function useDeskState(first: DeskView) {
  const api = useApi()
  const shell = useShell()
  const { t } = useI18n()
  const view = shallowRef<DeskView | null>(first)
  const opened = ref<number | null>(first.opens?.chat ?? null)
  const beginning = ref<{ chat: number | null } | null>(null)
  const talk = shallowRef<Talk | null>(null)
  const boxes: Box[] = first.card ? ['card'] : first.lists ? ['mine', 'unanswered', 'all'] : []
  const list = useChatList(first.card ? 'card' : first.operator ? 'mine' : 'all')
  const writings = makeWritings(makeKept(`omni.${shell.portal}.${first.user_id}.`), t('workplace.unsent.restored'))
  const sending = useSending(writings, (chatId, letter) => {
    if (chatId === opened.value) talk.value?.take(letter)
  })
  const alerts = useAlerts(computed(() => view.value?.waiting ?? 0), !first.card)
  const reload = useReload(async () => (view.value = await api.get<DeskView>('workplace')))
  const quiet = (work: Promise<unknown>) => void work.catch((error: unknown) => console.warn('The workplace could not be read', error))

  const updates = useUpdates({
    chat: () => opened.value,
    changed(ids, others) {
      const shown = list.rows.value ?? []
      const concern = [...ids, ...others.filter(id => shown.some(row => row.id === id))]
      if (concern.length > 0 && boxes.length > 0) list.renew(concern).then(alerts.tell).catch(() => setTimeout(list.refresh, AGAIN_MS))
      if (opened.value !== null && [...ids, ...others].includes(opened.value)) void talk.value?.load()
    },
    reset() {
      if (boxes.length > 0) void list.refresh()
      void talk.value?.load()
      sending.resume()
      quiet(reload(0))
    },
    moved: () => quiet(reload(view.value?.starts.length ? 0 : first.card ? CARD_MS : COUNT_MS)),
  })

  const open = (chatId: number | null) => (opened.value = chatId)
  const begin = (chat: number | null) => (beginning.value = { chat })
  provide(deskKey, { view, writings, sending, answering: updates.answering, open, begin, reload: () => reload(0) })
  onMounted(updates.start)
  onActivated(updates.start)
  onDeactivated(updates.stop)
  return { view, opened, open, beginning, begin, talk, boxes, list, updates, alerts, writings }
}

/** Reads at once, or a little later for all who asked meanwhile. */
function useReload(read: () => Promise<unknown>): (wait: number) => Promise<void> {
  let waiting: Promise<void> | null = null
  return wait => {
    if (wait === 0) return read().then(() => undefined)
    waiting ??= new Promise<void>(resolve => setTimeout(resolve, wait)).then(() => {
      waiting = null
      return read().then(() => undefined)
    })
    return waiting
  }
}
