import { shallowRef } from 'vue'
import { useApi } from '@/api/client'
import type { ChannelItem, Trouble } from '@/api/types'
import { onShown } from '@/parts/onShown'

/** What the filter offers: channels of UIS, and the problems that wait for a person. A list that cannot be read is not offered. */
export function useFilterLists() {
  const api = useApi()
  const channels = shallowRef<ChannelItem[]>([])
  const troubles = shallowRef<Trouble[]>([])

  async function loadChannels(): Promise<void> {
    channels.value = await api.get<ChannelItem[]>('directory/channels')
  }

  async function loadTroubles(): Promise<void> {
    troubles.value = (await api.get<{ items: Trouble[] }>('journal/problems')).items
  }

  const quietly = (read: () => Promise<void>) =>
    read().catch((error: unknown) => console.warn('A list of the filter was not read', error))
  onShown(() => {
    void quietly(loadChannels)
    void quietly(loadTroubles)
  })
  return { channels, troubles, loadTroubles: () => quietly(loadTroubles) }
}
