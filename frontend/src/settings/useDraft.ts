import type { Ref } from 'vue'
import { computed, ref } from 'vue'
import type { Versioned } from '@/api/types'
import { same } from './differences'

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** A document of the server and the draft of it on the page; `revision` is the one that the draft was made from. */
export function useDraft<T extends object>() {
  const revision = ref(0)
  const stored = ref(null) as Ref<T | null>
  const draft = ref(null) as Ref<T | null>
  const dirty = computed(() => draft.value !== null && !same(stored.value, draft.value))

  /** Both become what the server has. A draft that says the same stays: rows of it that are open on the page stay open. */
  function take(version: Versioned<T>): void {
    revision.value = version.revision
    stored.value = copy(version.settings)
    if (!same(draft.value, version.settings)) draft.value = copy(version.settings)
  }

  return { revision, stored, draft, dirty, take }
}
