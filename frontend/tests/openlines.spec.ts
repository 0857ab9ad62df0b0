import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { World } from '../mock/world'
import type { AnalyticsSettings, ChannelItem, ChatsSettings, OpenLinesSettings } from '@/api/types'
import { B24SelectMenu } from '@/kit'
import AnalyticsPage from '@/pages/analytics/AnalyticsPage.vue'
import { fitting, orNull, switched, type Target } from '@/pages/analytics/target'
import OpenLinesPage from '@/pages/openlines/OpenLinesPage.vue'
import { doubling } from '@/pages/openlines/doubling'
import { joinTo, rowsOf } from '@/pages/openlines/rows'
import CopyBox from '@/parts/CopyBox.vue'
import { open } from './pages'

let shown: VueWrapper | null = null

afterEach(() => {
  shown?.unmount()
  shown = null
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

async function opened(...args: Parameters<typeof open>) {
  const all = await open(...args)
  shown = all.view
  await flushPromises()
  return all
}

async function save(view: VueWrapper): Promise<void> {
  await view.get('[data-testid=save]').trigger('click')
  await flushPromises()
}

const choose = (view: VueWrapper, box: string, value: unknown) =>
  view.get(box).getComponent(B24SelectMenu).vm.$emit('update:modelValue', value as never)
const stored = <T>(world: World, section: string) => world.settings[section]?.settings as unknown as T

describe('Open Lines: chats', () => {
  it('joins channels to lines and saves exactly that', async () => {
    const { view, world } = await opened(OpenLinesPage)
    await view.get('button[data-field=enabled]').trigger('click')
    choose(view, '[data-channel="740805"]', 3)
    choose(view, '[data-field=default_employee_id]', 367852)
    await flushPromises()
    await save(view)
    expect(stored<OpenLinesSettings>(world, 'open_lines')).toEqual({
      enabled: true, lines: [{ channel_id: 740805, line_id: 3 }], default_employee_id: 367852, signature: true,
    })
  })

  it('explains before Save what in Chats makes doubles, and only when it is on', async () => {
    const world = new World()
    ;(world.settings.chats?.settings as ChatsSettings).enabled = true
    const { view } = await opened(OpenLinesPage, { world })
    expect(view.find('[data-testid=exclusion]').exists()).toBe(false)
    await view.get('button[data-field=enabled]').trigger('click')
    expect(view.get('[data-testid=exclusion]').text()).toContain('создание лидов и сделок; уведомление ответственного; запись переписки')
  })

  it('says that only the workplace is left when nothing in Chats makes doubles', async () => {
    const world = new World()
    const chats = world.settings.chats?.settings as ChatsSettings
    Object.assign(chats, { enabled: true, notify: false, mapping: [] })
    Object.assign(chats.create, { on_first: false, on_repeat: false })
    chats.transcript.to = []
    const { view } = await opened(OpenLinesPage, { world })
    await view.get('button[data-field=enabled]').trigger('click')
    expect(view.find('[data-testid=workplace-only]').exists()).toBe(true)
  })

  it('keeps what the settings name and is there no more in view', async () => {
    const world = new World()
    Object.assign(world.settings.open_lines?.settings ?? {}, { lines: [{ channel_id: 5, line_id: 77 }] })
    const { view } = await opened(OpenLinesPage, { world })
    expect(view.get('[data-channel="5"]').text()).toContain('В UIS этого канала больше нет')
    expect(view.get('[data-channel="5"]').text()).toContain('Линии № 77 на портале больше нет')
  })

  it('lets others only look', async () => {
    const { view } = await opened(OpenLinesPage, { admin: false })
    expect(view.get('[data-channel="740805"] button').attributes('disabled')).toBeDefined()
    expect(view.find('[data-testid=save]').exists()).toBe(false)
  })

  const channel = (id: number): ChannelItem => ({ id, title: `C${id}`, type: 'waba', status: 'active', joined: true })
  it('shows every channel once, lost ones last', () => {
    const rows = rowsOf([channel(1), channel(2)], [{ channel_id: 9, line_id: 4 }, { channel_id: 2, line_id: 3 }])
    expect(rows.map(({ id, line, index }) => [id, line, index])).toEqual([[1, 0, null], [2, 3, 1], [9, 4, 0]])
  })
  it.each([
    ['joins', [], 1, 3, [[1, 3]]],
    ['moves', [[1, 3], [2, 3]], 1, 4, [[1, 4], [2, 3]]],
    ['takes out', [[1, 3], [2, 3]], 1, 0, [[2, 3]]],
  ])('%s a channel', (_name, before, id, line, after) => {
    const joined = before.map(([channel_id = 0, line_id = 0]) => ({ channel_id, line_id }))
    expect(joinTo(joined, id, line).map(({ channel_id, line_id }) => [channel_id, line_id])).toEqual(after)
  })
  it('sees nothing that makes doubles in Chats that are off', () => {
    const chats = structuredClone(new World().settings.chats?.settings) as ChatsSettings
    expect(doubling(chats)).toEqual([])
    expect(doubling({ ...chats, enabled: true })).toEqual(['create', 'notify', 'transcript'])
  })
})

const chosenIn = (view: VueWrapper, channel: string) =>
  view.get(`[data-channel="${channel}"]`).getComponent(B24SelectMenu).props() as unknown as { items: { value: number }[]; modelValue: number }

describe('the state of lines on the tab', () => {
  it('offers a line that was made to the channels at once', async () => {
    const { view, world } = await opened(OpenLinesPage)
    await view.get('input[name=line_name]').setValue('Чаты магазина')
    await view.get('input[name=line_name]').element.closest('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await flushPromises()
    const made = world.lines.rows.at(-1)
    const { items } = chosenIn(view, '740805')
    expect(items.map(({ value }) => value)).toContain(made?.id)
  })

  it('keeps what is being changed when a repair moves channels meanwhile', async () => {
    const { view, world } = await opened(OpenLinesPage)
    choose(view, '[data-channel="740805"]', 3)
    await flushPromises()
    const before = world.settings.open_lines?.settings as OpenLinesSettings
    world.settings.open_lines = { revision: 1, settings: { ...before, lines: [{ channel_id: 740806, line_id: 1 }] } }
    const again = view.findAll('button').find(one => one.text() === 'Проверить ещё раз')
    await again?.trigger('click')
    await flushPromises()
    expect(chosenIn(view, '740805').modelValue).toBe(3)
  })
})

describe('Open Lines: end-to-end analytics', () => {
  it('shows the daily report under the settings', async () => {
    const { view } = await opened(AnalyticsPage)
    await vi.waitFor(() => expect(view.find('[data-testid=report]').exists()).toBe(true))
  })

  it('saves what was set up', async () => {
    const { view, world } = await opened(AnalyticsPage)
    await view.get('button[data-field=enabled]').trigger('click')
    choose(view, '[data-field=employee_id]', 367852)
    choose(view, '[data-field="default.source_id"]', 11)
    await flushPromises()
    await view.get('[data-testid=add-messenger]').trigger('click')
    choose(view, '[data-field="messengers.0.source_id"]', 12)
    await flushPromises()
    await save(view)
    const now = stored<AnalyticsSettings>(world, 'open_lines_analytics')
    expect(now.employee_id).toBe(367852)
    expect(now.default).toEqual({ source_id: 11, site_id: 5 })
    expect(now.messengers).toEqual([{ connector: 'telegrambot', source_id: 12, site_id: 5 }])
  })

  it('gives away the script and the webhook, the latter to administrators alone', async () => {
    const { view } = await opened(AnalyticsPage)
    expect(view.get<HTMLTextAreaElement>('[data-testid=script] textarea').element.value).toContain('<script>')
    expect(view.get<HTMLInputElement>('[data-testid=webhook] input').element.value).toBe('https://app.example/webhook/secret')
    shown?.unmount()
    const other = await opened(AnalyticsPage, { admin: false })
    expect(other.view.find('[data-testid=webhook]').exists()).toBe(false)
  })

  const draft = (part: Partial<AnalyticsSettings>): AnalyticsSettings => ({
    enabled: true, events: [], employee_id: null, employee_mode: 'always', idle_minutes: 60, traffic_type: 'source',
    default: { source_id: 11, site_id: 5 }, messengers: [{ connector: 'a', source_id: 1, site_id: 2 }], ...part,
  })

  it('never sends keys of the other traffic type, and forgets nothing by a click too many', () => {
    const stash = new Map<string, Target>()
    const campaigns = switched(draft({}), 'campaign', stash)
    expect(campaigns.default).toBeNull()
    expect(campaigns.messengers).toEqual([{ connector: 'a' }])
    const back = switched({ ...campaigns, default: { campaign_id: 9 } }, 'source', stash)
    expect(back.default).toEqual({ source_id: 11, site_id: 5 })
    expect(back.messengers).toEqual([{ connector: 'a', source_id: 1, site_id: 2 }])
    expect(switched(back, 'campaign', stash).default).toEqual({ campaign_id: 9 })
  })
  it('knows what fits', () => {
    expect(fitting({ source_id: 1, site_id: null, campaign_id: 3 }, 'source')).toEqual({ source_id: 1 })
    expect(orNull({})).toBeNull()
  })
})

describe('a text to take away', () => {
  const box = () => open(CopyBox, {}).then(({ view }) => (shown = view))

  it('is copied', async () => {
    const writeText = vi.fn(async () => undefined)
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } })
    const view = await box()
    await view.get('button').trigger('click')
    await flushPromises()
    expect(view.text()).toContain('Скопировано')
  })

  it('is marked for Ctrl+C where a frame may not copy', async () => {
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText: () => Promise.reject(new Error('denied')) } })
    document.execCommand = () => false
    const view = await box()
    await view.get('button').trigger('click')
    await flushPromises()
    expect(view.text()).toContain('нажмите Ctrl+C')
  })
})
