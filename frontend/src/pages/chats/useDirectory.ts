import { useApi } from '@/api/client'
import type { DirectoryItem } from '@/api/types'
import { useLoad } from '@/parts/useLoad'

/** A directory of the portal or of UIS; the server keeps it in sync, so it is read once per page. */
export function useDirectory<T extends DirectoryItem>(name: string) {
  const api = useApi()
  return useLoad(() => api.get<T[]>(`directory/${name}`))
}
