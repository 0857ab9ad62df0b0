import { computed, ref, watch } from 'vue'
import { useApi } from '@/api/client'
import type { Backlog, MainSettings } from '@/api/types'
import { useShell } from '@/context'
import { useWords } from '@/parts/useLoad'
import type { useSettings } from '@/settings/useSettings'

/**
 * The backlog of a Main that is off, and what becomes of it when it is switched on: `save` sets it aside first when
 * that was chosen, because it begins to be worked through with the save. Nothing is saved when it cannot be set aside.
 */
export function useBacklog(settings: ReturnType<typeof useSettings<MainSettings>>) {
  const api = useApi()
  const shell = useShell()
  const words = useWords()
  const backlog = ref<Backlog>({ count: 0, since: null })
  const choice = ref<'start' | 'aside'>('start')
  const off = computed(() => settings.draft.value !== null && settings.draft.value.enabled === settings.dirty.value)
  const switching = computed(() => off.value && settings.dirty.value)

  watch(off, async now => {
    if (!now || !shell.admin) return
    choice.value = 'start'
    try {
      backlog.value = await api.get<Backlog>('journal/backlog')
    } catch (error) {
      settings.state.problem = words(error)
    }
  }, { immediate: true })

  async function save(): Promise<void> {
    if (switching.value && choice.value === 'aside' && backlog.value.count > 0) {
      try {
        await api.post('journal/set_aside')
      } catch (error) {
        settings.state.problem = words(error)
        return
      }
    }
    await settings.save()
  }

  return { backlog, choice, off, switching, save }
}
