import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { World } from '../mock/world'
import type { ChatsSettings, MainSettings } from '@/api/types'
import ChatsPage from '@/pages/chats/ChatsPage.vue'
import CommunicationPage from '@/pages/communication/CommunicationPage.vue'
import MainPage from '@/pages/main/MainPage.vue'
import OfflinePage from '@/pages/offline/OfflinePage.vue'
import { unsaved } from '@/settings/unsaved'
import { open } from './pages'

let shown: VueWrapper | null = null

afterEach(() => {
  shown?.unmount()
  shown = null
  document.body.replaceChildren()
})

async function opened(...args: Parameters<typeof open>) {
  const all = await open(...args)
  shown = all.view
  return all
}

const save = async (view: VueWrapper) => {
  await view.get('[data-testid=save]').trigger('click')
  await flushPromises()
}
const toggle = (view: VueWrapper) => view.get('button[data-field=enabled]').trigger('click')
const chatsOf = (world: World) => world.settings.chats?.settings as ChatsSettings
/** The draft on the page of chats, as an editor would change it. */
const draftOf = (view: VueWrapper) => (view.findComponent(CommunicationPage).vm as unknown as { draft: ChatsSettings }).draft
const byText = (text: string) => [...document.querySelectorAll('button')].find(one => one.textContent?.trim() === text)

describe('a page of settings', () => {
  it('shows what is stored and offers nothing to save', async () => {
    const { view } = await opened(MainPage)
    expect(view.get('button[data-field=enabled]').attributes('aria-checked')).toBe('true')
    expect(view.get('[data-testid=save]').attributes('disabled')).toBeDefined()
  })

  it('marks a change, saves it with the next revision, and is clean again', async () => {
    const { view, world } = await opened(MainPage)
    await toggle(view)
    expect([...unsaved]).toEqual(['main'])
    await save(view)
    expect(world.settings.main).toEqual({ revision: 1, settings: { enabled: false } })
    expect([...unsaved]).toEqual([])
    expect(view.text()).toContain('Сохранено')
  })

  it('asks before it is closed with unsaved changes, and only then', async () => {
    const { view } = await opened(MainPage)
    const leave = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    expect(leave()).toBe(false)
    await toggle(view)
    expect(leave()).toBe(true)
  })

  it('shows both versions at a conflict and takes the one of the server', async () => {
    const { view, world } = await opened(ChatsPage)
    await toggle(view)
    const theirs = { ...chatsOf(world), notify: false, responsible: { ...chatsOf(world).responsible, default_user_id: 7 } }
    world.settings.chats = { revision: 5, settings: theirs }
    await view.vm.$nextTick()
    draftOf(view).responsible.default_user_id = 7
    await save(view)
    const rows = [...document.querySelectorAll('[data-testid=conflict] tbody tr')].map(row => row.textContent)
    expect(rows).toEqual(['Раздел включёнданет', 'Уведомлять ответственногоданет'])
    byText('Взять сохранённую')?.click()
    await flushPromises()
    expect(view.get('button[data-field=enabled]').attributes('aria-checked')).toBe('false')
    expect([...unsaved]).toEqual([])
    expect(chatsOf(world).notify).toBe(false)
  })

  it('saves over the other version when that is chosen', async () => {
    const { view, world } = await opened(MainPage)
    await toggle(view)
    world.settings.main = { revision: 4, settings: { enabled: true } }
    await save(view)
    byText('Сохранить мою версию')?.click()
    await flushPromises()
    expect(world.settings.main).toEqual({ revision: 5, settings: { enabled: false } as MainSettings })
  })

  it('puts an error of the server at its field and the cursor into it', async () => {
    const { view } = await opened(ChatsPage)
    await toggle(view)
    await save(view)
    const box = view.get('[data-field="responsible.default_user_id"]')
    expect(box.text()).toContain('без него создавать нельзя')
    expect(box.element.contains(document.activeElement)).toBe(true)
    expect(view.text()).toContain('Не сохранено: исправьте 1 поле')
    draftOf(view).responsible.default_user_id = 7
    await flushPromises()
    expect(box.text()).not.toContain('без него создавать нельзя')
    expect(view.text()).not.toContain('Не сохранено')
  })

  it('keeps what was typed through the end of a session', async () => {
    const { view, world } = await opened(MainPage)
    await toggle(view)
    world.expired = true
    await save(view)
    expect(world.settings.main?.settings).toEqual({ enabled: false })
  })

  it('can only be read by others than administrators, and says why', async () => {
    const { view } = await opened(ChatsPage, { admin: false })
    expect(view.find('[data-testid=save]').exists()).toBe(false)
    expect(view.text()).toContain('Настройки может менять только администратор портала')
    const open = view.findAll('main button[role=switch], main input').filter(one => one.attributes('disabled') === undefined)
    expect(open.map(one => one.html())).toEqual([])
  })
})

