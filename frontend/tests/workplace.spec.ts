import { beforeEach, describe, expect, it, vi } from 'vitest'
import { insertAt } from '@/pages/workplace/compose/insertAt'
import { makeWritings } from '@/pages/workplace/compose/writing'
import { makeKept } from '@/pages/workplace/kept'
import { belongs, joined, renewed, sorted } from '@/pages/workplace/list/order'
import { newKey } from '@/pages/workplace/newKey'
import { partsOf } from '@/pages/workplace/talk/parts'
import { days, lastOfClient, merged, withLetter, withMissing, withOlder } from '@/pages/workplace/talk/timeline'
import { leftOf } from '@/pages/workplace/talk/window'
import type { Chat, ChatRow, Letter, Message } from '@/pages/workplace/types'

const row = (id: number, more: Partial<ChatRow> = {}) =>
  ({ id, mine: false, waits_since: null, last_at: `2026-01-12T07:0${id}:00Z`, ...more }) as ChatRow
const message = (id: number, more: Partial<Message> = {}) =>
  ({ id, source: 'client', text: `${id}`, at: '2026-01-12T07:00:00Z', ...more }) as Message
const chat = (ids: number[], more: Partial<Chat> = {}) =>
  ({ id: 1, messages: ids.map(id => message(id)), letters: [], older: null, ...more }) as unknown as Chat
const letter = (id: number, more: Partial<Letter> = {}) => ({ id, kind: 'message', state: 'waiting', ...more }) as Letter
const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id)

describe('the list of conversations', () => {
  it('has the newest word first, and among those that wait the longest wait', () => {
    const rows = [row(1, { waits_since: '2026-01-12T07:05:00Z' }), row(3, { waits_since: '2026-01-12T07:01:00Z' }), row(2)]
    expect(ids(sorted(rows, 'all'))).toEqual([3, 2, 1])
    expect(ids(sorted(rows.filter(one => belongs(one, 'unanswered')), 'unanswered'))).toEqual([3, 1])
  })

  it('takes in what belongs to it and loses what does not any more', () => {
    const mine = [row(1, { mine: true }), row(2, { mine: true })]
    const came = [row(1, { mine: false }), row(3, { mine: true })]
    expect(ids(renewed(mine, [1, 2, 3], came, 'mine', true))).toEqual([3])
  })

  it('of a search grows by nothing that was not found', () => {
    expect(ids(renewed([row(1)], [1, 2], [row(1, { last_at: '2026-01-13T00:00:00Z' }), row(2)], 'all', false))).toEqual([1])
  })

  it('has a row that moved between two pages once', () => {
    expect(ids(joined([row(3), row(2)], [row(2), row(1)], 'all'))).toEqual([3, 2, 1])
  })
})

describe('a conversation', () => {
  it('is cut into days as the clock of its reader has them', () => {
    const said = [message(1, { at: '2026-01-12T10:00:00' }), message(2, { at: '2026-01-12T23:59:00' }), message(3, { at: '2026-01-13T00:01:00' })]
    expect(days(said).map(day => ids(day.messages))).toEqual([[1, 2], [3]])
  })

  it('that is read again keeps the earlier pages that are on the screen', () => {
    const shown = withOlder(chat([3, 4], { older: 3 }), chat([1, 2], { older: null }))
    const fresh = merged(shown, chat([4, 5], { older: 4 }))
    expect([ids(fresh.messages), fresh.older]).toEqual([[1, 2, 3, 4, 5], null])
    expect(merged(null, chat([4])).messages).toHaveLength(1)
  })

  it('shows a letter once, and none that was given up or carried out', () => {
    const two = withLetter(withLetter(chat([]), letter(2)), letter(1))
    expect(ids(two.letters)).toEqual([1, 2])
    expect(withLetter(two, letter(1, { state: 'sending' })).letters[0]?.state).toBe('sending')
    expect(ids(withLetter(two, letter(1, { state: 'dropped' })).letters)).toEqual([2])
    expect(ids(withLetter(two, letter(3, { kind: 'close', state: 'done' })).letters)).toEqual([1, 2])
  })

  it('keeps a letter that an older answer does not name, and believes the answer where it does', () => {
    const answer = withLetter(chat([1]), letter(1, { state: 'sending' }))
    const kept = withMissing(answer, [letter(1), letter(2)])
    expect(kept.letters.map(({ id, state }) => [id, state])).toEqual([[1, 'sending'], [2, 'waiting']])
  })

  it('is read up to the last word of the client', () => {
    expect(lastOfClient([message(1), message(2), message(3, { source: 'operator' })])).toBe(2)
    expect(lastOfClient([])).toBeNull()
  })
})

