import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { World } from '../mock/world'
import { B24SelectMenu } from '@/kit'
import InstallerPage from '@/pages/installer/InstallerPage.vue'
import ConnectionCard from '@/pages/main/ConnectionCard.vue'
import EmployeeRow from '@/pages/main/EmployeeRow.vue'
import EmployeesCard from '@/pages/main/EmployeesCard.vue'
import HealthCard from '@/pages/main/HealthCard.vue'
import SyncCard from '@/pages/main/SyncCard.vue'
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
    await press(view, 'Починить')
    expect(view.get('[data-check=handlers]').attributes('data-state')).toBe('ok')
  })
})

describe('synchronization', () => {
  it('is watched until it ends, and says what was read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const done = vi.fn()
    const { view } = await opened(() => h(SyncCard, { onDone: done }))
    expect(view.text()).toContain('Синхронизации ещё не было')
    await press(view, 'Синхронизировать')
    expect(view.text()).toContain('Читаем справочники')
    expect(done).not.toHaveBeenCalled()
    for (let second = 0; second < 4; second++) {
      vi.advanceTimersByTime(1000)
      await flushPromises()
    }
    expect(view.text()).toContain('Последняя:')
    expect(view.text()).toContain('Стадии12')
    expect(done).toHaveBeenCalledTimes(1)
  })
})

describe('employees', () => {
  const card = () => h(EmployeesCard, { changes: 0 })

  it('shows who is without a pair, and links to profiles without a last name', async () => {
    const { view } = await opened(card)
    expect(view.get('[data-employee="367853"]').text()).toContain('Нет пары')
    expect(view.get('[data-employee="367852"]').text()).toContain('Найден по e-mail')
    expect(view.get('[data-employee="367854"]').text()).toContain('Пользователь «Уволенный» уволен')
    expect(view.get('a[href="https://portal.example/company/personal/user/11/"]').text()).toBe('Стажёр')
    await view.get('input[type=search]').setValue('НОЧНОЙ')
    expect(view.findAll('[data-employee]').map(row => row.attributes('data-employee'))).toEqual(['367853'])
  })

  it('joins by hand at once, and says why where that is refused', async () => {
    const { view, world } = await opened(card)
    const row = view.findAllComponents(EmployeeRow)[1]
    const choose = async (user: number) => {
      row?.getComponent(B24SelectMenu).vm.$emit('update:modelValue', user as never)
      await flushPromises()
    }
    await choose(7)
    expect(row?.text()).toContain('Этот пользователь уволен')
    expect(world.employees[1]?.user_id).toBeNull()
    await choose(9)
    expect(world.employees[1]?.user_id).toBe(9)
    expect(row?.text()).toContain('Связан вручную')
    await choose(0)
    expect(world.employees[1]?.user_id).toBeNull()
  })

  it('tells who is away, and keeps the last day that an administrator says', async () => {
    const world = new World()
    const { view } = await opened(card, { world })
    const absence = view.get('[data-absence="9"]')
    expect(absence.text()).not.toContain('Отсутствует')
    await absence.get('button').trigger('click')
    await view.get('[data-absence="9"] input[type=date]').setValue('2030-12-05')
    await view.get('[data-absence="9"] form').trigger('submit')
    await flushPromises()
    expect(world.users.find(({ id }) => id === 9)).toMatchObject({ absent: true, absent_until: '2030-12-05' })
    expect(view.get('[data-absence="9"]').text()).toContain('Отсутствует по 5 декабря включительно')
    await press(view, 'Уже на месте')
    expect(view.get('[data-absence="9"]').text()).not.toContain('Отсутствует')
  })

  it('leaves an absence of the portal itself to the portal', async () => {
    const world = new World()
    Object.assign(world.users[2] ?? {}, { absent: true, absent_until: '2030-12-05T18:00:00+03:00' })
    const { view } = await opened(card, { world })
    expect(view.get('[data-absence="9"]').text()).toContain('так в графике отсутствий Битрикс24')
    expect(view.findAll('button').map(one => one.text())).not.toContain('Уже на месте')
  })

  it('can only be read by others than administrators', async () => {
    const { view } = await opened(card, { admin: false })
    expect(view.findAllComponents(B24SelectMenu)).toHaveLength(0)
    expect(view.get('[data-employee="367852"]').text()).toContain('Старший оператор')
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
