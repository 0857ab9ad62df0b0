import type { Access, Attention, CrmSource, User } from '../src/api/types'

const profile = (id: number) => `https://portal.example/company/personal/user/${id}/`

const user = (given: Pick<User, 'id' | 'title' | 'last_name'> & Partial<User>): User => ({
  active: true, absent: false, absent_until: null, position: '', photo: null, url: profile(given.id), ...given,
})

export const USERS: User[] = [
  user({ id: 1, title: 'Администратор портала', last_name: 'Портала' }),
  user({ id: 7, title: 'Менеджер продаж', last_name: 'Продаж' }),
  user({ id: 9, title: 'Старший оператор', last_name: 'Оператор' }),
  user({ id: 11, title: 'Стажёр', last_name: '' }),
  user({ id: 12, title: 'Уволенный', last_name: 'Прежний', active: false }),
]

const source = (id: string, title: string, made: boolean): CrmSource => ({ id, title, made, problem: null })

export const SOURCES: CrmSource[] = [
  source('UIS_COMAGIC', 'UIS: Чат на сайте', true),
  source('UIS_WHATSAPP', 'UIS: WhatsApp', false),
  source('UIS_OFFLINE', 'UIS: Заявка с сайта', false),
]

export const ACCESS: Access = {
  succeeded: false,
  items: [
    {
      user_id: 1, name: 'Администратор Портала', url: profile(1), role: 'used', installer: true, admin: true,
      seen_at: '2026-01-12T10:24:00+03:00',
    },
  ],
}

export const ATTENTION: Attention[] = [
  { user_id: 11, title: 'Стажёр', url: profile(11), problem: 'no_last_name', text: 'Не указана фамилия', used_in: [] },
  {
    user_id: 12, title: 'Уволенный Прежний', url: profile(12), problem: 'dismissed', text: 'Уволен',
    used_in: ['Пара сотрудника UIS «Оператор на испытании»'],
  },
]
