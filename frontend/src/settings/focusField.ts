/** Scrolls to the field of the first error that is on the page and puts the cursor there. */
export function focusField(fields: string[], page: ParentNode = document): boolean {
  for (const field of fields) {
    const box = nearest(field, page)
    if (!box) continue
    box.scrollIntoView({ block: 'center' })
    const inside = box.querySelector<HTMLElement>('input, textarea, select, button, [tabindex="0"]')
    ;(box.matches('button, input') ? box : (inside ?? box)).focus({ preventScroll: true })
    return true
  }
  return false
}

/** The box of `titles.lead.0` is that of `titles.lead` when it has none of its own. */
function nearest(field: string, page: ParentNode): HTMLElement | null {
  const boxes = [...page.querySelectorAll<HTMLElement>('[data-field]')]
  for (let path = field; path; path = path.slice(0, Math.max(path.lastIndexOf('.'), 0))) {
    const box = boxes.find(one => one.dataset.field === path)
    if (box) return box
  }
  return null
}
