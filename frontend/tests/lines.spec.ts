import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withComplaint } from '../mock/lines'
import { CHANNELS, World } from '../mock/world'
import type { OpenLinesSettings } from '@/api/types'
import ConnectorPage from '@/pages/connector/ConnectorPage.vue'
import LinesState from '@/pages/openlines/LinesState.vue'
import { joined, moving, type LinesOverview } from '@/pages/openlines/lines'
import { open } from './pages'

const mounted: VueWrapper[] = []
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  mounted.splice(0).forEach(view => view.unmount())
  vi.useRealTimers()
})

async function opened(...given: Parameters<typeof open>) {
  const made = await open(...given)
  mounted.push(made.view)
  return made
}

async function press(view: VueWrapper, text: string): Promise<void> {
  const button = view.findAll('button').find(one => one.text() === text)
  if (!button) throw new Error(`no button «${text}» in ${view.text()}`)
  await button.trigger('click')
  await flushPromises()
}

function withLines(enabled: boolean, ...lines: [number, number][]): World {
  const world = new World()
  world.connection = { ...world.connection, state: 'connected' }
  const rows = lines.map(([channel_id, line_id]) => ({ channel_id, line_id }))
  world.settings.open_lines = { revision: 1, settings: { enabled, lines: rows, default_employee_id: null, signature: true } }
  return world
}

const stored = (world: World) => world.settings.open_lines?.settings as OpenLinesSettings
/** Ticks a channel; they stand in the order of the invented world. */
const tick = (view: VueWrapper, id: number) => view.findAll('[role=checkbox]')[CHANNELS.findIndex(one => one.id === id)]?.trigger('click')

describe('the rows of a line', () => {
  it('take over what is chosen, let go what is not, and leave other lines alone', () => {
    const rows = [[1, 1], [2, 1], [3, 3], [4, 3]].map(([channel_id = 0, line_id = 0]) => ({ channel_id, line_id }))
    const wanted = [{ channel_id: 4, line_id: 3 }, { channel_id: 2, line_id: 1 }, { channel_id: 3, line_id: 1 }]
    expect(joined(rows, 1, [2, 3])).toEqual(wanted)
    expect(joined(rows, 3, [])).toEqual(rows.slice(0, 2))
  })

  it('are worth another look while they are being switched, but not when that has failed', () => {
    const state = 'joining' as const
    const line = { id: 1, name: '', active: true, state, state_text: '', channels: [], others: [], problems: [], checked_at: null }
    const letters = { waiting: 0, failed: 0, in_doubt: 0 }
    const told = { enabled: true, state: 'idle', checked_at: null, problem: null, channels: [], letters } as const
    const failed = { code: 'not_joined', level: 'broken' as const, text: '', repair: null, repair_text: null }
    expect(moving({ ...told, lines: [line] } as unknown as LinesOverview)).toBe(true)
    expect(moving({ ...told, lines: [{ ...line, problems: [failed] }] } as unknown as LinesOverview)).toBe(false)
    expect(moving({ ...told, state: 'running', lines: [] } as unknown as LinesOverview)).toBe(true)
  })
})

