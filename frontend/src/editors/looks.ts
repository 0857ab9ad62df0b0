/** Lists of pickers: as wide as their box and never narrow, the group that is read named at the top, two lines apart. */
export const ROOMY = {
  content: 'w-[max(var(--reka-combobox-trigger-width),20rem)] max-w-[calc(100vw-1rem)] max-h-96',
  viewport: 'w-full',
  label: 'sticky top-0 z-1 mt-0 bg-(--ui-color-bg-content-primary)',
  item: 'h-auto min-h-9 py-1',
  itemLeadingAvatar: 'size-7 me-2',
  itemLabel: 'leading-snug',
  itemDescription: 'mt-0 leading-snug',
}
