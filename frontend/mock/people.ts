import type { Access, Attention } from '../src/api/types'

const profile = (id: number) => `https://portal.example/company/personal/user/${id}/`

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
