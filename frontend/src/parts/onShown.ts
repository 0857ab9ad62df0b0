import { nextTick, onActivated, onMounted } from 'vue'

/** Calls `read` when the component appears and each time its tab is opened again; what comes with the first time is left out. */
export function onShown(read: () => unknown): void {
  let first = true
  onMounted(async () => {
    void read()
    await nextTick()
    first = false
  })
  onActivated(() => !first && void read())
}