describe('the page of chats', () => {
  const optionsOf = () => [...document.querySelectorAll('[role=option]')].map(one => one.textContent?.trim())

  it('offers fields of chats for templates, not those of requests', async () => {
    const { view } = await opened(ChatsPage)
    await view.get('[data-field="titles.lead"] button').trigger('click')
    await flushPromises()
    expect(optionsOf()).toContain('статус')
    expect(optionsOf()).not.toContain('форма')
  })

  it('offers no leads on a portal without them', async () => {
    const world = new World()
    chatsOf(world).create.entity = 'deal'
    chatsOf(world).transcript.to = ['deal']
    const { view } = await opened(ChatsPage, { world, me: { crm_mode: 'simple' } })
    expect(view.get('[data-field="create.entity"]').findAll('[role=radio]')).toHaveLength(1)
    expect(view.get('[data-field="transcript.to"]').text()).not.toContain('Лид')
  })

  it('asks neither for a pipeline nor for a responsible where nothing is created', async () => {
    const world = new World()
    Object.assign(chatsOf(world).create, { on_first: false, on_repeat: false })
    const { view } = await opened(ChatsPage, { world })
    for (const field of ['create.what', 'pipeline.default.stage_id', 'responsible.default_user_id', 'titles.lead'])
      expect(view.find(`[data-field="${field}"]`).exists(), field).toBe(false)
    expect(view.find('[data-field="transcript.to"]').exists()).toBe(true)
  })

  it('says each rule in words', async () => {
    const world = new World()
    const filter = { op: 'and' as const, items: [{ field: 'visitor.city', cmp: 'eq' as const, value: 'Казань' }] }
    const rules = [{ filter, assign: { kind: 'queue' as const, user_ids: [7, 9] } }, { filter: null, assign: { kind: 'operator' as const } }]
    chatsOf(world).responsible = { rules, default_user_id: 1, substitute_user_id: null }
    const { view } = await opened(ChatsPage, { world })
    const said = view.get('[data-block=responsible]').findAll('li > div button[aria-controls][aria-expanded=false]').map(one => one.text().replace(/\s+/g, ' ')).filter(one => /^\d/.test(one))
    expect(said).toEqual(['1Если «Посетитель: город»: Казаньпо очереди: Менеджер продаж, Старший оператор', '2Всегдаоператор чата'])
    await toggle(view)
    await save(view)
    expect(chatsOf(world).responsible.rules).toEqual(rules)
  })

  it('opens the rule that a refusal is about', async () => {
    const world = new World()
    const filter = { op: 'and' as const, items: [{ field: 'visitor.city', cmp: 'eq' as const, value: 'Казань' }] }
    chatsOf(world).responsible = { rules: [{ filter, assign: { kind: 'user', user_id: 7 } }], default_user_id: 1, substitute_user_id: null }
    world.refusals = [{ field: 'responsible.rules.0.filter.items.0.value', message: 'Не может быть пустым' }]
    const { view } = await opened(ChatsPage, { world })
    await toggle(view)
    await save(view)
    const box = view.get('[data-field="responsible.rules.0.filter.items.0.value"]')
    expect(box.text()).toContain('Не может быть пустым')
    expect(box.element.contains(document.activeElement)).toBe(true)
    expect(view.get('[data-block=titles]').text()).not.toContain('Не может быть пустым')
  })

  it('says a remark of the server at its field', async () => {
    const world = new World()
    chatsOf(world).responsible.default_user_id = 7
    world.remarks = [{ kind: 'lost', field: 'responsible.default_user_id', message: 'Такого пользователя на портале нет' }]
    const { view } = await opened(ChatsPage, { world })
    await vi.waitUntil(() => view.find('[data-remark=lost]').exists())
    expect(view.get('[data-field="responsible.default_user_id"]').text()).toContain('Такого пользователя на портале нет')
    expect(view.get('nav[aria-label]').find('[role=img]').exists()).toBe(true)
  })

  it('explains the exclusion before a save and switches everything off that would double', async () => {
    const world = new World()
    world.settings.open_lines = { revision: 1, settings: { enabled: true, lines: [], default_employee_id: null, signature: true } }
    chatsOf(world).responsible.default_user_id = 7
    const { view } = await opened(ChatsPage, { world })
    expect(view.find('[data-testid=exclusion]').exists()).toBe(false)
    await toggle(view)
    expect(view.get('[data-testid=exclusion]').text()).toContain('создание при первом обращении, создание при повторном обращении, уведомления, запись переписки')
    byText('Выключить всё это')?.click()
    await flushPromises()
    const { create, notify, transcript, mapping } = draftOf(view)
    expect([create.on_first, create.on_repeat, notify, transcript.to, mapping]).toEqual([false, false, false, [], []])
    expect(view.get('[data-testid=exclusion]').text()).toContain('Только рабочее место оператора')
  })

  it('gives the places of the other entity back when it is chosen again', async () => {
    const world = new World()
    chatsOf(world).pipeline.default = { category_id: null, stage_id: 'IN_PROCESS' }
    const { view } = await opened(ChatsPage, { world })
    draftOf(view).create.entity = 'deal'
    await flushPromises()
    expect(draftOf(view).pipeline.default).toEqual({ category_id: 0, stage_id: 'NEW' })
    draftOf(view).create.entity = 'lead'
    await flushPromises()
    expect(draftOf(view).pipeline.default).toEqual({ category_id: null, stage_id: 'IN_PROCESS' })
  })

  it('leads to the connection while UIS is not connected', async () => {
    const { view, opened: tabs } = await opened(ChatsPage)
    byText('Подключить')?.click()
    expect(tabs).toEqual(['main'])
    expect(view.text()).toContain('UIS ещё не подключён')
  })
})

