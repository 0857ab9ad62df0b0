import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TROUBLE } from '../mock/journal'
import type { World } from '../mock/world'
import type { JournalDay, JournalItem, TimelinePoint } from '@/api/types'
import JournalPage from '@/pages/journal/JournalPage.vue'
import { bars, step, totals } from '@/pages/journal/chart'
import { daysAgo, everything, journalQuery, narrowed } from '@/pages/journal/filter'
import { merged, refreshed, unseen } from '@/pages/journal/rows'
import { byDay, happened, heardLater } from '@/pages/journal/timeline'
import { open } from './pages'

let shown: VueWrapper | null = null

afterEach(() => {
  shown?.unmount()
  shown = null
  document.body.replaceChildren()
  vi.useRealTimers()
})

async function opened(...args: Parameters<typeof open>) {
  const all = await open(...args)
  shown = all.view
  await flushPromises()
  return all
}

const rows = (view: VueWrapper) => view.findAll('[data-entry]')
const pressed = (text: string) => [...document.querySelectorAll('button')].find(one => one.textContent?.trim() === text)

async function openEntry(view: VueWrapper, id: number): Promise<void> {
  await view.get(`[data-entry="${id}"] button[aria-haspopup]`).trigger('click')
  await vi.waitFor(() => expect(document.querySelector('[data-testid=timeline]')).not.toBeNull())
}

/** Somebody else's conversation that has just come in. */
function comesIn(world: World, id: number): void {
  const [newest] = world.journal
  if (newest) world.journal.unshift({ ...newest, id, client: `Клиент ${id}`, at: '2026-01-12T11:00:00+03:00' })
}

async function later(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms)
  await flushPromises()
  await flushPromises()
}

