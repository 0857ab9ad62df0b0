import { flushPromises, type VueWrapper } from '@vue/test-utils'
import axe from 'axe-core'
import { afterEach, describe, expect, it } from 'vitest'
import { World } from '../mock/world'
import { B24Select } from '@/kit'
import DailyReport from '@/pages/analytics/DailyReport.vue'
import { percent } from '@/pages/analytics/look'
import { complete, reportQuery } from '@/pages/analytics/period'
import { open } from './pages'

let shown: VueWrapper | null = null

afterEach(() => {
  shown?.unmount()
  shown = null
  document.body.replaceChildren()
})

async function opened(...given: Parameters<typeof open> extends [unknown, ...infer Rest] ? Rest : never) {
  const all = await open(DailyReport, ...given)
  shown = all.view
  return all
}

/** What stands in an element, its pieces apart from each other. */
function words(node: Node | null | undefined): string {
  if (node?.nodeType === Node.TEXT_NODE) return (node.textContent ?? '').replace(/\s+/g, ' ').trim()
  return [...(node?.childNodes ?? [])].map(words).filter(Boolean).join(' ')
}

const panel = () => document.querySelector('[data-testid=dialogs]')
const rows = (view: VueWrapper) => view.findAll('[data-testid=days] tbody tr').map(row => words(row.element))

async function press(root: ParentNode, label: string): Promise<void> {
  const button = [...root.querySelectorAll('button')].find(one => (one.getAttribute('aria-label') ?? words(one)) === label)
  if (!button) throw new Error(`No button "${label}" in: ${words(root)}`)
  button.click()
  await flushPromises()
}

