/** Pixels from the edge of what scrolls within which dragging scrolls, and pixels per frame. */
const EDGE = 56
const STEP = 10

function scrolling(from: HTMLElement): HTMLElement | null {
  for (let box = from.parentElement; box; box = box.parentElement)
    if (box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box
  return null
}

/** Scrolls what holds an element while the pointer stays near its upper or lower edge. */
export function edgeScroller() {
  let frame = 0
  let speed = 0
  let box: HTMLElement | null = null

  function tick(): void {
    box?.scrollBy(0, speed)
    frame = speed === 0 ? 0 : requestAnimationFrame(tick)
  }

  function at(inside: HTMLElement, y: number): void {
    box ??= scrolling(inside)
    if (!box) return
    const { top, bottom } = box.getBoundingClientRect()
    speed = y < top + EDGE ? -STEP : y > bottom - EDGE ? STEP : 0
    if (speed !== 0 && frame === 0) frame = requestAnimationFrame(tick)
  }

  function stop(): void {
    cancelAnimationFrame(frame)
    frame = 0
    speed = 0
    box = null
  }

  return { at, stop }
}