describe('the journal', () => {
  it('shows text of clients as text', async () => {
    const { view } = await opened(JournalPage)
    expect(view.get('[data-testid=journal]').text()).toContain('Посетитель <b>из рекламы</b>')
    expect(view.find('[data-testid=journal] b').exists()).toBe(false)
  })

  it('tells what did not arrive between UIS and the line, and sends it again', async () => {
    const { view, world } = await opened(JournalPage)
    const [newest] = world.journal
    const letter = {
      id: 81, to: 'client' as const, kind: 'message', state: 'in_doubt' as const, text: 'Да, есть', outcome: 'Неизвестно, дошло ли',
      problem: 'UIS не ответил', at: '2026-01-12T10:24:00+03:00',
    }
    if (newest) newest.letters = { to_line: 2, to_client: 0, open: [letter] }
    await openEntry(view, 5)
    const shownLetter = document.querySelector('[data-letter="81"]')
    expect(shownLetter?.textContent).toContain('Клиенту: Да, есть')
    expect(shownLetter?.textContent).toContain('UIS не ответил')
    pressed('Всё равно отправить: клиент его не получил')?.click()
    await flushPromises()
    await flushPromises()
    expect(world.sentAgain).toEqual([{ ids: [81], doubts: true }])
    expect(document.querySelector('[data-letter="81"]')).toBeNull()
  })

  it('tells one conversation in order and opens its card in the portal', async () => {
    const openPath = vi.fn(async () => undefined)
    const { view } = await opened(JournalPage, { frame: { openPath } })
    await view.get('[data-testid=journal] a').trigger('click')
    expect(openPath).toHaveBeenCalledWith('/crm/lead/details/81/')
    await openEntry(view, 5)
    const lists = [...document.querySelectorAll('[data-testid=timeline]')]
    expect(lists.map(list => list.children.length)).toEqual([4, 1])
    expect(document.querySelector('[data-kind=message]')?.textContent).toContain('<b>«Облако»</b>')
    expect(document.querySelector('[data-kind=decision]')?.textContent).toContain('Первое обращение')
    expect(document.querySelector('[data-kind=call]')?.textContent).toContain('crm.item.add')
  })

  it('finds by client, and says when nothing is found', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { view } = await opened(JournalPage)
    expect(rows(view)).toHaveLength(5)
    await view.get('input[type=search]').setValue('Никто')
    await later(300)
    expect(rows(view)).toHaveLength(0)
    expect(view.text()).toContain('По этим условиям ничего не нашлось')
    pressed('Сбросить')?.click()
    await flushPromises()
    await later(300)
    expect(rows(view)).toHaveLength(5)
  })

  it('shows by itself what is new while the reader is at the top', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { view, world } = await opened(JournalPage)
    comesIn(world, 99)
    await later(5000)
    expect(rows(view)[0]?.text()).toContain('Клиент 99')
  })

  it('lets nobody lose their place: what is new waits, what is shown changes where it stands', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { view, world } = await opened(JournalPage)
    const main = view.get('main').element
    main.scrollTop = 500
    main.dispatchEvent(new Event('scroll'))
    comesIn(world, 99)
    const waiting = world.journal.find(({ state }) => state === 'waiting')
    if (waiting) waiting.state = 'done'
    await later(5000)
    expect(rows(view).map(row => row.attributes('data-entry'))).toEqual(['5', '4', '3', '2', '1'])
    expect(view.get('[data-entry="2"]').attributes('data-state')).toBe('done')
    await view.get('[data-testid=fresh]').trigger('click')
    expect(rows(view)[0]?.text()).toContain('Клиент 99')
  })

  it('tries a failed conversation again from its own page, or all with its problem', async () => {
    const { view, world } = await opened(JournalPage)
    const failed = world.journal.find(({ state }) => state === 'failed')
    if (failed) world.journal.push({ ...failed, id: 98 })
    await openEntry(view, 4)
    pressed('Повторить все с этой проблемой')?.click()
    await flushPromises()
    expect(document.body.textContent).toContain('Повторяем 2 обращения')
    expect(world.journal.filter(({ state }) => state === 'failed')).toEqual([])
  })

  it('tries a selection again and nothing else', async () => {
    const { view, world } = await opened(JournalPage)
    expect(view.find('[data-testid=retry-bar]').exists()).toBe(false)
    expect(view.findAll('[data-entry] [role=checkbox]')).toHaveLength(1)
    await view.get('[data-entry="4"] [role=checkbox]').trigger('click')
    await view.get('[data-testid=retry-chosen]').trigger('click')
    await flushPromises()
    expect(view.get('[data-testid=retry-bar]').text()).toContain('Повторяем 1 обращение')
    expect(world.journal.find(({ id }) => id === 4)?.state).toBe('waiting')
  })

  it('shows the days as bars and as a table, and a day in the list', async () => {
    const { view } = await opened(JournalPage)
    const chart = view.get('[data-testid=chart]')
    expect(chart.findAll('button')).toHaveLength(30)
    expect(chart.findAll('[tabindex="0"]')).toHaveLength(1)
    await chart.trigger('keydown', { key: 'Home' })
    expect(document.activeElement?.getAttribute('aria-label')).toContain('1 января')
    await chart.findAll('button')[1]?.trigger('click')
    await flushPromises()
    expect(view.findAll<HTMLInputElement>('input[type=date]').map(({ element }) => element.value)).toEqual(['2026-01-02', '2026-01-02'])
    pressed('Таблицей')?.click()
    await flushPromises()
    expect(view.get('[data-testid=days]').text()).toContain('2 января')
  })
})

describe('what is asked of the server', () => {
  it.each([
    ['nothing', {}, 'journal?limit=50'],
    ['a client', { q: ' Мария & Ко ' }, 'journal?limit=50&q=%D0%9C%D0%B0%D1%80%D0%B8%D1%8F+%26+%D0%9A%D0%BE'],
    ['a state and a channel', { state: 'failed' as const, channel: 7 }, 'journal?limit=50&state=failed&channel=7'],
    ['a problem', { problem: TROUBLE.code }, `journal?limit=50&problem=${TROUBLE.code}`],
    ['own dates', { period: 'custom' as const, since: '2026-01-02', until: '' }, 'journal?limit=50&since=2026-01-02'],
    ['a week', { period: 'week' as const }, `journal?limit=50&since=${daysAgo(6)}`],
  ])('%s', (_name, part, expected) => expect(journalQuery({ ...everything(), ...part })).toBe(expected))

  it('knows how much of it narrows the list', () => {
    expect(narrowed(everything())).toBe(0)
    expect(narrowed({ ...everything(), q: 'x', state: 'done', period: 'today' })).toBe(2)
  })

  it('counts days over the turn of a month', () => expect(daysAgo(31, new Date(2026, 2, 3))).toBe('2026-01-31'))
})

