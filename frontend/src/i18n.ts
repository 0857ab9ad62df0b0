import { createI18n } from 'vue-i18n'
import type { Lang } from './shell'

type Catalogue = Record<string, unknown>

/** One file per page and language; a chunk per language, so that only one is loaded. */
const CATALOGUES = {
  ru: () => import('./locales/ru'),
  en: () => import('./locales/en'),
}

/** Russian has three forms after a number: one (1, 21), few (2-4, 22), many (0, 5-20). Catalogues give "none | one | few | many". */
export function russianForm(count: number): number {
  if (count === 0) return 0
  const [tens, ones] = [count % 100, count % 10]
  if (tens > 10 && tens < 20) return 3
  if (ones === 1) return 1
  return ones >= 2 && ones <= 4 ? 2 : 3
}

export async function createTexts(lang: Lang) {
  const messages = { [lang]: (await CATALOGUES[lang]()).default as Catalogue }
  return createI18n({
    legacy: false,
    locale: lang,
    fallbackLocale: lang,
    messages: messages as never,
    pluralRules: { ru: russianForm },
    datetimeFormats: {
      [lang]: {
        moment: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
        day: { day: 'numeric', month: 'long' },
        fullDay: { day: 'numeric', month: 'long', year: 'numeric' },
        shortDay: { day: 'numeric', month: 'short' },
        shortDate: { day: '2-digit', month: '2-digit', year: '2-digit' },
        hour: { hour: '2-digit', minute: '2-digit' },
        clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
        date: { day: 'numeric', month: 'long', year: 'numeric' },
      },
    } as never,
  })
}
