import type { InjectionKey, Ref } from 'vue'
import { inject, onActivated, provide, ref, shallowRef } from 'vue'
import { type Api, useApi } from '@/api/client'
import { useWords } from '@/parts/useLoad'

/** A list of the server; `rows` is null until it was read. */
export interface List<T> {
  rows: Ref<T[] | null>
  problem: Ref<string>
  /** Reads it anew. */
  load(): Promise<void>
}

/** Reads the list at an address below `/api/`, once. */
export type Lists = <T>(path: string) => List<T>

const key: InjectionKey<Lists> = Symbol('lists')

/** Some lists come bare, others as `{"items": [...]}`. */
const rowsOf = (answer: unknown): unknown[] => (Array.isArray(answer) ? answer : (answer as { items: unknown[] }).items)

function keptList(api: Api, words: (error: unknown) => string, path: string): List<unknown> {
  const [rows, problem] = [shallowRef<unknown[] | null>(null), ref('')]
  async function load(): Promise<void> {
    try {
      rows.value = rowsOf(await api.get(path))
      problem.value = ''
    } catch (error) {
      // What was read before stays: an old list is better than none.
      problem.value = words(error)
    }
  }
  void load()
  return { rows, problem, load }
}

function reader(): { read: Lists; again: () => void } {
  const [api, words, known] = [useApi(), useWords(), new Map<string, List<unknown>>()]
  function read<T>(path: string): List<T> {
    const found = known.get(path) ?? keptList(api, words, path)
    known.set(path, found)
    return found as unknown as List<T>
  }
  return { read, again: () => known.forEach(one => void one.load()) }
}

/** Every list is read once for a page, whoever asks for it, and again when the page is shown again. */
export function provideLists(): Lists {
  const { read, again } = reader()
  let shown = false
  onActivated(() => {
    if (shown) again()
    shown = true
  })
  provide(key, read)
  return read
}

/** The lists of the page, for those whose names are only known later. */
export const useLists = (): Lists => inject(key, undefined) ?? reader().read

/** A list that settings choose from: `users`, `stages` ... */
export const useDirectory = <T>(name: string): List<T> => useLists()<T>(`directory/${name}`)
