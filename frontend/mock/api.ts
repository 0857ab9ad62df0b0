import type { IncomingMessage } from 'node:http'
import type { Answering, OpenLinesSettings } from '../src/api/types'
import { analyticsDialogs, analyticsReport, sendAgain } from './analytics.ts'
import { draftAnswer, historyAnswer, LISTS, testAnswer } from './drafts.ts'
import { DAYS, TROUBLE } from './journal.ts'
import { LINE_LISTS, makeLine, overview, repairLine, TAKEN_AWAY } from './lines.ts'
import { ACCESS, ATTENTION } from './people.ts'
import { CHANNELS, NONE, type World } from './world.ts'

interface Reply {
  status: number
  body?: unknown
}

type Body = Record<string, unknown>

const ok = (body?: unknown): Reply => ({ status: 200, body })
const problem = (status: number, title: string, more: object = {}): Reply => ({ status, body: { title, detail: '', status, ...more } })

const DIRECTORY: Record<string, unknown[]> = {
  ...LISTS,
  channels: CHANNELS.map(({ id, name }) => ({ id, title: name })),
  pipelines: [
    { id: 0, entity: 'deal', title: 'Общая' },
    { id: 2, entity: 'deal', title: 'Опт' },
  ],
  stages: [
    { id: 'NEW', entity: 'lead', category_id: null, title: 'Не обработан' },
    { id: 'IN_PROCESS', entity: 'lead', category_id: null, title: 'В работе' },
    { id: 'NEW', entity: 'deal', category_id: 0, title: 'Новая' },
    { id: 'PREPARATION', entity: 'deal', category_id: 0, title: 'Подготовка документов' },
    { id: 'C2:NEW', entity: 'deal', category_id: 2, title: 'Заявка' },
  ],
}

function saveSettings(world: World, section: string, body: Body): Reply {
  const now = world.settings[section]
  if (!now) return problem(404, 'Нет такого раздела')
  const errors = [...world.refusals, ...faults(body.settings as Body)]
  if (errors.length > 0) return problem(422, 'Настройки не сохранены', { errors })
  if (body.revision !== now.revision) return problem(409, 'Настройки уже изменены', { current: now })
  world.settings[section] = { revision: now.revision + 1, settings: body.settings as never }
  return ok(world.settings[section])
}

function faults(settings: Body): { field: string; message: string }[] {
  if (!('create' in settings)) return []
  const { responsible, titles } = settings as { responsible: { default_user_id: unknown }; titles: Record<string, string> }
  const found = Object.entries(titles)
    .filter(([, text]) => text.split('{{').length !== text.split('}}').length)
    .map(([kind]) => ({ field: `titles.${kind}`, message: 'Шаблон не читается: не закрыта скобка «{{»' }))
  if (responsible.default_user_id === null)
    found.push({ field: 'responsible.default_user_id', message: 'Выберите ответственного: без него создавать нельзя' })
  return found
}

function connect(world: World, body: Body): Reply {
  if (world.ticketExpired) return problem(422, 'Вход устарел', { code: 'ticket_expired' })
  if (!body.data_api_key) return problem(422, 'Не подключено', { errors: [{ field: 'data_api_key', message: 'Введите ключ Data API' }] })
  world.connection = {
    state: 'connected',
    project: 'uis2',
    login: 'shop@example',
    account: 1103,
    answering: body.answering as Answering,
    channels: CHANNELS.map(channel => ({ ...channel, joined: (body.channels as number[]).includes(channel.id) })),
    data_api: { state: 'ok', text: 'Ключ действует' },
    problem: null,
    warnings: [],
    callback_url: 'https://app.example/uis/…',
  }
  return ok(world.connection)
}

function login(body: Body): Reply {
  if (body.password === 'wrong') return problem(422, 'UIS не принял логин и пароль', { detail: 'Проверьте их и выбранный проект' })
  return ok({ ticket: 'ticket', channels: CHANNELS })
}

function listJournal(world: World, query: URLSearchParams): Reply {
  const [state, wanted, code, ids] = [query.get('state'), query.get('q') ?? '', query.get('problem'), query.getAll('ids')]
  const items = world.journal
    .filter(one => (!state || one.state === state) && (!code || one.problem_code === code))
    .filter(one => (one.client ?? '').includes(wanted) && (ids.length === 0 || ids.includes(String(one.id))))
  return ok({ items: structuredClone(items), next: null })
}

/** `journal/5` is an entry, `journal/days` and `journal/problems` are lists of their own. */
function readJournal(world: World, part: string, query: URLSearchParams): Reply {
  if (part === 'days') return ok({ items: DAYS })
  if (part === 'backlog') return ok(world.backlog)
  if (part === 'problems') return ok({ items: world.journal.some(({ state }) => state === 'failed') ? [TROUBLE] : [] })
  return part ? ok(world.journal.find(({ id }) => String(id) === part)) : listJournal(world, query)
}

function retry(world: World, { ids, problem: code }: Body): Reply {
  const again = world.journal.filter(one => one.state === 'failed' && (code ? one.problem_code === code : (ids as unknown[]).includes(one.id)))
  for (const one of again) Object.assign(one, { state: 'waiting', problem: null, problem_code: null })
  return ok({ count: again.length })
}

function setAside(world: World): Reply {
  const { count } = world.backlog
  world.backlog = { count: 0, since: null }
  return ok({ count })
}

