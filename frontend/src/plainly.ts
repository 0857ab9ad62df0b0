/** Words for the case that nothing of ours could start: no kit, no catalogue, only the document. */
const WORDS = {
  ru: {
    title: 'Страница не открылась',
    text: 'Не удалось загрузить её части. Проверьте соединение и обновите страницу. Настройки и обработка обращений не затронуты.',
    button: 'Обновить',
  },
  en: {
    title: 'The page did not open',
    text: 'Some of its parts could not be loaded. Check the connection and reload the page. Your settings and the processing of conversations are not affected.',
    button: 'Reload',
  },
}

/** Replaces the empty page by words and a button. */
export function showPlainly(page: Document, reason: unknown): void {
  const words = WORDS[page.documentElement.lang.startsWith('ru') ? 'ru' : 'en']
  const place = page.getElementById('app') ?? page.body
  const box = page.createElement('div')
  box.setAttribute('role', 'alert')
  box.style.cssText = 'max-width:32rem;margin:4rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif'
  const title = page.createElement('h1')
  title.textContent = words.title
  const text = page.createElement('p')
  text.textContent = words.text
  const button = page.createElement('button')
  button.type = 'button'
  button.textContent = words.button
  button.addEventListener('click', () => page.location.reload())
  box.append(title, text, button)
  place.replaceChildren(box)
  console.error('The page could not start', reason)
}