describe('words of a client', () => {
  it.each([
    ['a https://shop.example/x?y=1#z b', ['a ', 'https://shop.example/x?y=1#z', ' b']],
    ['(http://shop.example).', ['(', 'http://shop.example', ').']],
    ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
    ['https://', ['https://']],
    ['', []],
  ])('%j become links where they name web pages', (text, expected) => {
    const parts = partsOf(text)
    expect(parts.map(part => part.text)).toEqual(expected)
    expect(parts.map(part => part.text).join('')).toBe(text)
    for (const { href } of parts) expect(href ?? 'https:').toMatch(/^https?:/)
  })

  it('may hold anything and lose nothing', () => {
    const pieces = ['http://', 'https://a.b', ' ', '<img src=x>', '"', ')', 'javascript:', '\n', 'HTTPS://X.Y/z,', '…']
    for (let seed = 1; seed < 400; seed += 1) {
      const text = Array.from({ length: 8 }, (_, at) => pieces[(seed * (at + 3) * 7) % pieces.length]).join('')
      expect(partsOf(text).map(part => part.text).join('')).toBe(text)
    }
  })
})

describe('the window of WhatsApp Business', () => {
  const now = Date.parse('2026-01-12T07:00:00Z')
  it.each([
    ['2026-01-13T07:00:00Z', { hours: 24, minutes: 0 }],
    ['2026-01-12T07:00:01Z', { hours: 0, minutes: 1 }],
    ['2026-01-12T08:30:00Z', { hours: 1, minutes: 30 }],
    ['2026-01-12T07:00:00Z', null],
    [null, null],
  ])('until %s leaves %j', (until, left) => expect(leftOf(until, now)).toEqual(left))
})

describe('what was typed', () => {
  beforeEach(() => sessionStorage.clear())
  const blocked = () => {
    throw new DOMException('blocked', 'SecurityError')
  }

  it('is there again after a reload, and nothing of it leaves by itself', () => {
    const before = makeWritings(makeKept('omni.'), 'restored').of(5)
    before.text = 'half a sentence'
    const leaving = { key: 'k', text: 'said', file: null, quote: null, template: null, at: '', later: true, problem: '' }
    before.outgoing.push({ ...leaving, state: 'leaving' })
    const after = makeWritings(makeKept('omni.'), 'restored').of(5)
    expect(after.text).toBe('half a sentence')
    expect(after.outgoing).toMatchObject([{ text: 'said', state: 'unsent', later: false, problem: 'restored' }])
    after.text = ''
    after.outgoing = []
    expect(sessionStorage.length).toBe(0)
  })

  it('of one user or portal is not shown to another', () => {
    makeWritings(makeKept('omni.a.7.'), '').of(5).text = 'mine'
    expect(makeWritings(makeKept('omni.a.9.'), '').of(5).text).toBe('')
  })

  it('stays as long as the page where storage is forbidden', () => {
    const writings = makeWritings(makeKept('omni.', blocked), '')
    writings.of(5).text = 'kept'
    expect(writings.of(5).text).toBe('kept')
    const kept = makeKept('omni.', blocked)
    kept.write('x', { a: 1 })
    expect(kept.read('x')).toEqual({ a: 1 })
    kept.write('x', null)
    expect(kept.read('x')).toBeNull()
  })

  it('takes a piece where the caret is', () => {
    expect(insertAt('ab', '😀', 1, 1)).toEqual({ value: 'a😀b', caret: 3 })
    expect(insertAt('abc', 'X', 1, 2)).toEqual({ value: 'aXc', caret: 2 })
    expect(insertAt('abc', 'X')).toEqual({ value: 'abcX', caret: 4 })
  })

  it('leaves under a key that no other has', () => {
    const keys = new Set(Array.from({ length: 1000 }, newKey))
    expect(keys.size).toBe(1000)
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
  })
})

describe('the sign that somebody is writing', () => {
  it('is told no oftener than colleagues need it', async () => {
    vi.useFakeTimers()
    const { mount } = await import('@vue/test-utils')
    const { apiKey } = await import('@/api/client')
    const { useTypingSign } = await import('@/pages/workplace/compose/useTypingSign')
    const post = vi.fn(async () => undefined)
    const signs: { typing: () => void }[] = []
    const page = { setup: () => void signs.push(useTypingSign(5)), render: () => null }
    mount(page, { global: { provide: { [apiKey as symbol]: { post } } } })
    for (let second = 0; second < 10; second += 1) {
      signs[0]?.typing()
      vi.advanceTimersByTime(1000)
    }
    expect(post).toHaveBeenCalledTimes(3)
    vi.useRealTimers()
  })
})
