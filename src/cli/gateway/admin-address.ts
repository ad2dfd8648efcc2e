import type { Flag } from '../command.ts'
import { UsageError } from '../failure.ts'

export const adminFlag: Flag = {
  kind: 'text',
  hint: 'HOST:PORT',
  description: 'The Admin API of the gateway, or its URL. Default: 127.0.0.1:8001. (SALLYPORT_ADMIN)',
}

const USUAL = '127.0.0.1:8001'
/** Addresses a gateway listens on and nobody can connect to. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

/** The URL of the Admin API, without a slash at its end. @throws UsageError that names the flag or variable. */
export function adminUrl(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const variable = env['SALLYPORT_ADMIN'] || undefined
  const text = flag ?? variable ?? USUAL
  const place = flag === undefined ? 'SALLYPORT_ADMIN' : '--admin'
  const wrong = () => new UsageError(`${place}: '${text}': expected HOST:PORT or a URL, such as ${USUAL}`)
  const isUrl = /^https?:\/\//.test(text)
  if (!isUrl && !/^[^/@?#]+:\d+$/.test(text)) throw wrong()
  let url: URL
  try {
    url = new URL(isUrl ? text : `http://${text}`)
  } catch {
    throw wrong()
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw wrong()
  const host = EVERYWHERE[url.hostname]
  if (host !== undefined) url.hostname = host
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
