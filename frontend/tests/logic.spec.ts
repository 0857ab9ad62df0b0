import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Stage } from '@/api/types'
import { FrameMissing, within } from '@/frame/frame'
import { placeFor, stagesOf } from '@/pages/communication/places'
import { insertAt } from '@/editors/template/template'
import { portalPath } from '@/parts/portalPath'
import { showPlainly } from '@/plainly'
import { differences, partAt, same } from '@/settings/differences'
import { readShell } from '@/shell'

const STAGES: Stage[] = [
  { id: 'NEW', entity: 'lead', category_id: null, title: 'New', final: false },
  { id: 'WORK', entity: 'lead', category_id: null, title: 'Work', final: false },
  { id: 'NEW', entity: 'deal', category_id: 0, title: 'New', final: false },
  { id: 'C2:NEW', entity: 'deal', category_id: 2, title: 'New', final: false },
]

describe('places of new leads and deals', () => {
  it('offers the statuses of leads and the stages of one pipeline', () => {
    expect(stagesOf(STAGES, 'lead', null).map(({ id }) => id)).toEqual(['NEW', 'WORK'])
    expect(stagesOf(STAGES, 'deal', 2).map(({ id }) => id)).toEqual(['C2:NEW'])
  })

  it.each([
    ['keeps a stage that belongs there', 'lead' as const, { category_id: null, stage_id: 'WORK' }, { category_id: null, stage_id: 'WORK' }],
    ['forgets the pipeline of a lead', 'lead' as const, { category_id: 2, stage_id: 'C2:NEW' }, { category_id: null, stage_id: 'NEW' }],
    ['takes the first stage of another pipeline', 'deal' as const, { category_id: 2, stage_id: 'NEW' }, { category_id: 2, stage_id: 'C2:NEW' }],
    ['keeps what it has where there is nothing to choose', 'deal' as const, { category_id: 9, stage_id: 'NEW' }, { category_id: 9, stage_id: 'NEW' }],
  ])('%s', (_name, entity, wished, expected) => expect(placeFor(STAGES, entity, wished)).toEqual(expected))
})

describe('differences of two versions', () => {
  it('names the leaves by path and takes a list as one', () => {
    const mine = { enabled: true, create: { what: 'crm', on_first: true }, ids: [1] }
    const theirs = { enabled: true, create: { what: 'activity', on_first: true }, ids: [1, 2] }
    expect(differences(mine, theirs)).toEqual([
      { path: 'create.what', mine: 'crm', theirs: 'activity' },
      { path: 'ids', mine: [1], theirs: [1, 2] },
    ])
  })

  it('find the part of a document at a path', () => {
    expect(partAt({ titles: { lead: 'x' } }, 'titles.lead')).toBe('x')
    expect(partAt({ titles: null }, 'titles.lead.0')).toBeUndefined()
  })

  it('does not care for the order of keys, but for that of lists', () => {
    expect(same({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true)
    expect(same([1, 2], [2, 1])).toBe(false)
  })
})

describe('templates', () => {
  it.each([
    ['', 0, '{{ visitor.name }}'],
    ['Chat:', 5, 'Chat: {{ visitor.name }}'],
    ['Chat: !', 6, 'Chat: {{ visitor.name }}!'],
  ])('inserts a field into "%s" at %i', (text, cursor, expected) => expect(insertAt(text, cursor, 'visitor.name')).toBe(expected))
})

describe('links of the journal', () => {
  it.each([
    ['/crm/lead/details/81/', '/crm/lead/details/81/'],
    ['https://portal.example/crm/deal/details/5/?a=1', '/crm/deal/details/5/?a=1'],
    ['https://elsewhere.example/crm/', null],
    ['//elsewhere.example/', null],
    ['javascript:alert(1)', null],
    [null, null],
  ])('of %s lead to %s', (url, path) => expect(portalPath(url, 'https://portal.example')).toBe(path))
})

describe('the frame', () => {
  afterEach(() => void vi.useRealTimers())

  it('does not wait for ever for a portal that is silent', async () => {
    vi.useFakeTimers()
    const answer = within(new Promise(() => undefined), 1000)
    const outcome = expect(answer).rejects.toBeInstanceOf(FrameMissing)
    await vi.advanceTimersByTimeAsync(1000)
    await outcome
  })

  it('hands up what the portal answers', async () => expect(await within(Promise.resolve(7), 1000)).toBe(7))
})

describe('the shell', () => {
  function shell(lang: string, metas: Record<string, string>): Document {
    const page = document.implementation.createHTMLDocument('')
    page.documentElement.lang = lang
    for (const [name, content] of Object.entries(metas)) {
      const meta = page.createElement('meta')
      meta.setAttribute('name', name)
      meta.setAttribute('content', content)
      page.head.append(meta)
    }
    return page
  }

  it('is read from the page', () => {
    const page = shell('ru', { session: 'token', page: 'connector', portal: 'https://portal.example/', admin: '1', line: '3' })
    const told = { session: 'token', page: 'connector', portal: 'https://portal.example', admin: true, lang: 'ru', line: 3 }
    expect(readShell(page)).toEqual(told)
  })

  it('has safe answers where the server gave none', () => {
    const safe = { session: '', page: 'app', portal: '', admin: false, lang: 'en', line: 0 }
    expect(readShell(shell('de', { page: 'unknown', line: 'x' }))).toEqual(safe)
  })

  it('is never blank, even when nothing could start', () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const page = shell('ru-RU', {})
    showPlainly(page, new Error('no chunk'))
    expect(page.querySelector('[role=alert] button')?.textContent).toBe('Обновить')
  })
})
