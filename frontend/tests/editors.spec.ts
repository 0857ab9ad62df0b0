import { describe, expect, it } from 'vitest'
import type { MappingRow } from '@/api/communication'
import type { User } from '@/api/types'
import { CRM_FIELDS, LISTS, SOURCE_FIELDS } from '../mock/drafts'
import { shortTitle } from '@/editors/fields/sourceFields'
import { constantKind, fitOf, matches, originate, originOf } from '@/editors/mapping/rows'
import { anythingAt, errorAt, remarksAt } from '@/editors/notes'
import { rowMark } from '@/editors/order/dragging'
import { keyOf, moveWithin } from '@/editors/order/moves'
import { initials, markOf, offered, titleOf } from '@/editors/people/users'
import { parted } from '@/editors/template/template'
import { several, spoken } from '@/editors/values'
import { placesFor, placeTitle } from '@/pages/communication/places'
import { reactive, ref } from 'vue'

const user = (given: Partial<User>): User => ({
  id: 7, title: 'Иван Петров', active: true, absent: false, last_name: 'Петров', position: '', photo: null, absent_until: null, url: '', ...given,
})

describe('people', () => {
  it.each([
    ['works', user({}), null],
    ['dismissed', user({ active: false, last_name: '' }), 'dismissed'],
    ['without a last name', user({ last_name: ' ' }), 'nameless'],
    ['away', user({ absent: true, absent_until: '2026-05-05' }), 'absent'],
    ['back again', user({ absent_until: '2026-05-03' }), null],
    ['not known', undefined, 'unknown'],
  ] as const)('are marked: %s', (_name, one, expected) => expect(markOf(one)).toBe(expected))

  it('are offered while they work here, or when they are chosen', () => {
    const users = [user({ id: 1 }), user({ id: 2, active: false }), user({ id: 3, active: false })]
    expect(offered(users, [3]).map(({ id }) => id)).toEqual([1, 3])
  })

  it.each([
    ['Иван Петров', 'ИП'],
    ['Мария-Анна де ла Крус', 'МА'],
    ['user@example.com', 'UE'],
    ['«Бот»', 'Б'],
    ['', ''],
  ])('%s without a photo is "%s"', (title, expected) => expect(initials(title)).toBe(expected))

  it('have a number where they have no name', () => {
    expect(titleOf([user({})], 7)).toBe('Иван Петров')
    expect(titleOf(null, 8)).toBe('#8')
  })
})

describe('rows in an order', () => {
  it.each([
    [0, 3, 'bca'],
    [2, 0, 'cab'],
    [0, 1, 'abc'],
    [1, 1, 'abc'],
  ])('moves %i before %i', (from, to, expected) => {
    const rows = [...'abc']
    moveWithin(rows, from, to)
    expect(rows.join('')).toBe(expected)
  })

  it('have a key that stays with them', () => {
    const rows = reactive([{ a: 1 }, { a: 1 }])
    const [first, second] = rows.map(keyOf)
    rows.reverse()
    expect(rows.map(keyOf)).toEqual([second, first])
  })

  it('show where a dragged one would go', () => {
    const start = () => undefined
    const at = (index: number, target: number) => rowMark({ source: { list: '', index: 0 }, target: { list: '', index: target }, start }, { list: '', index }, 3)
    expect(at(1, 1)).toContain('drop-before')
    expect(at(2, 3)).toContain('drop-after')
    expect(at(1, 2)).toBe('')
    expect(at(0, 2)).toContain('opacity')
  })
})

describe('notes at fields', () => {
  const errors = { 'titles.lead.0': 'x', filter: 'y' }
  const remark = { kind: 'hint' as const, field: 'mapping.1.source', message: 'z' }

  it('stand at the field, or at the whole of which it is a part', () => {
    expect(errorAt(errors, 'titles.lead', true)).toBe('x')
    expect(errorAt(errors, 'titles.lead', false)).toBeUndefined()
    expect(errorAt(errors, 'titles.le', true)).toBeUndefined()
    expect(remarksAt([remark], 'mapping.1', true)).toEqual([remark])
    expect(remarksAt([remark], 'mapping.10', true)).toEqual([])
    expect(anythingAt({ errors: ref(errors), remarks: ref([remark]) }, 'mapping')).toBe(true)
    expect(anythingAt({ errors: ref(errors), remarks: ref([remark]) }, 'create')).toBe(false)
  })
})