function join(world: World, id: string, { user_id }: Body): Reply {
  const employee = world.employees.find(one => String(one.id) === id)
  if (!employee) return problem(404, 'Нет такого сотрудника')
  if (user_id === 7) return problem(422, 'Не сохранено', { errors: [{ field: 'user_id', message: 'Этот пользователь уволен' }] })
  const user = world.users.find(one => one.id === user_id)
  Object.assign(employee, { user_id, user: user?.title ?? null, joined_by: user ? 'hand' : null })
  return ok(employee)
}

function away(world: World, id: number, { until }: Body): Reply {
  const user = world.users.find(one => one.id === id)
  if (!user) return problem(404, 'Нет такого пользователя')
  Object.assign(user, { absent: until !== null, absent_until: until })
  return ok({ user_id: id, until })
}

const ofWorld = (world: World): Record<string, unknown[]> => ({
  employees: world.employees,
  users: world.users,
  lines: world.lines.rows.map(({ id, name, active }) => ({ id, title: name, active })),
})

/** Every look brings a running synchronization one step on. */
function syncProgress(world: World): Reply {
  const { sync } = world
  if (sync.state === 'running' && sync.parts.length > 1) Object.assign(sync, { state: 'done', finished_at: '2026-01-12T10:24:00+03:00' })
  else if (sync.state === 'running') sync.parts.push({ name: `part${sync.parts.length}`, title: 'Стадии', side: 'bitrix24', count: 12, problem: null })
  return ok(structuredClone(sync))
}

function repair(world: World, name: unknown): Reply {
  world.health.checks = world.health.checks.map(check => (check.name === name ? { ...check, state: 'ok', text: 'Исправлено', repair: null } : check))
  return ok({})
}

function installed(world: World): Reply {
  const running = world.installation.steps.find(({ state }) => state !== 'done')
  if (running) running.state = 'done'
  else world.installation.state = 'done'
  return ok(world.installation)
}

function openLines(world: World): Reply {
  const { enabled, lines } = world.settings.open_lines?.settings as OpenLinesSettings
  return ok(overview(world.lines, enabled, lines))
}

function lettersAgain(world: World, sent: Body): Reply {
  world.sentAgain.push(sent)
  for (const one of world.journal) one.letters.open = one.letters.open.filter(({ id }) => !(sent.ids as number[]).includes(id))
  return ok({ count: 1 })
}

function changeLines(world: World, part: string, sent: Body): Reply {
  if (part === 'letters') return lettersAgain(world, sent)
  return changeLine(world, part, sent)
}

function changeLine(world: World, part: string, { line_id, repair: code, name }: Body): Reply {
  if (part === 'lines') return { status: 201, body: makeLine(world.lines, String(name)) }
  repairLine(world.lines, line_id, code)
  return { status: 202, body: { state: 'running' } }
}

/** Answers as the server does. `POST /api/mock/<switch>` changes the world for a test of the pages. */
export function answer(world: World, request: IncomingMessage, url: URL, sent: unknown): Reply {
  const [, , name = '', part = '', what = ''] = url.pathname.split('/')
  const method = request.method ?? 'GET'
  const body = sent as Body
  if (name === 'mock') return ok(void Object.assign(world, sent))
  if (name === 'session') {
    world.expired = false
    return ok({ session: 'renewed', expires_in: 600 })
  }
  if (world.expired) return problem(401, 'Сеанс истёк')
  const asked = name === 'settings' && what ? draftAnswer(world, part, what, body) : undefined
  if (asked !== undefined) return ok(asked)
  const routes: Record<string, () => Reply> = {
    'GET test_chat': () => ok(testAnswer()),
    'POST test_chat': () => ({ status: 202, body: { state: 'running' } }),
    'GET history': () => ok(historyAnswer()),
    'GET me': () => ok({ user_id: 1, name: 'Администратор портала', admin: true, portal: 'https://portal.example', crm_mode: 'classic', lang: 'ru', version: '0.1.0' }),
    'GET installation': () => installed(world),
    'POST installation': () => ({ status: 202 }),
    'GET settings': () => ok({ ...world.settings[part], ...(part === 'open_lines_analytics' ? TAKEN_AWAY : {}) }),
    'PUT settings': () => saveSettings(world, part, body),
    'GET directory': () => ok(structuredClone(ofWorld(world)[part] ?? DIRECTORY[part] ?? LINE_LISTS[part] ?? [])),
    'PUT employees': () => join(world, part, body),
    'GET employees': () => ok(ATTENTION),
    'GET sources': () => ok(world.sources),
    'POST sources': () => ok((world.sources = world.sources.map(one => ({ ...one, made: true })))),
    'PUT users': () => away(world, Number(part), body),
    'GET access': () => ok(ACCESS),
    'GET sync': () => syncProgress(world),
    'POST sync': () => ({ status: 202, body: Object.assign(world.sync, { state: 'running', parts: [] }) }),
    'POST journal': () => (part === 'set_aside' ? setAside(world) : retry(world, body)),
    'POST uis': () => (part === 'login' ? login(body) : connect(world, body)),
    'GET uis': () => ok(world.connection),
    'DELETE uis': () => ok((world.connection = NONE)),
    'GET analytics': () => ok((part === 'report' ? analyticsReport : analyticsDialogs)(world.dialogs, url.searchParams, world.analyticsNotes)),
    'POST analytics': () => ok(sendAgain(world.dialogs, body)),
    'GET health': () => ok(world.health),
    'POST health': () => repair(world, body.name),
    'GET open_lines': () => openLines(world),
    'POST open_lines': () => changeLines(world, part, body),
    'GET journal': () => readJournal(world, part, url.searchParams),
  }
  return routes[`${method} ${name}`]?.() ?? problem(404, 'Нет такого адреса')
}
