import { ref, watchEffect, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFrame } from '@/context'
import { makeKept } from './kept'
import type { ChatRow } from './types'

const permission = () => ('Notification' in window ? Notification.permission : 'denied')

/** Who looks elsewhere hears of new words: by the number in the title, and by the browser where it lets us. */
export function useAlerts(waiting: Ref<number>, titled: boolean) {
  const { t } = useI18n()
  const frame = useFrame()
  const asks = ref(permission() === 'default')
  const told = new Map<number, string>()
  // Chrome and others ask nobody for permission from within a frame of another site, and say so to nobody either.
  const kept = makeKept('omni.alerts.', () => window.localStorage)
  const blocked = ref(titled && permission() === 'denied' && kept.read('known') === null)

  if (titled) {
    watchEffect(() => {
      const title = waiting.value > 0 ? t('workplace.titleWaiting', { count: waiting.value }) : t('workplace.title')
      if (document.title === title) return
      document.title = title
      // A portal that does not answer (mobile application) has no title to be changed.
      frame.setTitle(title).catch(() => undefined)
    })
  }

  async function ask(): Promise<void> {
    await Notification.requestPermission()
    asks.value = permission() === 'default'
  }

  function dismiss(): void {
    blocked.value = false
    kept.write('known', true)
  }

  /** Once for each word of a client, and only to somebody who does not see it anyway. */
  function tell(rows: ChatRow[]): void {
    for (const { id, last, unread, mine, operator, client } of rows) {
      if (!last || last.source !== 'client' || !unread || told.get(id) === last.at) continue
      told.set(id, last.at)
      const concerns = mine || operator === null
      if (!concerns || document.visibilityState === 'visible' || permission() !== 'granted') continue
      new Notification(client.name || client.phone || t('workplace.unknownClient'), { body: last.text, tag: `omni-${id}` })
    }
  }

  return { asks, ask, blocked, dismiss, tell }
}

export type Alerts = ReturnType<typeof useAlerts>
