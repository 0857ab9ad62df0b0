import type { InjectionKey, Ref } from 'vue'
import { inject, onBeforeUnmount, provide, reactive } from 'vue'
import type { Place } from './moves'
import { edgeScroller } from './edgeScroller'

export interface Dragging {
  source: Place | null
  target: Place | null
  /** Begins at a handle that was pressed. */
  start(event: PointerEvent, place: Place): void
}

const key: InjectionKey<Dragging> = Symbol('dragging')
/** Pixels left of a nested list that still count as inside: its own handles stand there. */
const MARGIN = 28

/** Lists are `[data-list="path"]`, their rows the direct children `[data-row]`. */
const listsIn = (root: HTMLElement): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('[data-list]')]
const rowsOf = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(':scope > [data-row]')]

/** Where a row would go at this point: before the first row whose middle is below it, in the innermost list there. */
export function placeAt(root: HTMLElement, dragged: HTMLElement | null, x: number, y: number): Place | null {
  const around = listsIn(root).filter(list => {
    const box = list.getBoundingClientRect()
    return !dragged?.contains(list) && y >= box.top && y <= box.bottom && x >= box.left - MARGIN
  })
  const list = around.at(-1)
  if (!list) return null
  const above = rowsOf(list).filter(row => {
    const box = row.getBoundingClientRect()
    return box.top + box.height / 2 < y
  })
  return { list: list.dataset.list ?? '', index: above.length }
}

/** Rows of this root can be dragged by their handles, with mouse, pen or finger; Escape leaves all as it was. */
export function provideDragging(root: Ref<HTMLElement | null>, drop: (from: Place, to: Place) => void): Dragging {
  let dragged: HTMLElement | null = null
  const scroller = edgeScroller()

  function start(event: PointerEvent, place: Place): void {
    const handle = event.currentTarget as HTMLElement
    if (event.button !== 0 || !root.value) return
    dragged = handle.closest<HTMLElement>('[data-row]')
    state.source = place
    handle.setPointerCapture(event.pointerId)
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', finish)
    window.addEventListener('pointercancel', stop)
    window.addEventListener('keydown', cancel, true)
  }

  function move(event: PointerEvent): void {
    if (!root.value) return
    state.target = placeAt(root.value, dragged, event.clientX, event.clientY)
    scroller.at(root.value, event.clientY)
  }

  function stop(): void {
    Object.assign(state, { source: null, target: null })
    dragged = null
    scroller.stop()
    window.removeEventListener('pointermove', move)
    window.removeEventListener('pointerup', finish)
    window.removeEventListener('pointercancel', stop)
    window.removeEventListener('keydown', cancel, true)
  }

  function finish(): void {
    const { source, target } = state
    stop()
    if (source && target) drop(source, target)
  }

  function cancel(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    stop()
  }

  const state: Dragging = reactive({ source: null, target: null, start })
  onBeforeUnmount(stop)
  provide(key, state)
  return state
}

export function useDragging(): Dragging {
  const dragging = inject(key)
  if (!dragging) throw new Error('Provided by the editor that has the lists')
  return dragging
}

/** How a row shows that it is dragged, or that the dragged one would go before or after it. */
export function rowMark({ source, target }: Dragging, { list, index }: Place, length: number): string {
  const dragged = source?.list === list && source.index === index ? 'opacity-40' : ''
  if (target?.list !== list) return dragged
  if (target.index === index) return `${dragged} drop-before`
  return target.index === length && index === length - 1 ? `${dragged} drop-after` : dragged
}