describe('rows that live', () => {
  const row = (id: number, at: string, state = 'done') => ({ id, at, state }) as JournalItem
  const shown = [row(3, '2026-01-03T00:00:00Z'), row(1, '2026-01-01T00:00:00Z', 'waiting')]

  it('change where they stand', () => expect(refreshed(shown, [row(1, '2026-01-01T00:00:00Z')]).map(({ state }) => state)).toEqual(['done', 'done']))
  it('come in by when they began, each once', () => {
    const read = [row(4, '2026-01-02T00:00:00Z'), row(3, '2026-01-03T00:00:00Z'), row(2, '2026-01-02T00:00:00Z')]
    expect(unseen(shown, read).map(({ id }) => id)).toEqual([4, 2])
    expect(merged(shown, read).map(({ id }) => id)).toEqual([3, 4, 2, 1])
  })
})

describe('the chart', () => {
  const day = (received: number, created: number, filtered: number, failed: number): JournalDay => ({
    day: '2026-01-01', received, created, filtered, failed, waiting: 0,
  })

  it('adds up', () => expect(totals([day(5, 3, 1, 1), day(2, 1, 0, 0)])).toEqual({ received: 7, created: 4, filtered: 1, failed: 1 }))
  it('draws parts of the highest day', () => {
    const [high, low] = bars([day(10, 6, 2, 1), day(5, 5, 0, 0)])
    expect(high?.parts).toEqual([
      { series: 'created', height: 60 }, { series: 'filtered', height: 20 },
      { series: 'failed', height: 10 }, { series: 'other', height: 10 },
    ])
    expect(low?.parts).toEqual([{ series: 'created', height: 50 }])
  })
  it('never draws more than came in', () => {
    const [bar] = bars([day(2, 2, 0, 2)])
    expect(bar?.parts).toEqual([{ series: 'failed', height: 100 }])
  })
  it('draws nothing for a day without anything', () => expect(bars([day(0, 0, 0, 0)])[0]?.parts).toEqual([]))
  it.each([['ArrowLeft', 0, 0], ['ArrowLeft', 5, 4], ['ArrowRight', 29, 29], ['Home', 7, 0], ['End', 7, 29], ['a', 7, null]])(
    '%s from %i leads to %s', (key, at, expected) => expect(step(key, at, 30)).toBe(expected))
})

describe('the time line', () => {
  const point = (at: string, said_at: string | null = null) => ({ at, said_at }) as TimelinePoint

  it('is told day by day', () => {
    const days = byDay([point('2026-01-12T10:00:00'), point('2026-01-12T11:00:00'), point('2026-01-13T09:00:00')])
    expect(days.map(({ day, points }) => [day, points.length])).toEqual([['2026-01-12', 2], ['2026-01-13', 1]])
  })
  it('puts a point where it happened, not where it was heard of', () => {
    const [day] = byDay([point('2026-01-13T09:00:00', '2026-01-12T10:00:00')])
    expect(day?.day).toBe('2026-01-12')
    expect(happened(point('2026-01-12T10:00:00Z', '2026-01-12T10:00:09Z')).toISOString()).toBe('2026-01-12T10:00:00.000Z')
  })
  it('says what was heard of noticeably later', () => {
    expect(heardLater(point('2026-01-12T10:05:00Z', '2026-01-12T10:00:00Z'))?.toISOString()).toBe('2026-01-12T10:05:00.000Z')
    expect(heardLater(point('2026-01-12T10:00:59Z', '2026-01-12T10:00:00Z'))).toBeNull()
    expect(heardLater(point('2026-01-12T10:00:00Z'))).toBeNull()
  })
})
