type Texts = (key: string, values: Record<string, unknown>) => string
type Numbers = (value: number) => string

const KB = 1024

/** A size for people; empty when it is not known. */
export function sizeOf(bytes: number | null, t: Texts, n: Numbers): string {
  if (bytes === null) return ''
  if (bytes < KB * KB) return t('workplace.file.kilobytes', { size: n(Math.max(1, Math.round(bytes / KB))) })
  return t('workplace.file.megabytes', { size: n(Math.round((bytes / KB / KB) * 10) / 10) })
}
