import { onBeforeUnmount, onMounted, ref } from 'vue'

/** Whether the frame is at least so many pixels wide, now and whenever that changes. */
export function useWide(pixels: number) {
  const query = window.matchMedia(`(min-width: ${pixels}px)`)
  const wide = ref(query.matches)
  const change = () => (wide.value = query.matches)
  onMounted(() => query.addEventListener('change', change))
  onBeforeUnmount(() => query.removeEventListener('change', change))
  return wide
}
