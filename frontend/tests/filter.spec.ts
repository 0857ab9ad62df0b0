import { describe, expect, it } from 'vitest'
import type { Condition, Group } from '@/api/communication'
import { SOURCE_FIELDS } from '../mock/drafts'
import { comparisonsOf, kindOf, typed, valueFor } from '@/editors/filter/kinds'
import { sentence, type Speaker } from '@/editors/filter/sentence'
import { conditionsIn, groupAt, move, prune, stepFrom } from '@/editors/filter/tree'
import { createTexts } from '@/i18n'

const c = (name: string): Condition => ({ field: name, cmp: 'eq', value: name })
const g = (op: Group['op'], ...items: Group['items']): Group => ({ op, items })

/** The filter as a text: `and[a or[b c]]`. */
const shape = (group: Group): string => `${group.op}[${group.items.map(item => ('op' in item ? shape(item) : item.field)).join(' ')}]`
const tree = () => g('and', c('a'), g('or', c('b'), g('and', c('d'), c('e'))), c('f'))

describe('moving in a filter', () => {
  it.each([
    ['down in its own list', { list: '', index: 0 }, { list: '', index: 3 }, 'and[or[b and[d e]] f a]'],
    ['up in its own list', { list: '', index: 2 }, { list: '', index: 0 }, 'and[f a or[b and[d e]]]'],
    ['into a group below, which moves up meanwhile', { list: '', index: 0 }, { list: '1', index: 1 }, 'and[or[b a and[d e]] f]'],
    ['into a group within a group', { list: '', index: 0 }, { list: '1.1', index: 2 }, 'and[or[b and[d e a]] f]'],
    ['out of a group', { list: '1.1', index: 0 }, { list: '', index: 0 }, 'and[d a or[b and[e]] f]'],
    ['a whole group', { list: '1', index: 1 }, { list: '', index: 3 }, 'and[a or[b] f and[d e]]'],
  ])('%s', (_name, from, to, expected) => {
    const root = tree()
    expect(move(root, from, to)).toBe(true)
    expect(shape(root)).toBe(expected)
  })

  it.each([
    ['a group into itself', { list: '', index: 1 }, { list: '1', index: 0 }],
    ['a group into what is inside it', { list: '', index: 1 }, { list: '1.1', index: 0 }],
    ['to where it is', { list: '', index: 0 }, { list: '', index: 0 }],
    ['to right after itself', { list: '', index: 0 }, { list: '', index: 1 }],
    ['what is not there', { list: '', index: 9 }, { list: '', index: 0 }],
    ['to a list that is not there', { list: '', index: 0 }, { list: '0', index: 0 }],
  ])('never moves %s', (_name, from, to) => {
    const root = tree()
    expect(move(root, from, to)).toBe(false)
    expect(shape(root)).toBe(shape(tree()))
  })

  it('takes a group away that was emptied', () => {
    const root = g('and', c('a'), g('or', c('b')))
    move(root, { list: '1', index: 0 }, { list: '', index: 0 })
    expect(shape(root)).toBe('and[b a]')
  })

  it('visits every place in reading order with the arrow keys, and comes back the same way', () => {
    const root = tree()
    const seen = [shape(root)]
    let place = { list: '', index: 0 }
    const find = (group: Group, path = ''): { list: string; index: number } | null => {
      for (const [index, item] of group.items.entries()) {
        if (!('op' in item) && item.field === 'a') return { list: path, index }
        const inside = 'op' in item ? find(item, path ? `${path}.${index}` : String(index)) : null
        if (inside) return inside
      }
      return null
    }
    const walk = (by: -1 | 1) => {
      for (let target = stepFrom(root, place, by); target && move(root, place, target); target = stepFrom(root, place, by)) {
        place = find(root) ?? place
        seen.push(shape(root))
      }
    }
    walk(1)
    expect(seen.at(-1)).toBe('and[or[b and[d e]] f a]')
    const down = seen.length
    walk(-1)
    expect(seen.at(-1)).toBe(shape(tree()))
    expect(seen.slice(down - 1)).toEqual(seen.slice(0, down).reverse())
  })

  it('counts and prunes', () => {
    expect(conditionsIn(tree())).toBe(5)
    expect(conditionsIn(null)).toBe(0)
    const root = g('and', g('or', g('and')), c('a'))
    prune(root)
    expect(shape(root)).toBe('and[a]')
    expect(groupAt(root, '3')).toBeNull()
  })
})

