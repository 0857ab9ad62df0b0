import { nextTick, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

const NEAR_PX = 60

/** A box that grows at its end: it stays there while one reads there, and pictures that come later move nothing. */
export function useBottom(box: Ref<HTMLElement | null>) {
  const atBottom = ref(true)

  function scrolled(): void {
    const element = box.value
    if (element) atBottom.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
  }

  function toBottom(): void {
    if (box.value) box.value.scrollTop = box.value.scrollHeight
    atBottom.value = true
  }

  /** What is put in above leaves the reader where he was. */
  async function keepPlace(work: () => Promise<unknown>): Promise<void> {
    const before = (box.value?.scrollHeight ?? 0) - (box.value?.scrollTop ?? 0)
    await work()
    await nextTick()
    if (box.value) box.value.scrollTop = box.value.scrollHeight - before
  }

  const loaded = () => atBottom.value && toBottom()
  let observer: ResizeObserver | undefined
  onMounted(() => {
    box.value?.addEventListener('load', loaded, true)
    observer = new ResizeObserver(loaded)
    if (box.value) observer.observe(box.value)
  })
  onBeforeUnmount(() => observer?.disconnect())

  return { atBottom, toBottom, keepPlace, scrolled }
}
