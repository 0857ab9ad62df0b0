/** A page that holds our frame and answers its messages as a portal does. */
export function portalPage(search: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><style>html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block;overflow:hidden}</style></head>
<body><script>
const frame = document.createElement('iframe')
frame.name = location.host + '|0|sid'
frame.src = '/frame${search.replace(/[^\w?&=%.-]/g, '')}'
document.body.append(frame)
window.calls = []
let tokens = 0
const auth = () => ({ AUTH_ID: 'token-' + ++tokens, REFRESH_ID: 'refresh', AUTH_EXPIRES: '3600' })
const replies = {
  getInitData: () => ({ ...auth(), LANG: 'ru', DOMAIN: location.host, PROTOCOL: '0', PATH: '/rest', IS_ADMIN: true,
    MEMBER_ID: 'member', INSTALL: location.search.includes('installer'), FIRST_RUN: false, PLACEMENT: 'DEFAULT',
    PLACEMENT_OPTIONS: '', APP_OPTIONS: {}, USER_OPTIONS: {} }),
  refreshAuth: auth,
}
addEventListener('message', event => {
  const text = String(event.data)
  const command = text.slice(0, text.indexOf(':'))
  const callback = text.split(':').at(-2)
  window.calls.push(text)
  event.source.postMessage(callback + ':' + JSON.stringify(replies[command]?.() ?? {}), event.origin)
})
</script></body></html>`
}