describe('rows of the mapping', () => {
  const row = (given: Partial<MappingRow>): MappingRow => ({ entity: 'lead', field: 'utmSource', mode: 'always', ...given })

  it('have exactly one origin', () => {
    const one = row({ source: 'visitor.city' })
    originate(one, 'template')
    expect(one).toEqual(row({ template: '' }))
    expect(originOf(one)).toBe('template')
    originate(one, 'constant', 5)
    expect([originOf(one), one.constant]).toEqual(['constant', 5])
    expect(originOf(row({ source: null, template: 'x' }))).toBe('template')
  })

  it('ask for a constant in a box of the field', () => {
    const kind = (name: string) => constantKind(CRM_FIELDS.find(one => one.name === name))
    expect([kind('sourceId'), kind('opportunity'), kind('comments'), kind('gone')]).toEqual(['list', 'number', 'text', 'text'])
  })

  it('know from the table of the server whether the types suit each other', () => {
    const source = (name: string) => SOURCE_FIELDS.find(one => one.name === name)
    const target = (name: string) => CRM_FIELDS.find(one => one.name === name)
    const kinds = LISTS.field_types as never
    expect(fitOf(source('visitor.city'), target('opportunity'), kinds)).toBe('maybe')
    expect(fitOf(source('visitor.city'), target('utmSource'), kinds)).toBe('yes')
    expect(fitOf(source('visitor.city'), target('sourceId'), kinds)).toBeUndefined()
    expect(fitOf(source('visitor.city'), target('utmSource'), null)).toBeUndefined()
  })

  it('are found by every word, in names and in values', () => {
    const found = (words: string) => matches(row({ template: 'Город: {{ visitor.city }}' }), words, { field: 'UTM Source', source: '' })
    expect([found('utm город'), found('VISITOR'), found(''), found('казань')]).toEqual([true, true, true, false])
  })
})

describe('small things', () => {
  it('part a template where it is broken', () => {
    expect(parted('a\nb {{ c', { line: 2, column: 3 })).toEqual(['b ', '{{ c'])
    expect(parted('a', { line: 1, column: 9 })).toEqual(['a', ''])
    expect(parted('a', { line: 5, column: 1 })).toEqual(['', ''])
  })

  it('take a title apart', () => {
    expect(shortTitle({ title: 'Чат: тип канала' })).toBe('тип канала')
    expect(shortTitle({ title: 'utm_source' })).toBe('utm_source')
  })

  it('take one value or several', () => {
    expect(several([1, '', null, 0])).toEqual([1, 0])
    expect(several('')).toEqual([])
    expect(several('a')).toEqual(['a'])
    expect(spoken('Поле', undefined)).toBe('Поле')
    expect(spoken('Поле', 'город')).toBe('Поле: город')
  })

  it('move all places to the other entity, with their filters', () => {
    const stages = LISTS_OF_STAGES
    const filter = { op: 'and' as const, items: [] }
    const moved = placesFor(stages, 'deal', { default: { category_id: null, stage_id: 'WORK' }, rules: [{ filter, category_id: null, stage_id: 'NEW' }] })
    expect(moved).toEqual({ default: { category_id: 0, stage_id: 'NEW' }, rules: [{ filter, category_id: 0, stage_id: 'NEW' }] })
    expect(placeTitle(stages, [{ id: 0, title: 'Общая', entity: 'deal' }], 'deal', { category_id: null, stage_id: 'NEW' })).toBe('Общая: Новая')
    expect(placeTitle(stages, null, 'lead', { category_id: null, stage_id: 'GONE' })).toBe('GONE')
  })
})

const LISTS_OF_STAGES = [
  { id: 'NEW', entity: 'lead' as const, category_id: null, title: 'Не обработан', final: false },
  { id: 'WORK', entity: 'lead' as const, category_id: null, title: 'В работе', final: false },
  { id: 'NEW', entity: 'deal' as const, category_id: 0, title: 'Новая', final: false },
]
