import type { Ref } from 'vue'
import { onActivated, onMounted } from 'vue'

/** A page that is left and opened again is scrolled to where it was: its element forgets that while it is away. */
export function useKeptPlace(box: Readonly<Ref<HTMLElement | null>>): { top: () => number } {
  let place = 0
  onMounted(() => box.value?.addEventListener('scroll', () => (place = box.value?.scrollTop ?? 0), { passive: true }))
  onActivated(() => {
    const kept = place
    requestAnimationFrame(() => {
      if (box.value && kept > 0) box.value.scrollTop = kept
    })
  })
  return { top: () => place }
}
