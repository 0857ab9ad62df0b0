import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'vue/compiler-sfc'

/** What a node of a template may be made of, as far as words can stand in it. */
interface Node {
  type: number
  content?: string | { content: string }
  children?: Node[]
  props?: { type: number; name: string; value?: { content: string }; arg?: { content?: string }; exp?: { content?: string } }[]
}
const TEXT = 2
const INTERPOLATION = 5
const ATTRIBUTE = 6

/** Attributes that people read or hear. */
const SPOKEN = new Set(['label', 'title', 'text', 'description', 'placeholder', 'alt', 'aria-label', 'aria-description', 'name-label', 'nobody'])
/** Names that are the same in every language, and the beginning of an address. */
const NAMES = /\b(?:UIS|OMNI|Bitrix24|Битрикс24|WhatsApp|Telegram|Viber|Data API|https:\/\/)/g
const WORD = /[A-Za-zА-Яа-яЁё]{2,}/

const isWords = (text: string) => WORD.test(text.replace(NAMES, ''))

/** Texts in quotes of an expression that read as words: with a capital, a blank or Cyrillic, and not a key of a catalogue. */
function quoted(expression: string): string[] {
  const bare = expression.replace(/\b(?:t|te|d|n)\(\s*(['`])[^'`]*\1/g, '')
  const texts = [...bare.matchAll(/'([^']*)'|`([^`]*)`/g)].map(([, plain, built]) => plain ?? (built ?? '').replace(/\$\{[^}]*\}/g, ''))
  return texts.filter(text => isWords(text) && /[А-Яа-яЁё]|^[A-Z][a-z]|[a-z] [a-z]/.test(text))
}

function words(node: Node): string[] {
  const found: string[] = []
  if (node.type === TEXT && typeof node.content === 'string' && isWords(node.content)) found.push(node.content.trim())
  if (node.type === INTERPOLATION && typeof node.content === 'object') found.push(...quoted(node.content.content))
  for (const { type, name, value, arg, exp } of node.props ?? []) {
    if (type === ATTRIBUTE && SPOKEN.has(name) && isWords(value?.content ?? '')) found.push(`${name}="${value?.content}"`)
    if (type !== ATTRIBUTE && SPOKEN.has(arg?.content ?? '')) found.push(...quoted(exp?.content ?? ''))
  }
  return [...found, ...(node.children ?? []).flatMap(words)]
}

const wordsOf = (source: string) => words((parse(source).descriptor.template?.ast ?? { type: 0 }) as unknown as Node)

describe('templates', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.vue'))

  it('hold no words: every one comes from a catalogue', () => {
    expect(files.length).toBeGreaterThan(50)
    const strays = files.map(name => ({ name, found: wordsOf(readFileSync(join('src', name), 'utf8')) }))
    expect(strays.filter(({ found }) => found.length > 0)).toEqual([])
  })

  it.each([
    ['<p>Saved</p>', 'Saved'],
    ['<p>Сохранено</p>', 'Сохранено'],
    ['<button title="Close" />', 'title="Close"'],
    ['<input placeholder="your name" />', 'placeholder="your name"'],
    ["<b>{{ done ? 'Saved' : t('save.save') }}</b>", 'Saved'],
    ['<box :aria-label="`Line ${id}`" />', 'Line '],
  ])('would be found in %s', (template, found) => expect(wordsOf(`<template>${template}</template>`)).toEqual([found]))

  it.each([
    "<p>{{ t('save.saved') }}</p>",
    '<p>№ {{ id }} · UIS</p>',
    '<input placeholder="https://" />',
    "<b>{{ state === 'done' ? t('a.b') : t(`a.${state}`) }}</b>",
    '<box class="Some thing" :label="t(\'a.b\', { name })" />',
  ])('are none in %s', template => expect(wordsOf(`<template>${template}</template>`)).toEqual([]))
})
