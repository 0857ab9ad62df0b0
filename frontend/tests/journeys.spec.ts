import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { World } from '../mock/world'
import InstallerPage from '@/pages/installer/InstallerPage.vue'
import JournalPage from '@/pages/journal/JournalPage.vue'
import ConnectionCard from '@/pages/main/ConnectionCard.vue'
import HealthCard from '@/pages/main/HealthCard.vue'
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
  return all
}

async function press(view: VueWrapper, text: string): Promise<void> {
  const button = view.findAll('button').find(one => one.text() === text)
  if (!button) throw new Error(`No button "${text}" in: ${view.text()}`)
  await button.trigger(button.attributes('type') === 'submit' ? 'submit' : 'click')
  await flushPromises()
}

async function signIn(view: VueWrapper, password: string, submit = 'Войти и выбрать каналы'): Promise<void> {
  await view.get('input[name=login]').setValue('shop@example')
  await view.get('input[name=password]').setValue(password)
  await press(view, submit)
}

describe('connecting UIS', () => {
  it('goes in two steps and ends connected', async () => {
    const { view, world } = await opened(ConnectionCard)
    await press(view, 'Подключить UIS')
    await signIn(view, 'secret')
    expect(view.text()).toContain('Где отвечают операторы?')
    await view.get('input[name=data_api_key]').setValue('key')
    await press(view, 'Подключить')
    expect(world.connection.answering).toBe('uis')
    expect(view.get('[data-testid=connection]').text()).toBe('Подключено')
    expect(view.text()).toContain('Сайт shop.example')
  })

  it('says what UIS said about a wrong password and keeps the login', async () => {
    const { view } = await opened(ConnectionCard)
    await press(view, 'Подключить UIS')
    await signIn(view, 'wrong')
    expect(view.get('[role=alert]').text()).toContain('UIS не принял логин и пароль')
    expect(view.get<HTMLInputElement>('input[name=login]').element.value).toBe('shop@example')
  })

  it('warns of the consequence before operators answer in Bitrix24', async () => {
    const { view } = await opened(ConnectionCard)
    await press(view, 'Подключить UIS')
    await signIn(view, 'secret')
    expect(view.text()).not.toContain('Переадресация в CRM')
    await view.get('[role=radio][value=bitrix24]').trigger('click')
    expect(view.text()).toContain('Переадресация в CRM')
  })

  it('shows an error of the server at its field and keeps the choices', async () => {
    const { view } = await opened(ConnectionCard)
    await press(view, 'Подключить UIS')
    await signIn(view, 'secret')
    await press(view, 'Подключить')
    expect(view.get('[data-field=data_api_key]').text()).toContain('Введите ключ Data API')
    expect(view.findAll('[role=checkbox][aria-checked=true]')).toHaveLength(3)
  })

  it('asks for a new sign-in when the ticket has run out, and keeps what was chosen', async () => {
    const { view, world } = await opened(ConnectionCard)
    await press(view, 'Подключить UIS')
    await signIn(view, 'secret')
    await view.get('[role=radio][value=bitrix24]').trigger('click')
    await view.get('input[name=data_api_key]').setValue('key')
    world.ticketExpired = true
    await press(view, 'Подключить')
    expect(view.text()).toContain('Войдите ещё раз: выбранное сохранится')
    world.ticketExpired = false
    await signIn(view, 'secret')
    await press(view, 'Подключить')
    expect(world.connection.answering).toBe('bitrix24')
  })

  it('asks for the sign-in again before it disconnects', async () => {
    const world = new World()
    world.connection = { ...world.connection, state: 'connected', login: 'shop@example', answering: 'uis' }
    const { view } = await opened(ConnectionCard, { world })
    await press(view, 'Отключить')
    await signIn(view, 'secret', 'Войти и отключить')
    expect(world.connection.state).toBe('none')
    expect(view.get('[data-testid=connection]').text()).toBe('Не подключено')
  })

  it('offers nothing to change to others than administrators', async () => {
    const { view } = await opened(ConnectionCard, { admin: false })
    expect(view.findAll('button')).toHaveLength(0)
  })
})

describe('health', () => {
  it('names each problem in words and repairs it', async () => {
    const { view } = await opened(HealthCard)
    expect(view.get('[data-check=handlers]').attributes('data-state')).toBe('broken')
    await press(view, 'Исправить')
    expect(view.get('[data-check=handlers]').attributes('data-state')).toBe('ok')
  })
})

describe('the installer', () => {
  it('shows the steps as they go and tells the portal once, when all is done', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const installFinish = vi.fn(async () => undefined)
    const { view } = await opened(InstallerPage, { frame: { installFinish } })
    expect(view.get('[data-step=connector]').attributes('data-state')).toBe('waiting')
    expect(installFinish).not.toHaveBeenCalled()
    for (let second = 0; second < 5; second++) {
      vi.advanceTimersByTime(1000)
      await flushPromises()
    }
    expect(view.get('[data-step=connector]').attributes('data-state')).toBe('done')
    expect(installFinish).toHaveBeenCalledTimes(1)
    expect(view.text()).toContain('Осталось подключить UIS')
  })

  it('says so when the portal is silent, and lets try again', async () => {
    const world = new World()
    Object.assign(world.installation, { state: 'done', steps: [] })
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const installFinish = vi.fn(() => Promise.reject(new Error('silent')))
    const { view } = await opened(InstallerPage, { world, frame: { installFinish } })
    expect(view.text()).toContain('Портал не ответил')
    await press(view, 'Перейти к подключению UIS')
    expect(installFinish).toHaveBeenCalledTimes(2)
  })

  it('does not wait for ever for a portal that took the end and does not reload', async () => {
    const world = new World()
    Object.assign(world.installation, { state: 'done', steps: [] })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { view } = await opened(InstallerPage, { world })
    expect(view.text()).not.toContain('Портал не ответил')
    vi.advanceTimersByTime(15_000)
    await view.vm.$nextTick()
    expect(view.text()).toContain('Портал не ответил')
  })

  it('tells others who can install', async () => {
    const world = new World()
    world.installation.can_install = false
    const installFinish = vi.fn(async () => undefined)
    const { view } = await opened(InstallerPage, { world, frame: { installFinish } })
    expect(view.text()).toContain('Установить приложение может администратор портала')
    expect(installFinish).not.toHaveBeenCalled()
  })
})

describe('the journal', () => {
  it('shows text of clients as text', async () => {
    const { view } = await opened(JournalPage)
    expect(view.get('[data-testid=journal]').text()).toContain('Посетитель <b>из рекламы</b>')
    expect(view.find('[data-testid=journal] b').exists()).toBe(false)
  })

  it('explains one conversation and opens its card in the portal', async () => {
    const openPath = vi.fn(async () => undefined)
    const { view } = await opened(JournalPage, { frame: { openPath } })
    await view.get('[data-testid=journal] a').trigger('click')
    expect(openPath).toHaveBeenCalledWith('/crm/lead/details/81/')
    await view.get('[data-testid=journal] button').trigger('click')
    await flushPromises()
    expect(document.querySelector('[data-testid=explanation]')?.textContent).toContain('Создан лид № 81')
  })
})
