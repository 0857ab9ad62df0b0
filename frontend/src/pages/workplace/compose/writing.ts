import { reactive, watch } from 'vue'
import type { Kept } from '../kept'
import type { AttachedFile, Filled, Quote } from '../types'

/** A file on its way to UIS. `part`: how much of it has left; `problem`: why it was not taken, in words. */
export interface Upload {
  key: string
  name: string
  part: number
  problem: string
  stop: () => void
}

/** Something said that the server does not have for certain. `later`: it may simply be tried again by itself. */
export interface Outgoing {
  key: string
  text: string
  file: AttachedFile | null
  quote: Quote | null
  template: Filled | null
  at: string
  state: 'leaving' | 'unsent'
  problem: string
  later: boolean
}

/** Everything that somebody has written in one conversation and that must not be lost. */
export interface Writing {
  text: string
  quote: Quote | null
  files: AttachedFile[]
  uploads: Upload[]
  outgoing: Outgoing[]
}

type Stored = Pick<Writing, 'text' | 'quote' | 'files' | 'outgoing'>

const empty = (): Stored => ({ text: '', quote: null, files: [], outgoing: [] })
const untouched = ({ text, quote, files, outgoing }: Stored) => !text && !quote && files.length + outgoing.length === 0

/** Drafts by conversation: alive while the page is, and read again after a reload, where nothing leaves by itself. */
export function makeWritings(kept: Kept, restored: string) {
  const all = new Map<number, Writing>()

  function read(chatId: number): Writing {
    const name = `draft.${chatId}`
    const stored = { ...empty(), ...kept.read<Stored>(name) }
    const outgoing = stored.outgoing.map(one => ({ ...one, state: 'unsent' as const, later: false, problem: one.problem || restored }))
    const writing = reactive<Writing>({ ...stored, outgoing, uploads: [] })
    watch(
      () => ({ text: writing.text, quote: writing.quote, files: writing.files, outgoing: writing.outgoing }),
      now => kept.write(name, untouched(now) ? null : now),
      { deep: true, flush: 'sync' },
    )
    return writing
  }

  function of(chatId: number): Writing {
    const found = all.get(chatId) ?? read(chatId)
    all.set(chatId, found)
    return found
  }

  return { of, all: () => [...all] }
}

export type Writings = ReturnType<typeof makeWritings>
