import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createTexts, russianForm } from '@/i18n'
import en from '@/locales/en'
import ru from '@/locales/ru'

type Tree = { [key: string]: Tree | string }

function leaves(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const name = path ? `${path}.${key}` : key
    if (typeof value === 'string') found.set(name, value)
    else for (const [inner, text] of leaves(value, name)) found.set(inner, text)
  }
  return found
}

const catalogues = { ru: leaves(ru as Tree), en: leaves(en as Tree) }

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => /\.(vue|ts)$/.test(name) && !name.startsWith('locales') && name !== join('api', 'schema.ts'))
  .map(name => ({ name, text: readFileSync(join('src', name), 'utf8') }))

/** Keys that the sources name whole, and beginnings of those that are put together (`installer.states.`). */
const used = sources.flatMap(({ text }) => [...text.matchAll(/\bt\(\s*(['`])([\w.]+)(\$\{)?/g)].map(([, , key, part]) => ({ key: key ?? '', part })))

describe('catalogues', () => {
  it('have the same keys in both languages', () => {
    expect([...catalogues.ru.keys()].sort()).toEqual([...catalogues.en.keys()].sort())
  })

  it('have no empty text and no signs that the message compiler takes for its own', () => {
    for (const [lang, texts] of Object.entries(catalogues))
      for (const [key, text] of texts) {
        expect(text.trim(), `${lang} ${key}`).not.toBe('')
        expect(text, `${lang} ${key}`).not.toMatch(/@|\{\{/)
      }
  })

  it('name the same values in both languages', () => {
    const names = (text = '') => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
    for (const [key, text] of catalogues.ru) expect(names(catalogues.en.get(key)), key).toEqual(names(text))
  })

  it('hold every key that the pages use', () => {
    expect(used.length).toBeGreaterThan(50)
    const keys = [...catalogues.ru.keys()]
    const missing = used.filter(({ key, part }) => (part ? !keys.some(one => one.startsWith(key)) : !catalogues.ru.has(key)))
    expect(missing).toEqual([])
  })

  it('hold every Russian text: none stands in the code', () => {
    const allowed = ['plainly.ts']
    const strays = sources.filter(({ name, text }) => !allowed.includes(name) && /[А-Яа-яЁё]/.test(text))
    expect(strays.map(({ name }) => name)).toEqual([])
  })

  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [4, 2],
    [5, 3],
    [11, 3],
    [14, 3],
    [21, 1],
    [102, 2],
    [111, 3],
  ])('count %i as form %i in Russian', (count, form) => expect(russianForm(count)).toBe(form))

  it.each([
    [0, 'Повторять нечего'],
    [1, 'Повторяем 1 обращение'],
    [3, 'Повторяем 3 обращения'],
    [5, 'Повторяем 5 обращений'],
    [11, 'Повторяем 11 обращений'],
    [21, 'Повторяем 21 обращение'],
  ])('say %i in the form that it wants', async (count, expected) => {
    const { t } = (await createTexts('ru')).global as unknown as { t: (key: string, count: number) => string }
    expect(t('journal.retry.done', count)).toBe(expected)
  })
})
