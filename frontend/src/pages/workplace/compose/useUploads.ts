import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import { newKey } from '../newKey'
import type { AttachedFile } from '../types'
import type { Upload, Writing } from './writing'

/** Files that are picked, dropped or pasted go to the server at once; what it says against one is said beside its name. */
export function useUploads(chatId: number, writing: Writing) {
  const api = useApi()
  const words = useWords()

  async function upload(file: File): Promise<void> {
    const breaker = new AbortController()
    const key = newKey()
    writing.uploads.push({ key, name: file.name, part: 0, problem: '', stop: () => breaker.abort() })
    const row = writing.uploads.find(one => one.key === key) as Upload
    try {
      const path = `workplace/chats/${chatId}/files?name=${encodeURIComponent(file.name || 'file')}`
      const sending = { signal: breaker.signal, progress: (part: number) => (row.part = part) }
      writing.files.push(await api.upload<AttachedFile>(path, file, sending))
      drop(key)
    } catch (error) {
      if (breaker.signal.aborted) drop(key)
      else row.problem = (error instanceof Problem && error.errors[0]?.message) || words(error)
    }
  }

  function drop(key: string): void {
    writing.uploads.find(one => one.key === key)?.stop()
    writing.uploads = writing.uploads.filter(one => one.key !== key)
  }

  return { add: (files: Iterable<File>) => [...files].forEach(file => void upload(file)), drop }
}
