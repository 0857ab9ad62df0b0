import { useI18n } from 'vue-i18n'

const DAY_MS = 24 * 3600 * 1000

/** Moments as people say them: the hour today, the day before. */
export function useMoments() {
  const { d, t } = useI18n()
  const sameDay = (one: Date, other: Date) => one.toDateString() === other.toDateString()

  function day(date: Date): string {
    const now = new Date()
    if (sameDay(date, now)) return t('workplace.today')
    if (sameDay(date, new Date(now.getTime() - DAY_MS))) return t('workplace.yesterday')
    return d(date, date.getFullYear() === now.getFullYear() ? 'day' : 'fullDay')
  }

  const hour = (at: string) => d(new Date(at), 'hour')
  function short(at: string): string {
    const date = new Date(at)
    return sameDay(date, new Date()) ? hour(at) : d(date, date.getFullYear() === new Date().getFullYear() ? 'shortDay' : 'shortDate')
  }
  return { day, hour, short, whole: (at: string) => d(new Date(at), 'moment') }
}