describe('values of conditions', () => {
  it.each([
    ['text', 'in', 'x', ['x']],
    ['text', 'in', '', []],
    ['text', 'eq', ['x', 'y'], 'x'],
    ['number', 'eq', undefined, ''],
    ['boolean', 'eq', 'x', true],
    ['boolean', 'eq', false, false],
    ['text', 'empty', 'x', undefined],
  ] as const)('of %s with %s begin with what fits', (kind, cmp, before, expected) => expect(valueFor(kind, cmp, before)).toEqual(expected))

  it.each([
    ['number', '12,5', 12.5],
    ['number', '1 000', 1000],
    ['number', 'много', 'много'],
    ['number', '', ''],
    ['text', '12', '12'],
  ] as const)('typed as %s "%s"', (kind, text, expected) => expect(typed(kind, text)).toBe(expected))

  it('offer the comparisons of the field, and the stored one', () => {
    const [name] = SOURCE_FIELDS
    expect(name && comparisonsOf(name, 'eq')).toEqual(name?.comparisons)
    expect(name && comparisonsOf(name, 'gt').at(-1)).toBe('gt')
    expect(kindOf('money')).toBe('number')
    expect(kindOf('email')).toBe('text')
  })
})

describe('a filter in words', async () => {
  type Texts = { t: (key: string, values: Record<string, unknown>) => string; te: (key: string) => boolean }
  const textsOf = async (lang: 'ru' | 'en') => (await createTexts(lang)).global as unknown as Texts
  const texts = await textsOf('ru')
  const speaker: Speaker = {
    t: (key, values) => texts.t(key, values ?? {}),
    field: name => SOURCE_FIELDS.find(one => one.name === name),
    value: (_field, value) => (value === true ? 'да' : String(value ?? '')),
  }
  const say = (group: Group | null) => sentence(group, speaker)

  it('joins conditions, with brackets where they are needed', () => {
    const filter = g(
      'and',
      { field: 'visitor.city', cmp: 'eq', value: 'Казань' },
      g('or', { field: 'tags', cmp: 'in', value: ['VIP', 'Опт'] }, { field: 'chat.is_transfer', cmp: 'eq', value: true }),
      g('or', { field: 'visitor.name', cmp: 'empty' }),
    )
    expect(say(filter)).toBe(
      '«Посетитель: город»: Казань и («Теги»: есть хотя бы одно из (VIP, Опт) или «Чат: был передан»: да) и «Посетитель: имя» не заполнено',
    )
  })

  it('says what is still missing', () => {
    expect(say(g('and', { field: '', cmp: 'eq' }))).toBe('«(поле не выбрано)»: (не указано)')
    expect(say(null)).toBe('')
  })

  it('has words for every comparison of every kind in both languages', async () => {
    for (const lang of ['ru', 'en'] as const) {
      const { te } = await textsOf(lang)
      for (const kind of ['text', 'number', 'date', 'boolean', 'list'])
        for (const cmp of ['eq', 'ne', 'contains', 'not_contains', 'starts', 'ends', 'in', 'not_in', 'empty', 'not_empty', 'gt', 'lt'])
          for (const part of ['cmp', 'says']) expect(te(`editors.filter.${part}.${kind}.${cmp}`), `${lang} ${kind} ${cmp}`).toBe(true)
    }
  })
})
