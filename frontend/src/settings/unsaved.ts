import type { Ref } from 'vue'
import { onBeforeUnmount, onMounted, reactive, watch } from 'vue'

/** Sections with unsaved changes, for the marks at the tabs. */
export const unsaved = reactive(new Set<string>())

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  if (unsaved.size > 0) event.preventDefault()
}

/** Marks the section while it is dirty; closing the frame then asks first. */
export function guardUnsaved(section: string, dirty: Ref<boolean>): void {
  watch(dirty, now => (now ? unsaved.add(section) : unsaved.delete(section)))
  onMounted(() => window.addEventListener('beforeunload', askBeforeLeaving))
  onBeforeUnmount(() => unsaved.delete(section))
}
