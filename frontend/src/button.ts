import Button from '@bitrix24/b24ui-nuxt/components/Button.vue'
import { type FunctionalComponent, h } from 'vue'

/** While it is busy the kit's button shows a wheel instead of its words; for a screen reader it keeps its name. */
const named: FunctionalComponent = (_, { attrs, slots }) => {
  const busy = attrs.loading !== undefined && attrs.loading !== false
  return h(Button, busy && attrs.label ? { 'aria-label': attrs.label, ...attrs } : attrs, slots)
}
named.inheritAttrs = false

export default named as unknown as typeof Button