describe('the state of lines', () => {
  it('names channels, problems and free lines, and repairs what can be repaired', async () => {
    const world = withLines(true, [740805, 1])
    withComplaint(world.lines)
    const { view } = await opened(LinesState, { world })
    const line = view.get('[data-line="1"]')
    expect(line.attributes('data-state')).toBe('on')
    expect(line.text()).toContain('Каналы UIS: Сайт shop.example')
    expect(view.text()).toContain('Линии без каналов UIS: Отдел продаж')
    await press(view, 'Выключить повторные лиды')
    expect(view.find('[data-problem=repeat_leads]').exists()).toBe(false)
  })

  it('looks again by itself while lines are being compared', async () => {
    const world = withLines(true, [740805, 1])
    world.lines.running = true
    const { view } = await opened(LinesState, { world })
    await vi.advanceTimersByTimeAsync(3000)
    world.lines.problem = 'Портал не ответил'
    world.lines.running = false
    await vi.advanceTimersByTimeAsync(3000)
    await flushPromises()
    expect(view.text()).toContain('Портал не ответил')
  })

  it('counts messages that need somebody and leads to the journal', async () => {
    const world = withLines(true, [740805, 1])
    world.lines.letters = { waiting: 0, failed: 2, in_doubt: 1 }
    const { view, opened: tabs } = await opened(LinesState, { world })
    expect(view.get('[data-testid=letters]').text()).toContain('не передано 2, под вопросом 1')
    await press(view, 'Открыть журнал')
    expect(tabs).toEqual(['journal'])
  })

  it('makes a line and says that it is ready', async () => {
    const world = withLines(false)
    const { view } = await opened(LinesState, { world })
    await view.get('input[name=line_name]').setValue('Чаты магазина')
    await view.get('form').trigger('submit')
    await flushPromises()
    expect(world.lines.rows.map(({ name }) => name)).toContain('Чаты магазина')
    expect(view.get('[role=status]').text()).toContain('Чаты магазина')
  })

  it('offers nothing to change to others than administrators', async () => {
    const world = withLines(true, [740805, 1])
    withComplaint(world.lines)
    const { view } = await opened(LinesState, { world, admin: false })
    expect(view.findAll('button').map(one => one.text())).toEqual(['Проверить ещё раз'])
  })
})

describe('the tile in the Contact Center', () => {
  it('connects channels to its line, switches the section on, and shows the line at work', async () => {
    const world = withLines(false, [740806, 3])
    const { view } = await opened(ConnectorPage, { world, line: 1 })
    expect(view.text()).toContain('Каналы UIS в линии «Поддержка»')
    expect(view.text()).toContain('Сейчас в линии «Отдел продаж»')
    await tick(view, 740806)
    await press(view, 'Сохранить')
    expect(stored(world)).toMatchObject({ enabled: true, lines: [{ channel_id: 740806, line_id: 1 }] })
    expect(view.get('[data-line="1"]').attributes('data-state')).toBe('on')
  })

  it('lets go of all channels of its line and of no others', async () => {
    const world = withLines(true, [740805, 1], [740806, 3])
    const { view } = await opened(ConnectorPage, { world, line: 1 })
    await press(view, 'Убрать все каналы из линии')
    await press(view, 'Сохранить')
    expect(stored(world).lines).toEqual([{ channel_id: 740806, line_id: 3 }])
  })

  it('shows both versions when another administrator was quicker', async () => {
    const world = withLines(true)
    const { view } = await opened(ConnectorPage, { world, line: 1 })
    world.settings.open_lines = { revision: 2, settings: { ...stored(world), lines: [{ channel_id: 740807, line_id: 3 }] } }
    await tick(view, 740806)
    await press(view, 'Сохранить')
    const dialog = document.querySelector('[data-testid=conflict]')
    expect(dialog?.textContent).toContain('Магазин в Telegram → Поддержка')
    expect(dialog?.textContent).toContain('WhatsApp отдела продаж → Отдел продаж')
  })

  it('says so when UIS is not connected', async () => {
    const world = withLines(true)
    world.connection = { ...world.connection, state: 'none' }
    const { view } = await opened(ConnectorPage, { world, line: 1 })
    expect(view.text()).toContain('UIS')
    expect(view.find('[role=note]').exists()).toBe(true)
  })

  it('asks for a line when the portal named none', async () => {
    const { view } = await opened(ConnectorPage, { line: 0 })
    expect(view.text()).toContain('Откройте коннектор из линии')
  })

  it('only shows to others than administrators', async () => {
    const { view } = await opened(ConnectorPage, { world: withLines(true, [740805, 1]), line: 1, admin: false })
    expect(view.findAll('[role=checkbox]').every(one => one.attributes('disabled') !== undefined)).toBe(true)
    expect(view.text()).toContain('Только просмотр')
  })
})
