import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { ACCESS } from '../mock/people'
import { World } from '../mock/world'
import type { Employee, HealthCheck } from '@/api/types'
import AccessCard from '@/pages/main/AccessCard.vue'
import EmployeesCard from '@/pages/main/EmployeesCard.vue'
import MainPage from '@/pages/main/MainPage.vue'
import { countOf, shownEmployees } from '@/pages/main/employees'
import { sorted, wayTo } from '@/pages/main/health'
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
  await flushPromises()
  return all
}

const click = async (view: VueWrapper, selector: string) => {
  await view.get(selector).trigger('click')
  await flushPromises()
}

/** Main is off and three conversations have piled up. */
function off(): World {
  const world = new World()
  world.settings.main = { revision: 1, settings: { enabled: false } }
  return world
}

describe('Main on again', () => {
  it('tells what has piled up and works it through by itself', async () => {
    const { view, world } = await opened(MainPage, { world: off() })
    expect(view.get('[data-testid=backlog]').text()).toContain('накопилось 3 обращения')
    expect(view.find('[data-testid=backlog] [role=radio]').exists()).toBe(false)
    await click(view, 'button[data-field=enabled]')
    expect(view.findAll('[data-testid=backlog] [role=radio]')).toHaveLength(2)
    await click(view, '[data-testid=save]')
    expect(world.settings.main?.settings).toEqual({ enabled: true })
    expect(world.backlog.count).toBe(3)
  })

  it('sets it aside before anything is saved, when that was chosen', async () => {
    const { view, world } = await opened(MainPage, { world: off() })
    await click(view, 'button[data-field=enabled]')
    await view.findAll('[data-testid=backlog] [role=radio]')[1]?.trigger('click')
    await click(view, '[data-testid=save]')
    expect(world.backlog.count).toBe(0)
    expect(world.settings.main?.settings).toEqual({ enabled: true })
  })

  it('asks nothing while it is on, nor when it is switched off', async () => {
    const { view } = await opened(MainPage)
    expect(view.find('[data-testid=backlog]').exists()).toBe(false)
    await click(view, 'button[data-field=enabled]')
    expect(view.find('[data-testid=backlog]').exists()).toBe(false)
  })
})

describe('whose access is used', () => {
  it('asks for a reserve when there is none', async () => {
    const { view } = await opened(AccessCard)
    expect(view.get('[data-role=used]').text()).toContain('Администратор Портала')
    expect(view.text()).toContain('Запасного доступа нет')
  })

  it('tells that another administrator took over', async () => {
    const kept = structuredClone(ACCESS)
    ACCESS.succeeded = true
    try {
      const { view } = await opened(AccessCard)
      expect(view.text()).toContain('Работа продолжается от имени другого администратора')
    } finally {
      Object.assign(ACCESS, kept)
    }
  })
})

describe('employees', () => {
  it('name users who cannot take part, with what depends on them and a way to the profile', async () => {
    const { view } = await opened(EmployeesCard)
    expect(view.get('[data-attention=no_last_name] a').attributes('href')).toBe('https://portal.example/company/personal/user/11/')
    expect(view.get('[data-attention=dismissed]').text()).toContain('Пара сотрудника UIS «Оператор на испытании»')
  })

  const person = (part: Partial<Employee>): Employee => ({
    id: 1, title: 'Пётр', active: true, user_id: null, user: null, joined_by: null, problem: null, ...part,
  })
  const staff = [
    person({ id: 1, user_id: 7, user: 'Иван Петров' }),
    person({ id: 2, title: 'Ольга' }),
    person({ id: 3, title: 'Анна', active: false }),
    person({ id: 4, title: 'Вера', user_id: 9, problem: 'уволен' }),
  ]

  it.each([['all', 4], ['paired', 1], ['unpaired', 1], ['problem', 1], ['inactive', 1]] as const)('%s: %i', (name, count) =>
    expect(countOf(staff, name)).toBe(count))
  it.each([['петр', [1]], ['ОЛЬ', [2]], ['иван', [1]], ['', [1, 2, 3, 4]], ['x', []]])('"%s" finds %j', (search, ids) =>
    expect(shownEmployees(staff, 'all', search).map(({ id }) => id)).toEqual(ids))
})

describe('health', () => {
  const check = (name: string, state: HealthCheck['state']): HealthCheck => ({ name, state, text: '', repair: null })

  it('shows the worst first', () => {
    const { wanted, fine } = sorted([check('a', 'ok'), check('b', 'warning'), check('c', 'broken')])
    expect([wanted.map(({ name }) => name), fine.map(({ name }) => name)]).toEqual([['c', 'b'], ['a']])
  })
  it('leads to a tab that is there, or to a block of the page', () => {
    expect(wayTo(check('journal', 'warning'), ['main', 'journal'])).toEqual({ tab: 'journal' })
    expect(wayTo(check('journal', 'warning'), ['main'])).toBeNull()
    expect(wayTo(check('pairs', 'warning'), [])).toEqual({ block: 'employees' })
    expect(wayTo(check('queue', 'warning'), [])).toBeNull()
  })
})
