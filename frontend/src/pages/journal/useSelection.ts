import type { Ref, ShallowRef } from 'vue'
import { computed, ref } from 'vue'
import type { JournalItem } from '@/api/types'

/** Rows that are chosen for a retry: of those that are shown, only what failed can be tried again. */
export function useSelection(items: Readonly<ShallowRef<JournalItem[] | null>>) {
  const chosen = ref(new Set<number>())
  const failed = computed(() => (items.value ?? []).filter(({ state }) => state === 'failed').map(({ id }) => id))
  const ids: Ref<number[]> = computed(() => failed.value.filter(id => chosen.value.has(id)))
  const count = computed(() => ids.value.length)

  function choose(id: number, on: boolean): void {
    const next = new Set(chosen.value)
    if (on) next.add(id)
    else next.delete(id)
    chosen.value = next
  }

  return {
    ids,
    count,
    failed,
    choose,
    has: (id: number) => chosen.value.has(id),
    all: () => (chosen.value = new Set(failed.value)),
    clear: () => (chosen.value = new Set()),
  }
}

export type Selection = ReturnType<typeof useSelection>
