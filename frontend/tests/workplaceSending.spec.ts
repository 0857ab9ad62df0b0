import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { apiKey } from '@/api/client'
import { Problem, SessionLost } from '@/api/problem'
import { createTexts } from '@/i18n'
import { useSending, type SendingDesk } from '@/pages/workplace/compose/useSending'
import { makeWritings } from '@/pages/workplace/compose/writing'
import { makeKept } from '@/pages/workplace/kept'

interface Sent {
  path: string
  body: { key: string; text: string }
}

const NOWHERE = () => {
  throw new DOMException('blocked', 'SecurityError')
}

/** The sending part of a page; `answers` are thrown or let through, one for each request. */
async function sending(answers: (Error | null)[]) {
  const sent: Sent[] = []
  const taken: string[] = []
  const writings = makeWritings(makeKept('t.', NOWHERE), '')
  const post = async (path: string, body: Sent['body']) => {
    sent.push({ path, body })
    const answer = answers.shift() ?? null
    if (answer) throw answer
    return { id: sent.length, text: body.text }
  }
  let desk: SendingDesk | null = null
  const page = {
    setup: () => void (desk = useSending(writings, (_chat, { text }) => taken.push(text))),
    render: () => null,
  }
  mount(page, { global: { plugins: [await createTexts('en')], provide: { [apiKey as symbol]: { post } } } })
  const settled = () => new Promise(resolve => setTimeout(resolve, 5))
  return { desk: desk as unknown as SendingDesk, writings, sent, taken, settled }
}

const words = (text: string) => ({ text, file: null, quote: null, template: null })

describe('what was said', () => {
  it('leaves in its order, each after the one before it has arrived', async () => {
    const { desk, sent, taken, writings, settled } = await sending([])
    for (const text of ['one', 'two', 'three']) desk.say(5, words(text))
    expect(sent).toHaveLength(1)
    await settled()
    expect(taken).toEqual(['one', 'two', 'three'])
    expect(writings.of(5).outgoing).toEqual([])
  })

  it.each([
    ['no connection', new Problem(0)],
    ['a server that is ill', new Problem(502)],
    ['a session that is over', new SessionLost()],
  ])('waits after %s and leaves later, under the same key and in its order', async (_, error) => {
    const { desk, sent, taken, writings, settled } = await sending([error])
    desk.say(5, words('one'))
    desk.say(5, words('two'))
    await settled()
    expect(writings.of(5).outgoing.map(({ text, state }) => [text, state])).toEqual([['one', 'unsent'], ['two', 'leaving']])
    desk.resume()
    await settled()
    expect(taken).toEqual(['one', 'two'])
    expect(sent[1]?.body.key).toBe(sent[0]?.body.key)
  })

  it('that is refused stays with the reason, keeps nothing up, and is not tried again by itself', async () => {
    const { desk, sent, taken, writings, settled } = await sending([new Problem(409, { detail: 'The chat is closed' })])
    desk.say(5, words('one'))
    desk.say(5, words('two'))
    await settled()
    desk.resume()
    await settled()
    expect(taken).toEqual(['two'])
    expect(writings.of(5).outgoing).toMatchObject([{ text: 'one', state: 'unsent', problem: 'The chat is closed' }])
    desk.again(5, sent[0]?.body.key ?? '')
    await settled()
    expect(taken).toEqual(['two', 'one'])
  })

  it('with several files is several messages, the words with the first', async () => {
    const { desk, sent, settled } = await sending([])
    const file = (name: string) => ({ file: name, name, size: 1, kind: 'document' as const })
    desk.sayAll(5, 'look', [file('a'), file('b')], null)
    await settled()
    expect(sent.map(({ body }) => body)).toMatchObject([{ text: 'look', file: 'a' }, { text: '', file: 'b' }])
  })
})
