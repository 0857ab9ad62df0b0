import { useI18n } from 'vue-i18n'

/** What people call a value of a document: words, or lines of them for a list; undefined where that is not known. */
export type Naming = (path: string, value: unknown) => string | string[] | undefined

/** Names of keys and values in a comparison: those of the page, else those of the section's catalogue, else the value itself. */
export function useValueWords(section: string, naming?: Naming) {
  const { t, te } = useI18n()

  function fieldName(path: string): string {
    const key = [`${section}.fields.${path}`, `communication.fields.${path}`].find(one => te(one))
    return key ? t(key) : path
  }

  function lines(path: string, value: unknown): string[] {
    const named = naming?.(path, value)
    if (named !== undefined) return typeof named === 'string' ? [named] : named
    if (typeof value === 'boolean') return [t(value ? 'yes' : 'no')]
    if (value === null || value === undefined || value === '') return [t('empty')]
    const key = `${section}.values.${path}.${String(value)}`
    if (typeof value === 'string' && te(key)) return [t(key)]
    return [typeof value === 'string' ? value : JSON.stringify(value)]
  }

  return { fieldName, lines }
}
