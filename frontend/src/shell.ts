/** What the server wrote into the page that carries us. */
export type PageName = 'installer' | 'app' | 'workplace' | 'connector'
export type Lang = 'ru' | 'en'

export interface Shell {
  /** Signed token of at most ten minutes; empty when the server gave none. */
  session: string
  page: PageName
  /** Origin of the portal, for example `https://portal.bitrix24.ru`; empty when unknown. */
  portal: string
  admin: boolean
  lang: Lang
  /** The open line whose settings carry us (Contact Center); 0 elsewhere. */
  line: number
}

const PAGES: readonly PageName[] = ['installer', 'app', 'workplace', 'connector']

function meta(page: Document, name: string): string {
  return page.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ''
}

/** Reads the shell; an unknown page is the application, an unknown language is English. */
export function readShell(page: Document): Shell {
  const name = meta(page, 'page') as PageName
  return {
    session: meta(page, 'session'),
    page: PAGES.includes(name) ? name : 'app',
    portal: meta(page, 'portal').replace(/\/$/, ''),
    admin: meta(page, 'admin') === '1',
    lang: page.documentElement.lang.toLowerCase().startsWith('ru') ? 'ru' : 'en',
    line: Number(meta(page, 'line')) || 0,
  }
}