describe('the report on dialogs', () => {
  it('says how much of the period is in UIS, and what became of the rest', async () => {
    const { view } = await opened()
    expect(words(view.get('[data-testid=completeness]').element)).toBe('89 %')
    expect(words(view.get('[data-testid=totals]').element)).toBe('В UIS 68 Ожидают 4 Не приняты 3 Пропали 1')
    expect(view.text()).toContain('Всего 76 диалогов')
    expect(view.text()).toContain('2 не передаются')
  })

  it('shows days with dialogs first of all, the others on demand', async () => {
    const { view } = await opened()
    expect(rows(view)).toEqual(['12 января 60 53 4 3 0 88 %', '11 января 10 9 0 0 1 90 %', '9 января 6 6 0 0 0 100 %'])
    await press(view.element, 'Показать 4 дня без диалогов')
    expect(rows(view)).toHaveLength(7)
    expect(rows(view)[2]).toBe('10 января 0 0 0 0 0 —')
  })

  it('opens a day into its lines and channels', async () => {
    const { view } = await opened()
    const day = view.get('[data-testid=days] tbody th button')
    expect(day.attributes('aria-expanded')).toBe('false')
    await day.trigger('click')
    expect(day.attributes('aria-expanded')).toBe('true')
    expect(rows(view).slice(0, 4)).toEqual([
      '12 января 60 53 4 3 0 88 %',
      'Магазин Онлайн-чат 45 41 4 0 0 91 %',
      'Магазин Telegram 12 12 0 0 0 100 %',
      'Опт Viber 3 0 0 3 0 0 %',
    ])
  })

  it('opens the dialogs behind a figure, page after page', async () => {
    const { view } = await opened()
    await press(view.get('[data-testid=totals]').element, 'В UIS: 68')
    expect(panel()?.children).toHaveLength(50)
    expect(words(panel()?.firstElementChild)).toContain('Магазин · Онлайн-чат')
    expect(words(panel()?.firstElementChild)).toContain('Источник известен по визиту на сайт')
    expect(panel()?.querySelector('a')?.getAttribute('href')).toBe('https://portal.example/crm/lead/details/81/')
    await press(document, 'Показать ещё')
    expect(panel()?.children).toHaveLength(68)
  })

  it('asks for the dialogs of just that line, channel, day and state', async () => {
    const { view } = await opened()
    await view.get('[data-testid=days] tbody th button').trigger('click')
    await press(view.findAll('[data-testid=days] tbody tr')[3]?.element as Element, 'Не приняты: 3')
    expect([...(panel()?.children ?? [])].map(words)).toHaveLength(3)
    expect(words(panel())).not.toContain('Магазин')
    expect(document.body.textContent).toContain('12 января. Опт, Viber. Не приняты: 3')
  })

  it('sends all with one reason again and shows what changed', async () => {
    const { view } = await opened()
    const [first] = view.findAll('[data-testid=reasons] li')
    expect(words(first?.element)).toContain('В CRM нет ни телефона, ни почты клиента')
    await press(first?.element as Element, 'Отправить все снова')
    expect(view.get('[role=status]').text()).toBe('Отправляем 3 диалога')
    expect(words(view.get('[data-testid=totals]').element)).toContain('Ожидают 7 Не приняты 0')
    expect(view.findAll('[data-testid=reasons] li')).toHaveLength(1)
  })

  it('sends one dialog again', async () => {
    const { view } = await opened()
    await press(view.get('[data-testid=reasons]').element, '3 диалога')
    await press(panel()?.firstElementChild as Element, 'Отправить снова')
    expect(document.querySelector('[role=dialog] [role=status]')?.textContent).toBe('Отправляем 1 диалог')
    expect(panel()?.children).toHaveLength(2)
    expect(words(view.get('[data-testid=totals]').element)).toContain('Ожидают 5 Не приняты 2')
  })

  it('shows everything to an employee and lets only administrators send', async () => {
    const { view } = await opened({ admin: false })
    expect(view.text()).toContain('Почему диалогов нет в UIS')
    expect(view.text()).not.toContain('Отправить')
  })

  it('says in how many dialogs the visit to the site is known', async () => {
    const { view } = await opened()
    const all = view.findAll('[data-testid=capture] li').map(one => words(one.element))
    expect(all).toEqual(['Онлайн-чат 76 % (41 из 54)', 'Telegram 0 % (0 из 19)', 'Viber 0 % (0 из 3)'])
  })

  it('says what is wrong with analytics as a whole', async () => {
    const world = new World()
    world.analyticsNotes = [{ state: 'broken', text: 'UIS не подключён' }]
    const { view } = await opened({ world })
    expect(view.get('[role=alert]').text()).toBe('UIS не подключён')
  })

  it('has words for days without a dialog', async () => {
    const world = new World()
    world.dialogs = []
    const { view } = await opened({ world })
    expect(view.get('[data-testid=report]').text()).toBe('За эти дни диалогов не было.')
  })

  it('reads the days that are chosen, as soon as both are there', async () => {
    const { view } = await opened()
    await view.getComponent(B24Select).vm.$emit('update:modelValue', 'own')
    await flushPromises()
    expect(rows(view)).toHaveLength(3)
    const [from, to] = view.findAll('input[type=date]')
    await from?.setValue('2026-01-09')
    await to?.setValue('2026-01-11')
    await flushPromises()
    expect(rows(view)).toEqual(['11 января 10 9 0 0 1 90 %', '9 января 6 6 0 0 0 100 %'])
  })

  it('offers a way out when the server does not answer', async () => {
    const world = new World()
    Object.defineProperty(world, 'dialogs', { get: () => { throw new TypeError('no network') } })
    const { view } = await opened({ world })
    expect(view.get('[role=alert]').text()).toContain('Нет связи с сервером')
  })

  it('keeps the rules of accessibility that can be checked without a browser', async () => {
    const { view } = await opened()
    await view.get('[data-testid=days] tbody th button').trigger('click')
    const { violations } = await axe.run(view.element, { rules: { 'color-contrast': { enabled: false } } })
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })
})

describe('a period', () => {
  it('is asked for in days or by its dates', () => {
    expect(reportQuery({ preset: 30, from: '', to: '' })).toBe('days=30')
    expect(reportQuery({ preset: 'own', from: '2026-01-01', to: '2026-01-02' })).toBe('from=2026-01-01&to=2026-01-02')
  })

  it.each([
    ['', '2026-01-02', false],
    ['2026-01-01', '', false],
    ['2026-01-03', '2026-01-02', false],
    ['2026-01-02', '2026-01-02', true],
  ])('from "%s" to "%s" is whole: %s', (from, to, whole) => expect(complete({ preset: 'own', from, to })).toBe(whole))
})

describe('a share', () => {
  it.each([
    [null, '—'],
    [0, '0 %'],
    [0.001, '1 %'],
    [0.58, '58 %'],
    [0.999, '99 %'],
    [1, '100 %'],
  ])('%s is said as %s', (share, said) => expect(percent(share)).toBe(said))
})