describe('the page of offline requests', () => {
  it('has the same blocks, with its own words, moments and fields, and no channels', async () => {
    const { view } = await opened(OfflinePage)
    expect(view.text()).toContain('Какие заявки передавать')
    expect(view.find('[data-field="channels.mode"]').exists()).toBe(false)
    expect(view.get('[data-field="create.moment"]').text()).toContain('Когда заявка обработана')
    await view.get('[data-field="titles.lead"] button').trigger('click')
    await flushPromises()
    const offered = [...document.querySelectorAll('[role=option]')].map(one => one.textContent?.trim())
    expect(offered).toContain('форма')
    expect(offered).not.toContain('статус')
  })
})

describe('sources of the CRM', () => {
  it('are told apart by section, and the missing ones are made after a question only', async () => {
    const { view, world } = await opened(ChatsPage)
    const row = (id: string) => view.find(`[data-source="${id}"]`)
    expect(row('UIS_OFFLINE').exists()).toBe(false)
    expect(row('UIS_COMAGIC').attributes('data-made')).toBe('true')
    byText('Создать недостающие')?.click()
    await flushPromises()
    expect(row('UIS_WHATSAPP').attributes('data-made')).toBe('false')
    expect(view.text()).toContain('В справочник «Источники» вашей CRM добавятся: UIS: WhatsApp.')
    byText('Создать')?.click()
    await flushPromises()
    expect(row('UIS_WHATSAPP').attributes('data-made')).toBe('true')
    expect(world.sources.every(({ made }) => made)).toBe(true)
  })

  it('are one for offline requests, and nothing to make for others than administrators', async () => {
    const { view } = await opened(OfflinePage, { admin: false })
    expect(view.findAll('[data-source]').map(one => one.attributes('data-source'))).toEqual(['UIS_OFFLINE'])
    expect(byText('Создать недостающие')).toBeUndefined()
  })
})
