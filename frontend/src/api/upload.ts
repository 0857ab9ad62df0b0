import { Problem } from './problem'

/** What a caller may want of a file on its way: how much of it has left (0 to 1), and to break off. */
export interface Sending {
  progress?: (part: number) => void
  signal?: AbortSignal
}

/** `fetch` tells nothing of what has left, so files go by the older way. Throws `Problem` (0) when nothing came back. */
export function sendFile(path: string, token: string, file: Blob, { progress, signal }: Sending): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const lost = () => reject(new Problem(0))
    request.open('POST', path)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('Authorization', `Bearer ${token}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.onprogress = event => progress?.(event.total > 0 ? event.loaded / event.total : 0)
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }))
    request.onerror = request.onabort = request.ontimeout = lost
    signal?.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}
