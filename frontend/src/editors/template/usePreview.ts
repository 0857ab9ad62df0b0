import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import { useApi } from '@/api/client'
import type { Preview, Section } from '@/api/communication'
import { Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import type { Spot } from './template'

/** Milliseconds without a key press before the server is asked. */
const PAUSE = 500

export interface Refusal {
  message: string
  /** Where in the template; null when the server did not come to that. */
  spot: Spot | null
}

function refusalOf(error: unknown, words: (error: unknown) => string): Refusal {
  const told = error instanceof Problem && error.status === 422 ? error : null
  const spot = (told?.body.place as Spot | undefined) ?? null
  return { message: told?.errors[0]?.message ?? words(error), spot }
}

/** What a template gives on the latest real communications, asked anew whenever it rests. */
export function usePreview(template: () => string, section: Section, lines: number) {
  const [api, words] = [useApi(), useWords()]
  const shown = shallowRef<Preview['items'] | null>(null)
  const refusal = ref<Refusal | null>(null)
  let timer = 0
  let asked = 0

  async function ask(): Promise<void> {
    const turn = (asked += 1)
    const answer = await api.post<Preview>(`settings/${section}/preview`, { template: template(), limit: lines }).then(
      ({ items }) => ({ items, refusal: null }),
      (error: unknown) => ({ items: null, refusal: refusalOf(error, words) }),
    )
    // An answer to what was typed before is of no interest.
    if (turn !== asked) return
    refusal.value = answer.refusal
    if (answer.items) shown.value = answer.items
  }

  watch(template, () => {
    clearTimeout(timer)
    timer = window.setTimeout(ask, PAUSE)
  })
  onBeforeUnmount(() => clearTimeout(timer))
  void ask()
  return { shown, refusal }
}
